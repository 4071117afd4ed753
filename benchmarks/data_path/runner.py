"""Runner of measurements: one process each, with a watch on the memory of the process and its descendants."""

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
from usage import MIB, list_descendants, read_proportional_mib

CHILD = Path(__file__).with_name("child.py")
POLL_SECONDS = 0.1
MAX_SECONDS = 600
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "LITDATA_DISABLE_VERSION_CHECK": "1"}

Measurement = dict[str, Any]


class MeasurementError(Exception):
    """Error for a failed measurement, with the reason."""


@dataclass
class Runner:
    """Runner of the measurements of contenders on one dataset.

    Args:
        files: files of the dataset, `records` and optionally `tasks`.
        folder: folder of prepared data, with a folder for each contender.
        pythons: Python of each contender.
        seconds: minimum seconds for which epochs repeat.
    """

    files: dict[str, Path]
    folder: Path
    pythons: dict[str, Path]
    seconds: float

    def measure_conversion(self, contender: Contender) -> Measurement:
        """Measure a new preparation of its data; add `disk_mib` and `mb_per_cpu_s`."""
        folder = self._get_folder(contender)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        measurement = self._run_child(contender, "convert")
        prepared_paths = [
            path for path in folder.rglob("*") if path.is_file() and "cache" not in path.relative_to(folder).parts
        ]
        dataset = self._get_dataset(contender)
        measurement["disk_mib"] = (
            sum(path.stat().st_size for path in prepared_paths if not path.samefile(dataset)) / MIB
        )
        measurement["mb_per_cpu_s"] = dataset.stat().st_size / 1e6 / measurement["cpu_s"]
        return measurement

    def measure_epoch(self, contender: Contender, workers: int, *, has_check: bool) -> Measurement:
        """Measure the opening of its prepared data and its epochs."""
        folder = self._get_folder(contender)
        for path in (self._get_dataset(contender), *folder.rglob("*")):  # the page cache is warm for all contenders
            if path.is_file():
                path.read_bytes()
        options = ["--workers", str(workers), "--seconds", str(self.seconds), *(["--check"] if has_check else [])]
        return self._run_child(contender, "epoch", *options)

    def _get_folder(self, contender: Contender) -> Path:
        return self.folder / (contender.prepared_by or contender.name)

    def _get_dataset(self, contender: Contender) -> Path:
        return self.files["tasks" if contender.has_tasks else "records"]

    def _run_child(self, contender: Contender, step: str, *options: str) -> Measurement:
        folder = self._get_folder(contender)
        line = [str(self.pythons[contender.name]), str(CHILD), step, contender.name, *options]
        line += ["--data", str(self._get_dataset(contender)), "--folder", str(folder)]
        environment = os.environ | OFFLINE | {"HF_HOME": str(folder / "cache")}
        with subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as child:
            watch = MemoryWatch(child.pid)
            try:
                out, err = child.communicate(timeout=MAX_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                raise MeasurementError(f"took more than {MAX_SECONDS} s") from None
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
    """Watch that regularly reads the total memory of a process and its descendants.

    Attributes:
        peak_mib: highest total seen with more than one process; a single process knows its own peak better.
    """

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the watch."""
        self._ended.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            started = time.perf_counter()
            children = list_descendants(self._pid)
            if children:
                self.peak_mib = max(self.peak_mib, sum(map(read_proportional_mib, (self._pid, *children))))
            self._ended.wait(10 * (time.perf_counter() - started))  # uses at most a tenth of a core
