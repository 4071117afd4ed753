"""Cache folders of users without a home, a name, or the right to write beside the code."""

import importlib
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

from neural_guide.runtime import cache_folders


@pytest.fixture
def unusable_home(tmp_path, monkeypatch):
    """A home that is a file, and code that cannot be written to; return the folder of temporary files."""
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR", *cache_folders.LIBRARIES):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cache_folders, "PACKAGE", tmp_path / "home")
    clear_caches()
    yield tmp_path
    clear_caches()


def clear_caches():
    for function in ("prepare_cache_folders", "_is_package_writable", "_make_unshared_folder"):
        getattr(cache_folders, function).cache_clear()


def test_a_private_temporary_folder_where_no_other_is_writable(unusable_home):
    folder = unusable_home / f"neural_guide-{os.geteuid()}"
    assert cache_folders.prepare_cache_folders()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder / "compiled")
    assert os.environ["MPLCONFIGDIR"] == str(folder / "matplotlib")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert cache_folders.find_cache_folder() == folder == cache_folders.find_temporary_cache()
    assert cache_folders.is_temporary(folder / "compiled")


def test_a_folder_that_others_may_write_to_is_not_used(unusable_home):
    shared = unusable_home / f"neural_guide-{os.geteuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    folder = cache_folders.find_temporary_cache()
    assert folder != shared
    assert folder == cache_folders.find_temporary_cache()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_usable_folder_of_the_user_is_kept(unusable_home, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(unusable_home / "mine"))
    assert cache_folders.choose_numba_folder() == unusable_home / "mine"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(unusable_home / "home" / "mine"))
    assert cache_folders.is_temporary(cache_folders.choose_numba_folder())


def test_the_cache_of_the_user_comes_before_a_temporary_folder(unusable_home, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(unusable_home / "cache"))
    assert cache_folders.choose_numba_folder() == unusable_home / "cache" / "neural_guide" / "compiled"


def test_beside_the_source_where_it_is_writable(unusable_home, monkeypatch):
    monkeypatch.setattr(cache_folders, "PACKAGE", unusable_home)
    assert cache_folders.choose_numba_folder() is None
    assert cache_folders.choose_numba_folder(in_package=False) is not None


def test_without_any_folder_code_is_compiled_uncached(unusable_home, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(unusable_home / "home"))
    assert not cache_folders.prepare_cache_folders()
    assert cache_folders.compile_cached()(lambda number: number + 1)(1) == 2


@pytest.mark.parametrize("home", [None, "", "~", "relative"])
def test_no_folder_appears_where_no_home_is_known(unusable_home, monkeypatch, home):
    monkeypatch.delenv("HOME") if home is None else monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}[0])  # KeyError: a user without an entry
    monkeypatch.chdir(unusable_home)
    assert cache_folders.find_cache_folder().is_absolute()
    assert not Path("~").exists()


def test_doctor_names_a_temporary_folder(tmp_path):
    (tmp_path / "home").write_text("")
    code = (
        "from pathlib import Path; from neural_guide.runtime import cache_folders;"
        "cache_folders.PACKAGE = Path('home');"
        "from neural_guide.planning.diagnostics import check_cache_folder; print(check_cache_folder())"
    )
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("XDG", "NUMBA"))}
    environment |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    line = [sys.executable, "-c", code]
    ended = subprocess.run(line, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert f"{tmp_path}/neural_guide-{os.geteuid()}/compiled, a temporary folder" in ended.stdout
    assert "set NUMBA_CACHE_DIR" in ended.stdout


@pytest.mark.parametrize(
    "start", ["import sys; sys.argv[1:] = ['--help']; runpy.run_module('neural_guide.train', run_name='__main__')",
              "import neural_guide; neural_guide.Grid"],
)  # fmt: skip
def test_folders_are_chosen_before_any_library_is_imported(tmp_path, start):
    """Lightning imports matplotlib, which chooses its folder then and warns of a home that is not usable."""
    (tmp_path / "home").write_text("")
    code = f"import os, runpy; {start}; import matplotlib; print(os.environ['MPLCONFIGDIR'])"
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("XDG", "NUMBA", "MPL"))}
    environment |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    line = [sys.executable, "-c", code]
    ended = subprocess.run(line, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert ended.stdout.splitlines()[-1] == f"{tmp_path}/neural_guide-{os.geteuid()}/matplotlib"
    assert "Matplotlib created" not in ended.stderr


COMPILED = [path for path in cache_folders.PACKAGE.rglob("*.py") if "import compile_cached" in path.read_text()]


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.stem)
def test_compiled_functions_are_in_a_known_folder_and_call_those_of_their_own_file_alone(path):
    """Numba caches a function by its own file: one that it calls from another file may have changed since."""
    relative = path.relative_to(cache_folders.PACKAGE)
    assert str(relative.parent) in cache_folders.COMPILED_FOLDERS
    module = importlib.import_module(".".join(("neural_guide", *relative.with_suffix("").parts)))
    functions = [entry.py_func for entry in vars(module).values() if isinstance(entry, Dispatcher)]
    own = [function for function in functions if function.__module__ == module.__name__]
    assert own
    for function in own:
        called = [function.__globals__.get(word) for word in function.__code__.co_names]
        files = {entry.py_func.__module__ for entry in called if isinstance(entry, Dispatcher)}
        assert files <= {module.__name__}, function
