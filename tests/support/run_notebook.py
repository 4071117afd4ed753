"""Run a notebook and print what its cells print: python run_notebook.py NOTEBOOK FOLDER.

The kernel is reached through sockets of the file system, because a namespace without network has no loopback either.
"""

import sys
import tempfile

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main(path: str, folder: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    error = ""
    with tempfile.TemporaryDirectory() as sockets:  # a short path: that of a socket may have 107 characters
        kernel = AsyncKernelManager(transport="ipc", ip=f"{sockets}/kernel")
        client = NotebookClient(notebook, km=kernel, resources={"metadata": {"path": folder}})
        try:
            client.execute()
        except CellExecutionError as failed:
            error = failed.evalue
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    print("".join(output["text"] for output in outputs if output.output_type == "stream"), end="")
    sys.exit(error or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
