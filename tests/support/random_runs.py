"""Random runs of random commands in random environments, each reproducible by its seed.

    PYTHONPATH=src:tests python -m support.random_runs SEED

prints what run SEED is, runs it again in a folder of its own, and says what is wrong with its end.
"""

import dataclasses
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 600  # limit for one run, on a machine that does much else
FAULTS_EXIT = ("doctor", "validate_submission")  # commands that find faults, with exit code 1
STOPPED_EXIT, USAGE_EXIT = 75, 2
OWN_FILES = {".hydra", "multirun.yaml", "config.yaml", ".lock"}  # of a folder in which no work was done
UNNAMED = 12345  # a user without a name
SMALL = (
    "network.width=16",
    "network.row_width=8",
    "network.grids=false",
    "trainer.arc_tasks=0",
    "data.quality_threshold=0",
)
TASK = {"train": [{"input": [[1, 0], [0, 0]], "output": [[0, 1], [0, 0]]}], "test": [{"input": [[0, 0], [1, 0]]}]}
SEARCH = ("dsl=v2", "prior=uniform", "budget.nodes=200", "workers=2")


@dataclasses.dataclass
class RandomRun:
    """One command line, where it runs, and what happens to it.

    Attributes:
        seed: the run's number.
        command: name of the command.
        arguments: as typed.
        environment: variables that are set; None: unset.
        limits: limits of the process, by their names in `resource`.
        streams: what standard input, output and error are: a pipe, closed, broken, full.
        signals: when a signal is sent, in seconds, which one, and whether to the whole group.
        is_unnamed: whether the user has no name and no right to write outside the folder.
    """

    seed: int
    command: str
    arguments: list[str]
    environment: dict[str, str | None]
    limits: dict[str, int]
    streams: dict[str, str]
    signals: list[tuple[float, str, bool]]
    is_unnamed: bool


def draw_run(seed: int) -> RandomRun:
    """Draw a run: a valid command or a mistaken one, mostly with one or two oddities around it."""
    rng = random.Random(seed)
    command, arguments = _draw_line(rng)
    oddities = rng.choices(("environment", "limits", "streams", "signals", "user"), k=rng.choice((0, 1, 1, 2, 3)))
    return RandomRun(
        seed=seed,
        command=command,
        arguments=arguments,
        environment=_draw_environment(rng) if "environment" in oddities else {},
        limits=dict([rng.choice(LIMITS)]) if "limits" in oddities else {},
        streams={name: rng.choice(STREAMS) for name in ("stdin", "stdout", "stderr")} if "streams" in oddities else {},
        signals=_draw_signals(rng) if "signals" in oddities or command == "explore" else [],
        is_unnamed="user" in oddities and can_be_unnamed(),
    )


# What is typed ---------------------------------------------------------------------------------------------------

