"""Signals at any moment: while a command imports, in callbacks, in work that fails because of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import neural_guide
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest, is_command, run_in_own_group
from neural_guide.runtime.worker_pool import make_worker_pool

PACKAGE = Path(neural_guide.__file__).parent
EARLY = (
    "import os, signal, sys; signal.signal(signal.{name}, signal.SIG_DFL);"  # nohup ignores SIGHUP
    "sys.orig_argv = [sys.executable, '-m', 'neural_guide.train']; import neural_guide;"
    "print('told'); os.kill(os.getpid(), signal.{name}); import time; time.sleep(60)"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python -m neural_guide.train seed=1", True),
        ("python -X utf8 -u -m neural_guide train", True),
        ("python -mneural_guide.solve", True),
        (f"python {PACKAGE / 'train.py'} seed=1", True),
        ("python /usr/bin/neural-guide train", True),
        ("python -m pytest tests", False),
        ("python -m neural_guide_other", False),
        ("python -c 'import neural_guide' -m neural_guide.train", False),
        ("python script.py -m neural_guide.train", False),
        ("python", False),
    ],
)
def test_only_our_commands_take_signals_from_the_start(line, expected):
    """A program that imports the package keeps its own handlers."""
    assert is_command(line.split()) == expected


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_during_imports_ends_with_the_documented_code(name):
    ended = subprocess.run([sys.executable, "-c", EARLY.format(name=name)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr, ended.stdout) == (STOPPED_EXIT, f"Stopped by {name}.\n", "told\n")


def wait(seconds: float = 5.0) -> None:
    """Run bytecode, between which signals are handled."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        pass


class SignalInCallback:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        wait(0.1)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_python_ends_changes_no_exit_code(name):
    """Global objects are deleted after Python has taken its handlers away."""
    program = (
        "import os, signal\n"
        "from neural_guide.runtime.signals import exit_on_signals\n"
        "class Late:\n"
        f"    def __del__(self, kill=os.kill, me=os.getpid(), number=signal.{name}): kill(me, number)\n"
        "exit_on_signals()\n"
        "late = Late()\n"
        "print('finished')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "finished\n", "")


def test_a_signal_in_a_callback_is_not_lost(capfd):
    """Python prints and drops whatever a callback raises."""

    def work():
        SignalInCallback()
        wait()

    with pytest.raises(Stopped, match="SIGTERM"), StopRequest():
        work()
    assert capfd.readouterr().err == ""


def test_an_error_after_a_signal_is_its_effect():
    """A compiler that died of Ctrl-C fails the step; without a signal an error stays an error."""

    def fail(stop, *, after_signal):
        with stop.explain_failures():
            stop.is_graceful = True
            if after_signal:
                os.kill(os.getpid(), signal.SIGINT)
            raise RuntimeError("it failed")

    with StopRequest() as stop, pytest.raises(Stopped, match="SIGINT"):
        fail(stop, after_signal=True)
    with StopRequest() as stop, pytest.raises(RuntimeError, match="it failed"):
        fail(stop, after_signal=False)


def test_a_signal_ends_long_work_at_once_where_nothing_is_kept():

    def interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
        wait(0.1)

    with StopRequest() as stop:
        stop.is_graceful = True
        interrupt()  # noted
    with StopRequest() as stop:
        stop.is_graceful, stop.is_interruptible = True, lambda: True
        with pytest.raises(Stopped):
            interrupt()


def test_a_command_in_its_own_group_ends_in_order_after_one_signal(tmp_path):
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    child = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_): time.sleep(0.2); pathlib.Path({str(ended)!r}).touch(); sys.exit(75)\n"
        f"signal.signal(signal.SIGTERM, end); pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    )

    def interrupt():
        while not begun.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(Stopped), StopRequest():
        run_in_own_group([sys.executable, "-c", child])
    assert ended.exists()
    assert run_in_own_group([sys.executable, "-c", "raise SystemExit('why')"]) == (1, "why\n")


def test_workers_leave_ctrl_c_and_a_closed_terminal_to_their_parent():
    """From their first instruction: the signals are blocked when the process starts."""
    with make_worker_pool(1) as pool:
        blocked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
    assert {signal.SIGINT, signal.SIGHUP} <= set(blocked)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
