#!/bin/bash
# What a rented machine runs first, and once. First of all its end is set: whatever happens afterwards, it shuts down at
# the deadline, and shutting down terminates it. Then: code, dataset, training (going on with what the bucket has), end.
set -u
shutdown -h "+@MINUTES@" "deadline of run @RUN@"
# By force soon after. A reboot forgets the line above; this timer stands on the disk, and goes by the clock.
UNIT=/etc/systemd/system/neural-guide-end
cat >"$UNIT.service" <<END
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl poweroff --force --force
END
cat >"$UNIT.timer" <<END
[Timer]
OnCalendar=$(date --utc --date="+@LATEST_MINUTES@ minutes" "+%F %T UTC")
Persistent=true
[Install]
WantedBy=timers.target
END
systemctl daemon-reload
systemctl enable --now neural-guide-end.timer
exec > >(tee -a /var/log/neural_guide.log) 2>&1
export HOME=/root AWS_DEFAULT_REGION=@REGION@
HERE=/opt/neural_guide
PYTHON=python3

end() {
    code=$?
    trap - EXIT
    echo "ends with code $code"
    aws s3 cp /var/log/neural_guide.log "@URL@/machine.log" || true
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

# The deadline is the machine's, which has used some of it by now (SECONDS: since this script began), and the evaluation
# comes after training.
LEFT=$(((@MINUTES@ - @AFTER_MINUTES@) * 60 - SECONDS))
[ "$LEFT" -gt 0 ] || { echo "Installing took $SECONDS s of @MINUTES@ min: no time is left for training."; exit 1; }
# Training ends with 75 where a spot notice stopped it; what it has is in the bucket by then.
.venv/bin/python -m neural_guide.train @TRAIN@ data.path=data/dataset.json hydra.run.dir=outputs/run \
    upload="@URL@" cloud.notice=true cloud.launched=true hardware.price=@PRICE@ deadline="${LEFT}s" || exit $?
# With the settings of training: filters and shares decide which records are the validation split.
.venv/bin/python -m neural_guide.evaluate @EVALUATE@ checkpoint=outputs/run data.path=data/dataset.json \
    evaluate.split=val hydra.run.dir=outputs/evaluation && aws s3 cp --recursive outputs/evaluation "@URL@/evaluation"
