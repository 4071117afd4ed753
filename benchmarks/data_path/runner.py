"""Starts one process for each measurement and watches the memory of all that it starts."""

import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contenders import Contender
from usage import MIB, descendants, shared_out_mib

CHILD = Path(__file__).with_name("child.py")
LOOK_EVERY_S = 0.1
MOST_SECONDS = 600
QUIET = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "LITDATA_DISABLE_VERSION_CHECK": "1"}

Measurement = dict[str, Any]


class MeasurementError(Exception):
    """A measurement did not end well; says how."""


@dataclass
class Runner:
    """Measures contenders on one dataset.

    Args:
        files: the datasets, `records` and perhaps `tasks`.
        folder: where prepared data goes, a folder for each contender.
        pythons: the Python of each contender.
        seconds: how long epochs are repeated, at least.
    """

    files: dict[str, Path]
    folder: Path
    pythons: dict[str, Path]
    seconds: float

    def convert(self, contender: Contender) -> Measurement:
        """Prepare its data anew; adds `disk_mib` and `mb_per_cpu_s`."""
        home = self._home(contender)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        measurement = self._measure(contender, "convert")
        prepared = [path for path in home.rglob("*") if path.is_file() and "cache" not in path.relative_to(home).parts]
        data = self._data(contender)
        measurement["disk_mib"] = sum(path.stat().st_size for path in prepared if not path.samefile(data)) / MIB
        measurement["mb_per_cpu_s"] = data.stat().st_size / 1e6 / measurement["cpu_s"]
        return measurement

    def epoch(self, contender: Contender, workers: int, *, check: bool) -> Measurement:
        """Open its prepared data and go through it."""
        home = self._home(contender)
        for path in (self._data(contender), *home.rglob("*")):  # the page cache is warm for all alike
            if path.is_file():
                path.read_bytes()
        more = ["--workers", str(workers), "--seconds", str(self.seconds), *(["--check"] if check else [])]
        return self._measure(contender, "epoch", *more)

    def _home(self, contender: Contender) -> Path:
        return self.folder / (contender.prepared or contender.name)

    def _data(self, contender: Contender) -> Path:
        return self.files["tasks" if contender.tasks else "records"]

    def _measure(self, contender: Contender, step: str, *more: str) -> Measurement:
        home = self._home(contender)
        line = [str(self.pythons[contender.name]), str(CHILD), step, contender.name, *more]
        line += ["--data", str(self._data(contender)), "--folder", str(home)]
        surroundings = os.environ | QUIET | {"HF_HOME": str(home / "cache")}
        with subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
        ) as child:
            watch = MemoryWatch(child.pid)
            try:
                out, err = child.communicate(timeout=MOST_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                raise MeasurementError(f"took more than {MOST_SECONDS} s") from None
            except BaseException:
                child.kill()
                raise
            finally:
                watch.stop()
        if child.returncode:
            raise MeasurementError((err.strip().splitlines() or ["no message"])[-1][:200])
        measurement: Measurement = json.loads(out.strip().splitlines()[-1])
        measurement["peak_mib"] = max(measurement["own_peak_mib"], watch.peak_mib)
        return measurement


class MemoryWatch:
    """Looks now and then at what a process and all it started hold together.

    Attributes:
        peak_mib: the most seen, where there was more than one process; a single one knows its own peak better.
    """

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            started = time.perf_counter()
            children = descendants(self._pid)
            if children:
                self.peak_mib = max(self.peak_mib, sum(map(shared_out_mib, (self._pid, *children))))
            self._ended.wait(10 * (time.perf_counter() - started))  # never more than a tenth of a core
