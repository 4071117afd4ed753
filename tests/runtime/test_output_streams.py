"""Output that no command fails for: narrow encodings, readers that went away, closed streams."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASCII = {"PYTHONIOENCODING": "ascii"}  # a terminal that takes no other signs, as strict as a Latin-1 locale
CLOSED = "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
PROTECT = "from neural_guide.runtime.output_streams import protect_output; protect_output()\n"


def run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment):
    line = [sys.executable, *arguments]
    return subprocess.run(
        line, stdout=stdout, stderr=stderr, env={**os.environ, **environment}, check=False, encoding="ascii"
    )


@pytest.fixture
def broken_pipe():
    """The end to write of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_what_cannot_be_printed_is_replaced():
    ended = run("-c", PROTECT + "print('a ✓ ─ b'); print('\\udce9', file=__import__('sys').stderr)", **ASCII)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "a ? ? b\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_work_goes_on_when_the_reader_goes(unbuffered, broken_pipe, tmp_path):
    work = f"print('x' * 100_000, flush=True); print('y'); open({str(tmp_path / 'done')!r}, 'w').close(); print('z')"
    ended = run("-c", PROTECT + work, stdout=broken_pipe, PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "done").exists()


def test_a_full_disk_under_a_log_ends_no_work(tmp_path):
    """Ten lines to a device that is full: the work is done, and the exit code is its own."""
    work = f"for _ in range(10): print('x' * 10_000, flush=True)\nopen({str(tmp_path / 'done')!r}, 'w').close()"
    with Path("/dev/full").open("w") as full:
        ended = run("-c", PROTECT + work, stdout=full, stderr=full)
    assert ended.returncode == 0
    assert (tmp_path / "done").exists()


def test_rich_goes_on_when_the_reader_goes(broken_pipe):
    work = "from neural_guide.app.console import say\nfor number in range(3): say('line')\nraise SystemExit(75)"
    ended = run("-c", PROTECT + work, stdout=broken_pipe)
    assert (ended.returncode, ended.stderr) == (75, "")


def test_closed_streams_are_no_fault():
    assert (
        run("-c", CLOSED + PROTECT + "from neural_guide.app.console import say; say('x'); print('y')").returncode == 0
    )


@pytest.mark.parametrize("arguments", [["neural_guide"], ["neural_guide.train", "--help"], ["neural_guide.doctor"]])
def test_commands_take_a_narrow_terminal_and_a_broken_pipe(arguments, broken_pipe):
    ended = run("-m", *arguments, **ASCII)
    assert ended.returncode in (0, 1)  # 1: a finding of doctor
    assert ended.stderr == ""
    again = run("-m", *arguments, stdout=broken_pipe)
    assert (again.returncode, again.stderr) == (ended.returncode, "")


def test_training_goes_on_with_a_narrow_terminal_and_a_broken_pipe(few_records, broken_pipe, tmp_path):
    settings = ("trainer.max_steps=2", "trainer.arc_tasks=0", "network.width=32", "hardware.allocator=system")
    run_settings = [f"data.path={few_records}", f"hydra.run.dir={tmp_path / 'run'}", *settings]
    ended = run("-m", "neural_guide.train", *run_settings, stderr=broken_pipe, **ASCII)
    assert ended.returncode == 0
    assert "Report: " in ended.stdout
    assert ended.stdout.isascii()
    assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.parametrize(("before", "code"), [("SIG_DFL", 75), ("SIG_IGN", 0)])
def test_a_closed_terminal_stops_in_order_but_for_nohup(before, code):
    work = (
        f"import os, signal; signal.signal(signal.SIGHUP, signal.{before})\n"
        "from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest\n"
        "try:\n    with StopRequest(): os.kill(os.getpid(), signal.SIGHUP)\n"
        "except Stopped: raise SystemExit(STOPPED_EXIT)"
    )
    assert run("-c", work).returncode == code