VALID: list[tuple[str, list[str]]] = [
    *[("train", ["data.path=data.json", *SMALL, "trainer.max_epochs=2", "data.batch_size=64"])] * 4,
    ("train", ["data.path=data.json", *SMALL, "trainer.max_steps=3", "resume=auto"]),
    ("train", ["data.path=data.json", *SMALL, "trainer.max_steps=3", "resume=outputs/train/mine"]),
    ("train", ["-m", "data.path=data.json", *SMALL, "trainer.max_steps=2", "seed=1,2"]),
    ("generate", ["data.path=new.json", "generate.samples=200", "generate.processes=2"]),
    *[("solve", ["tasks=tasks.json", *SEARCH])] * 2,
    ("solve", ["tasks=tasks.json", *SEARCH, "submission=mine.json"]),
    ("solve", ["tasks=tasks.json", *SEARCH, "dsl=wide", "resume=never"]),
    ("inspect", ["data.path=data.json"]),
    ("plan", ["data.path=data.json", *SMALL]),
    ("evaluate", ["data.path=data.json"]),
    ("compare", ["outputs/train/mine"]),
    ("validate_submission", ["submission.json", "tasks=tasks.json"]),
    ("export", []),
    ("bundle", ["bundle.folder=bundle"]),
    ("ship", []),
    ("cloud", ["action=launch", "hardware=c5"]),
    ("tune", ["data.path=data.json", "tune.trials=1"]),
    ("explore", ["explore.port=0", "tasks=no.json"]),
    ("doctor", []),
]
SHORT = sorted({command for command, _ in VALID} - {"doctor", "generate", "solve", "bundle", "explore"})
"""Commands that do little where nothing is typed."""
KEYS = (
    *("data.path", "data.batch_size", "data.store_dir", "seed", "resume", "hydra.run.dir", "hydra.sweep.dir"),
    *("optimizer.lr", "trainer.max_epochs", "hardware", "experiment", "compile", "tasks", "checkpoint", "submission"),
    *("runs", "deadline", "budget", "hydra.job.chdir", "hydra.output_subdir", "hydra/launcher", "data", "sweep"),
    *("data.bach_size", "nothing", "hydra.run.dri", "tune.batch_sizes", "upload", "trainer.max_time", "lr", "dsl"),
)
VALUES = (
    *(
        "",
        "1",
        "-1",
        "0",
        "1e3",
        "1e400",
        "nan",
        "null",
        "true",
        "no.json",
        "a b",
        "é.json",
        "日本",
        "it's",
        'a"b',
        "a=b",
    ),
    *("a,b", "[1,2]", "[a", "{a:1}", "{a", "(1)", "~/x", "~", "${seed}", "${nothing}", "${oc.env:NOT_SET}", "$HOME"),
    *("choice(1,2)", "range(1,3)", "glob(*)", "int(x)", "*.json", "data.json", "precious.txt", "outputs/train/mine"),
    *(
        "/proc/x",
        ".",
        "x/y/z",
        "a\\",
        "a\\b",
        "'x",
        "a\tb",
        "a\nb",
        "a\x1bb",
        "\udce9",
        "x" * 300,
        "???",
        "s3://b/r",
    ),
    *("cpu", "g4dn", "on", "attempt1", "never", "auto", "4h", "00:00:00:01", "https://u:p@h/x", "empty", "locked"),
)
WORDS = (
    *("--help", "--hel", "-h", "-m", "--multirun", "--cfg", "job", "--info", "--resolve", "--version", "--", "-", "-1"),
    *(
        "--config-name=x",
        "--config-dir",
        "-p",
        "small.json",
        "data.json",
        "",
        " ",
        "=",
        "=1",
        "~seed",
        "+seed=1",
        "++seed=1",
    ),
    *("seed", "data.path", "--seed", "--seed=1", "seed =1", "outputs/train/mine", "submission.json", "tasks.json"),
)


def _draw_line(rng: random.Random) -> tuple[str, list[str]]:
    command, arguments = rng.choice(VALID)
    arguments = list(arguments)
    if rng.random() < 0.35 or command == "doctor":
        return command, arguments
    if rng.random() < 0.5:
        command, arguments = rng.choice(SHORT), []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        word = f"{rng.choice(KEYS)}={rng.choice(VALUES)}" if rng.random() < 0.75 else rng.choice(WORDS)
        arguments.insert(rng.randrange(len(arguments) + 1), word)
    return command, [argument for argument in arguments if "\0" not in argument]


# What is around it -----------------------------------------------------------------------------------------------

ENVIRONMENT: dict[str, tuple[str | None, ...]] = {
    "HOME": (None, "", "/nonexistent", "~", "relative", "{folder}/precious.txt", "{folder}/locked", "{folder}"),
    "LC_ALL": ("C", "POSIX", "C.UTF-8", "xx_XX.UTF-8", "en_US.ISO-8859-1"),
    "PYTHONIOENCODING": ("ascii", "latin-1", "utf-16"),
    "PYTHONUTF8": ("0", "1"),
    "TMPDIR": (None, "/nonexistent", "{folder}/precious.txt", "{folder}/tmp"),
    "XDG_CACHE_HOME": ("/nonexistent", "{folder}/cache", "relative", "{folder}/precious.txt"),
    "NUMBA_CACHE_DIR": ("/nonexistent", "{folder}/locked/numba", "{folder}/precious.txt"),
    "MPLCONFIGDIR": ("/nonexistent", "{folder}/precious.txt"),
    "OMP_NUM_THREADS": ("0", "-1", "x", "99", ""),
    "COLUMNS": ("0", "1", "x"),
    "TERM": ("dumb", "nothing", None),
    "PYTHONUNBUFFERED": ("1",),
    "HYDRA_FULL_ERROR": ("1",),
    "SLURM_JOB_ID": ("1",),
    "SLURM_NTASKS": ("4", "x"),
    "RANK": ("1", "x"),
    "LOCAL_RANK": ("1", ""),
    "WORLD_SIZE": ("2", "x"),
    "MASTER_ADDR": ("nowhere",),
    "CUDA_VISIBLE_DEVICES": ("", "9", "x"),
    "LD_PRELOAD": ("/nonexistent.so",),
    "PATH": ("", "/nonexistent"),
    "USER": (None, ""),
    "http_proxy": ("http://nowhere:1",),
}
LIMITS = [
    *[("RLIMIT_FSIZE", size) for size in (0, 1 << 10, 1 << 14, 1 << 18, 1 << 20)],
    *[("RLIMIT_NOFILE", count) for count in (32, 64, 256)],
    ("RLIMIT_CORE", 0),
    ("RLIMIT_AS", 16 << 30),
]
STREAMS = ("pipe", "pipe", "null", "closed", "broken", "full")
MOMENTS: tuple[Callable[[random.Random], float], ...] = (
    lambda rng: rng.uniform(0.05, 0.6),
    lambda rng: rng.uniform(0.5, 4),
    lambda rng: rng.uniform(2, 20),
)


