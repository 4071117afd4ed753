"""Lightning's plugin for checkpoint files. It is apart from `guide.checkpoint_io`, whose readers need no Lightning."""

from pathlib import Path
from typing import Any

from lightning.fabric.plugins import TorchCheckpointIO

from neural_guide.guide.checkpoint_io import write_checkpoint


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write checkpoints atomically (temporary name, fsync, rename), and keep the previous one beside the newest."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:  # noqa: ARG002
        """Write one checkpoint, see `write_checkpoint`."""
        write_checkpoint(checkpoint, Path(path))
