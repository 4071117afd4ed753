"""Run every notebook afresh: python notebooks/run.py [--save keeps the outputs in the files]."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
CELL_SECONDS = 900  # one cell may take so long


def main(arguments: list[str]) -> None:
    """Execute them one after the other; the first error ends with its traceback."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        started = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(FOLDER)}}).execute()
        if "--save" in arguments:
            for cell in notebook.cells:
                cell.metadata.pop("execution", None)  # times of day would change every run
            nbformat.write(notebook, path)
        print(f"{path.name}: {len(notebook.cells)} cells in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
