"""Commands run in processes forked off one that has imported everything: what they do without the seconds before.

Imports of torch and Lightning take a command nine seconds of the processor, and the tests run some two hundred
commands. A forked one is a process of its own all the same, with its own arguments, environment and folder.
"""

import functools
import multiprocessing
import os
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

HEAVY = (
    *("experiment.training_run", "experiment.solving", "experiment.evaluation", "experiment.inspection"),
    *("experiment.speedup", "experiment.sweep", "experiment.tuning", "experiment.release", "planning.planner"),
    *("data.generation.dataset", "deploy.bundle.build", "explorer.server", "deploy.aws.actions", "export"),
)

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([*(f"neural_guide.{name}" for name in HEAVY), "support.warm_up"])


@functools.cache
def _start_server() -> None:
    """Start the process that commands are forked off, with the tests on its path."""
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), *([path] if path else [])])
    forkserver.ensure_running()
    os.environ.pop("PYTHONPATH")
    os.environ.update({"PYTHONPATH": path} if path else {})


def command(module: str, *overrides: str, prepare: Callable[[], object] | None = None) -> subprocess.CompletedProcess:
    """Run `python -m neural_guide.<module>` to its end, in the folder and the environment of now.

    Args:
        module: name of the command.
        overrides: its arguments.
        prepare: a picklable function that the process calls first.
    """
    running = RunningCommand(module, *overrides, prepare=prepare)
    output, errors = running.communicate()
    return subprocess.CompletedProcess(running.args, running.returncode, output, errors)


def run_script(path: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run `python <path>` to its end, in the folder and the environment of now."""
    running = RunningCommand("", *arguments, script=path)
    output, errors = running.communicate()
    return subprocess.CompletedProcess(running.args, running.returncode, output, errors)


def skip_report() -> None:
    """Leave out the report of a training, which takes half of the time of a short one. For `prepare`."""
    from neural_guide.experiment import post_training

    post_training.write_run_report = lambda folder, results: folder / "report.html"  # noqa: ARG005


class RunningCommand:
    """A command that was started and is not waited for; to be used as a `subprocess.Popen`.

    Args:
        module: name of the command.
        overrides: its arguments.
        folder: folder that it is started in; None: the one of now.
        stderr: descriptor in place of its standard error; None: `communicate` returns what it writes.
        prepare: a picklable function that the process calls first, e.g. `os.setsid`.
        script: file to run in place of the module; None: the module.
    """

    def __init__(
        self,
        module: str,
        *overrides: str,
        folder: Path | None = None,
        stderr: int | None = None,
        prepare: Callable[[], object] | None = None,
        script: Path | None = None,
    ) -> None:
        program = ["-m", f"neural_guide.{module}"] if script is None else [str(script)]
        self.args = [sys.executable, *program, *overrides]
        self._texts = ["", ""]
        self._readers: list[threading.Thread] = []
        writers = [self._open_stream(number, given) for number, given in enumerate((None, stderr))]
        arguments = (self.args, dict(os.environ), folder or Path.cwd(), writers, prepare)
        self._process = _forks.Process(target=_become, args=arguments)
        _start_server()
        self._process.start()
        for writer in writers:
            writer.close()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None: it has not ended."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return `returncode`."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to this process alone."""
        os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return output and errors, once this process has ended and every process has closed its streams.

        Raises:
            subprocess.TimeoutExpired: that takes longer; the process is killed.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for waited in (*self._readers, self._process):
            waited.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if waited.is_alive():
                self._process.kill()
                raise subprocess.TimeoutExpired(self.args, timeout)
        return self._texts[0], self._texts[1]

    def wait(self) -> int | None:
        """Wait for the process alone, and return its exit code."""
        self._process.join()
        return self.returncode

    def _open_stream(self, number: int, given: int | None) -> Connection:
        """Open the end that the process writes to, and collect what it writes unless a descriptor is given."""
        if given is not None:
            return Connection(os.dup(given), readable=False)
        reader, writer = _forks.Pipe(duplex=False)

        def collect() -> None:
            with os.fdopen(os.dup(reader.fileno()), encoding="utf-8", errors="replace") as stream:
                self._texts[number] = stream.read()
            reader.close()

        self._readers.append(threading.Thread(target=collect, daemon=True))
        self._readers[-1].start()
        return writer


def _become(
    line: list[str],
    environment: dict[str, str],
    folder: Path,
    streams: Sequence[Connection],
    prepare: Callable[[], object] | None,
) -> None:
    """Be the command; `multiprocessing` ends this process with its exit code."""
    for number, stream in enumerate(streams, 1):
        os.dup2(stream.fileno(), number)
        stream.close()
    os.environ.clear()
    os.environ.update(environment)
    if "PYTHONIOENCODING" in environment:  # read by an interpreter as it starts
        sys.stdout.reconfigure(encoding=environment["PYTHONIOENCODING"])
        sys.stderr.reconfigure(encoding=environment["PYTHONIOENCODING"])
    os.chdir(folder)
    if prepare is not None:
        prepare()
    sys.orig_argv = line
    if line[1] != "-m":
        sys.argv = line[1:]
        sys.path.insert(0, str(Path(line[1]).parent))
        runpy.run_path(line[1], run_name="__main__")
        return
    module = line[2]
    sys.argv = [line[0], *line[3:]]
    sys.modules.pop(module, None)  # imported before, and run as a program now
    runpy.run_module(module, run_name="__main__", alter_sys=True)
