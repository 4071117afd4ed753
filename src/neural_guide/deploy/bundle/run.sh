#!/bin/sh
# Solve the tasks of a competition: sh run.sh TASKS [SUBMISSION] [key=value ...]
# Nothing here uses a network, and nothing is written into this folder. PYTHON names another interpreter.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "run.sh: there is no $python here; solving needs Python 3.11 or newer. Name one: PYTHON=/path/to/python sh run.sh ..." >&2
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "run.sh: $python is $("$python" --version 2>&1); solving needs Python 3.11 or newer. Name one: PYTHON=/path/to/python sh run.sh ..." >&2
    exit 2
fi
# Packages that were put on PYTHONPATH stay there. The safe path keeps modules of the current folder out of the way.
export PYTHONPATH="$here/src${PYTHONPATH:+:$PYTHONPATH}" PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1
exec "$python" -m neural_guide.deploy.bundle.launch "$@"