def _draw_environment(rng: random.Random) -> dict[str, str | None]:
    names = rng.sample(sorted(ENVIRONMENT), rng.choice((1, 1, 2, 4)))
    return {name: rng.choice(ENVIRONMENT[name]) for name in names}


def _draw_signals(rng: random.Random) -> list[tuple[float, str, bool]]:
    first = rng.choice(MOMENTS)(rng), rng.choice(("SIGINT", "SIGINT", "SIGTERM", "SIGHUP")), rng.random() < 0.7
    again = rng.choice(((), (), (rng.uniform(0, 1.5),)))
    return [first, *((first[0] + wait, first[1], first[2]) for wait in again)]


def can_be_unnamed() -> bool:
    """Return whether this process may run another one as a user without a name, who can read interpreter and code."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return False
    places = [Path(sys.executable).resolve(), Path(__file__).resolve()]
    return all(parent.stat().st_mode & stat.S_IXOTH for place in places for parent in place.parents)


# The run -----------------------------------------------------------------------------------------------------------


def prepare_folder(folder: Path, dataset: Path, run: Path) -> dict[str, str]:
    """Fill a folder with what a user has; return a digest of each file."""
    shutil.copy(dataset, folder / "data.json")
    (folder / "precious.txt").write_text("of the user")
    (folder / "tasks.json").write_text(json.dumps({"t1": TASK, "t2": TASK}))
    (folder / "submission.json").write_text("{}")
    for name in ("empty", "locked", "tmp", "home", "outputs/train"):
        (folder / name).mkdir(parents=True)
    (folder / "locked").chmod(0o500)
    shutil.copytree(run, folder / "outputs" / "train" / "mine")
    return take_digests(folder)


def take_digests(folder: Path) -> dict[str, str]:
    """A digest of every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): hashlib.blake2b(path.read_bytes()).hexdigest() for path in files}


@dataclasses.dataclass
class End:
    """How a run ended.

    Attributes:
        code: exit code; None: it was still running after the limit.
        text: what it printed, both streams.
        faults: what is wrong with that; empty where nothing is.
    """

    code: int | None
    text: str
    faults: list[str]


def execute(run: RandomRun, folder: Path, owned: dict[str, str]) -> End:
    """Run the command in a folder that `prepare_folder` filled, and judge how it ends."""
    code, text = _run(run, folder)
    faults = []
    allowed = {0, USAGE_EXIT, *([1] if run.command in FAULTS_EXIT else []), *([STOPPED_EXIT] if run.signals else [])}
    if code not in allowed and code not in _bare_exits(run):
        faults.append(f"exit code {code}")
    if "Traceback" in text or "Exception ignored" in text:
        faults.append("traceback")
    now = take_digests(folder)
    lost = [name for name, digest in owned.items() if now.get(name) != digest and not _may_change(name)]
    if lost:
        faults.append(f"lost or changed: {lost[:3]}")
    if code == USAGE_EXIT and not run.signals and (left := find_untouched(folder)):
        faults.append(f"left by a refusal: {left[:3]}")
    if (folder / "~").exists():
        faults.append("a folder called ~")
    return End(code, text, faults)


def _bare_exits(run: RandomRun) -> set[int]:
    """Codes of a signal that comes before Python has started: of Python itself, or of the system."""
    if run.signals and run.signals[0][0] < 0.6:
        return {-signal.Signals[name] for _, name, _ in run.signals} | {1, 130}
    return set()


def _may_change(name: str) -> bool:
    """Whether a command may change a file of the user: its own records, and results of a run that is resumed."""
    return name.startswith("outputs/train/mine/")


