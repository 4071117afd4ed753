"""How Lightning writes checkpoints. Whoever only reads them needs no Lightning: see checkpoints.py."""

from pathlib import Path
from typing import Any

from lightning.fabric.plugins import TorchCheckpointIO

from neural_guide.guide.checkpoint_io import write_checkpoint


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning's way to the disk: temporary name, fsync, rename; the newest checkpoint before stays beside."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:  # noqa: ARG002
        """See `write_checkpoint`."""
        write_checkpoint(checkpoint, Path(path))
