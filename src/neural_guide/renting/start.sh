#!/bin/bash
# What a rented machine runs first. First of all its end is set: whatever happens afterwards, it shuts down at the
# deadline, and shutting down terminates it. Then: code, dataset, training (going on with what the bucket has), end.
set -u
shutdown -h "+@MINUTES@" "deadline of run @RUN@"
systemd-run --on-active="@LATEST_MINUTES@min" systemctl poweroff --force --force || true
exec > >(tee -a /var/log/neural_guide.log) 2>&1
export HOME=/root AWS_DEFAULT_REGION=@REGION@
HERE=/opt/neural_guide
PYTHON=python3

end() {
    code=$?
    trap - EXIT
    aws s3 cp /var/log/neural_guide.log "@URL@/machine.log" || true
    echo "ends with code $code"
    shutdown -h now
}
trap end EXIT

mkdir -p "$HERE" && cd "$HERE" || exit 1
aws s3 cp "@CODE@" code.tar.gz && tar xzf code.tar.gz || exit 1
aws s3 cp "@DATA@" "data/dataset.json" || exit 1
$PYTHON -m venv .venv || { apt-get update && apt-get install -y python3-venv && $PYTHON -m venv .venv; } || exit 1
PIP=".venv/bin/pip install --quiet"
if nvidia-smi -L 2>/dev/null | grep -q GPU; then
    $PIP "@TORCH@" || exit 1
else
    $PIP --retries 0 --timeout 5 --extra-index-url https://download.pytorch.org/whl/cpu "@TORCH@" || $PIP "@TORCH@" || exit 1
fi
$PIP --editable '.[s3]' "@TORCH@" || exit 1

# Training ends with 75 where a spot notice stopped it; what it has is in the bucket by then.
.venv/bin/python -m neural_guide.train @TRAIN@ data.path=data/dataset.json hydra.run.dir=outputs/run \
    upload="@URL@" cloud.notice=true cloud.launched=true hardware.price=@PRICE@ deadline=@DEADLINE@ || exit $?
.venv/bin/python -m neural_guide.evaluate checkpoint=outputs/run data.path=data/dataset.json evaluate.split=val \
    hydra.run.dir=outputs/evaluation && aws s3 cp --recursive outputs/evaluation "@URL@/evaluation"