def find_untouched(folder: Path) -> list[str]:
    """Folders of runs in which no work was done."""
    kept = {"empty", "locked", "tmp", "home", "cache", "relative"}
    folders = [path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()]
    return [
        str(path.relative_to(folder))
        for path in folders
        if not kept & set(path.relative_to(folder).parts)
        and not set(path.parts) & {".hydra", "__pycache__", "mine"}
        and all(entry.name in OWN_FILES for entry in path.iterdir())
    ]


def _run(run: RandomRun, folder: Path) -> tuple[int | None, str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment["HOME"] = str(folder / "home")
    for name, value in run.environment.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value.format(folder=folder)
    line = [sys.executable, "-m", f"neural_guide.{run.command}", *run.arguments]
    if run.is_unnamed:
        _give_away(folder)
        line = [str(shutil.which("setpriv")), f"--reuid={UNNAMED}", f"--regid={UNNAMED}", "--clear-groups", *line]
    with tempfile.TemporaryFile() as printed:
        streams, after = _open_streams(run, printed)
        process = subprocess.Popen(
            [os.fsencode(argument) for argument in line],
            env=environment, cwd=folder, start_new_session=True, preexec_fn=_limiter(run), **streams,
        )  # fmt: skip
        after()
        sender = threading.Thread(target=_send_signals, args=(run, process), daemon=True)
        sender.start()
        try:
            code: int | None = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        printed.seek(0)
        return code, printed.read().decode("utf-8", "replace")


def _give_away(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.name not in ("locked", "precious.txt"):
            os.chown(path, UNNAMED, UNNAMED, follow_symlinks=False)
    for parent in folder.parents:
        if parent != Path("/"):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)


def _open_streams(run: RandomRun, printed: object) -> tuple[dict[str, object], Callable[[], None]]:
    """The standard streams of a run, and what to call once it has them."""
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_RDWR)
    kinds = {"null": subprocess.DEVNULL, "broken": writing, "full": full}
    streams = {}
    for name in ("stdin", "stdout", "stderr"):
        default = subprocess.DEVNULL if name == "stdin" else printed
        streams[name] = kinds.get(run.streams.get(name, ""), default)
    return streams, lambda: (os.close(writing), os.close(full))[0]


def _limiter(run: RandomRun) -> Callable[[], None]:
    def limit() -> None:
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            if run.streams.get(name) == "closed":
                os.close(number)
        for name, value in run.limits.items():
            most = resource.getrlimit(getattr(resource, name))[1]
            resource.setrlimit(getattr(resource, name), (value, most))

    return limit


def _send_signals(run: RandomRun, process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    for moment, name, to_group in run.signals:
        while time.monotonic() < started + moment:
            if process.poll() is not None:
                return
            time.sleep(0.01)
        if process.poll() is None:
            (os.killpg if to_group else os.kill)(process.pid, signal.Signals[name])


def describe(run: RandomRun) -> str:
    """The run in a line, as a bug report would have it."""
    parts = {name: value for name, value in dataclasses.asdict(run).items() if value and name != "seed"}
    return f"seed {run.seed}: {json.dumps(parts, ensure_ascii=True)}"


def make_data(folder: Path) -> tuple[Path, Path]:
    """Make what every run finds in its folder: a dataset, and the folder of a run that was trained on it."""
    dataset, trained = folder / "data.json", folder / "trained"
    commands = (
        ["generate", f"data.path={dataset}", "generate.samples=800", f"hydra.run.dir={folder / 'generated'}"],
        ["train", f"data.path={dataset}", *SMALL, "trainer.max_epochs=1", f"hydra.run.dir={trained}"],
    )
    for command, *arguments in commands:
        subprocess.run([sys.executable, "-m", f"neural_guide.{command}", *arguments], check=True, capture_output=True)
    return dataset, trained


def repeat(seed: int, dataset: Path, trained: Path, folder: Path) -> tuple[RandomRun, End]:
    """Draw a run by its seed and execute it in an empty folder."""
    run = draw_run(seed)
    return run, execute(run, folder, prepare_folder(folder, dataset, trained))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="random-run-") as place:
        shared = make_data(Path(place))
        for number in map(int, sys.argv[1:]):
            own = Path(place) / str(number)
            own.mkdir()
            drawn, ended = repeat(number, *shared, own)
            print(describe(drawn), ended.text, f"exit code {ended.code}", *ended.faults, sep="\n", flush=True)
