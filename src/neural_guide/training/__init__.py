"""Training a guide: module, datamodule, loader, metrics, callbacks, checkpointing."""
