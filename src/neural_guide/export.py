"""Export a guide as an ONNX file, and compare its outputs with those of torch.

python -m neural_guide.export checkpoint=outputs/latest
"""

from pathlib import Path

from neural_guide.app.command import start
from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE, ExportSettings
from neural_guide.errors import UserError

TASKS = 20  # real ones that the file's answers are compared on


def export(settings: ExportSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Write a guide as ONNX, compare its answers with the network's, and report how fast it is."""
    import torch  # these take seconds: imported once the settings are known to be right

    from neural_guide.arc.collections import load_tasks
    from neural_guide.guide.guide import load_guide
    from neural_guide.guide.guide_file import find_guide_file
    from neural_guide.guide.onnx_export import write_onnx

    guide = load_guide(settings.checkpoint)
    named = settings.export.path
    path = Path(named) if named else find_guide_file(settings.checkpoint).with_suffix(".onnx")
    if path.exists() and not settings.export.overwrite:
        raise UserError(f"{path} is there and is left as it is. Add export.overwrite=true, or export.path=FILE.")
    torch.set_num_threads(1)
    compared = write_onnx(guide, path, [arc.task for arc in load_tasks("arc1-training")[:TASKS]])
    say(
        f"{path}: {path.stat().st_size / 2**20:.1f} MiB. Chances differ by at most {compared.difference:.0e} on "
        f"{TASKS} ARC tasks. One takes {compared.onnx_ms:.2f} ms on one core, with torch {compared.torch_ms:.2f} ms; "
        "executed features not counted."
    )


if __name__ == "__main__":
    start("export", export, SURFACE, folderless=True)
