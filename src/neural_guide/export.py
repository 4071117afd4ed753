"""A guide for other runtimes: python -m neural_guide.export checkpoint=outputs/latest."""

from pathlib import Path

import torch

from neural_guide.app.command import start
from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.arc.collections import load_tasks
from neural_guide.config import SURFACE, ExportSettings
from neural_guide.errors import UserError
from neural_guide.guide.guide import guide_path, load_guide
from neural_guide.guide.onnx_export import write_onnx

TASKS = 20  # real ones that the file's answers are compared on


def export(config: ExportSettings, invocation: Invocation) -> None:  # noqa: ARG001 - the file is all that is written
    """Write a guide as ONNX, its answers compared with its own, and say how quick it is."""
    guide = load_guide(config.checkpoint)
    path = Path(config.export.path) if config.export.path else guide_path(config.checkpoint).with_suffix(".onnx")
    if path.exists() and not config.export.overwrite:
        raise UserError(f"{path} is there and is left as it is. Add export.overwrite=true, or export.path=FILE.")
    torch.set_num_threads(1)
    compared = write_onnx(guide, path, [arc.task for arc in load_tasks("arc1-training")[:TASKS]])
    console.print(
        f"{path}: {path.stat().st_size / 2**20:.1f} MiB. Chances differ by at most {compared.difference:.0e} on "
        f"{TASKS} ARC tasks. One takes {compared.onnx_ms:.2f} ms on one core, with torch {compared.torch_ms:.2f} ms; "
        "executed features not counted.",
        highlight=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    start("export", export, SURFACE, folderless=True)  # the file is all that it leaves
