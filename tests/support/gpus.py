"""Stand-ins for NVIDIA GPUs: the answers of torch and of nvidia-smi about them."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import torch


class StandIn(NamedTuple):
    """A GPU as its documents and `nvidia-smi --query-gpu` describe it."""

    name: str
    memory_mib: int
    capability: tuple[int, int]


T4 = StandIn("Tesla T4", 15360, (7, 5))
A100 = StandIn("NVIDIA A100-SXM4-80GB", 81920, (8, 0))
H200 = StandIn("NVIDIA H200", 143771, (9, 0))


def install_gpu(gpu: StandIn, monkeypatch) -> None:
    """Let torch describe a GPU. Nothing can be computed on it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: gpu.name)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: gpu.capability)
    properties = SimpleNamespace(total_memory=gpu.memory_mib * 2**20)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)


def install_driver(gpu: StandIn | None, folder: Path, monkeypatch) -> None:
    """Put an nvidia-smi first on the path that knows one GPU; None: one that finds no driver."""
    if gpu is None:
        script = 'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."\nexit 9\n'
    else:
        row = f"{gpu.name}, {gpu.memory_mib}, 580.65.06, {gpu.capability[0]}.{gpu.capability[1]}"
        listed = f"GPU 0: {gpu.name} (UUID: GPU-00000000-0000-0000-0000-000000000000)"
        script = f'[ "$1" = -L ] && echo "{listed}" || echo "{row}"\n'
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
