"""Checks of Hydra's own settings, e.g. `hydra.run.dir`: which exist, which a command takes, and what they may be."""

import difflib
from collections.abc import Iterator
from typing import Any

from hydra.conf import HydraConf
from omegaconf import DictConfig, OmegaConf

from neural_guide.app.quoting import quote_for_shell
from neural_guide.app.run_folders import FOLDER_KEYS
from neural_guide.errors import UserError

NOT_TAKEN = {
    "hydra.job.chdir": "paths are relative to the folder where the command is started. Leave it out.",
    "hydra.searchpath": "every command reads its own profiles, those that --help lists. Leave it out.",
    "hydra.callbacks": "commands bring their own. Leave it out.",
    "hydra.runtime": "Hydra sets it itself. Leave it out.",
    "hydra.sweeper.params": "type the values of a sweep by their keys: -m data.batch_size=8,16",
}
"""Settings of Hydra that no command takes, with all below them, by the reason."""


def check_hydra_key(key: str) -> None:
    """Refuse a key that Hydra's own settings lack, or that no command takes; below a free dictionary any key may stand.

    Raises:
        UserError: with the key that was meant, or the reason.
    """
    dotted = key.replace("/", ".")
    for refused, reason in NOT_TAKEN.items():
        if dotted == refused or dotted.startswith(f"{refused}."):
            raise UserError(f"{key} is not taken: {reason}")
    if "/" in key or key == "hydra":
        return
    node: Any = OmegaConf.structured(HydraConf)
    for part in key.split(".")[1:]:
        if not isinstance(node, DictConfig) or not _is_fixed(node):
            return
        if part not in node.keys():  # noqa: SIM118 - `in` leaves out what has no value yet
            close = difflib.get_close_matches(key, list(_list_hydra_keys()), n=2, cutoff=0.6)
            meant = f"Did you mean {' or '.join(close)}?" if close else "Hydra's settings: --cfg hydra lists them."
            raise UserError(f"{key} is no setting of Hydra. {meant}")
        node = None if OmegaConf.is_missing(node, part) else node._get_node(part)


def find_hydra_key(key: str) -> str | None:
    """Find the key of Hydra's that a misspelt one may be."""
    return next(iter(difflib.get_close_matches(key, list(_list_hydra_keys()), n=1, cutoff=0.8)), None)


def check_hydra_value(key: str, override: Any, shown: str, *, sweeps: bool) -> None:
    """Refuse a folder that is none, one that another kind of run has, or one that jobs would share.

    Args:
        key: without signs before it.
        override: as Hydra parsed it.
        shown: the override as typed, quoted for the shell.
        sweeps: whether the command runs once a value.

    Raises:
        UserError: with the setting to type instead.
    """
    values = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
    if key in FOLDER_KEYS:
        if any(value is None or isinstance(value, list | dict | bool) for value in values):
            raise UserError(f"{shown} names no folder. Type {key}=FOLDER, or leave it out for a folder under outputs/.")
        own, kind = (FOLDER_KEYS[1], "a sweep") if sweeps else (FOLDER_KEYS[0], "a single run")
        if key != own:
            instead = quote_for_shell(f"{own}={override.get_value_string()}")
            raise UserError(f"{shown} has no effect on {kind}. Type {instead}")
    if key == "hydra.sweep.subdir" and not all("${" in str(value) for value in values):
        raise UserError(f"{shown}: all jobs would write to one folder. Leave it out, or add ${{hydra.job.num}} to it.")
    if key == "hydra.output_subdir" and any("/" in str(value) or str(value) in (".", "..") for value in values):
        raise UserError(f"{shown}: the records of Hydra lie in a folder of their own inside that of the run.")


def _is_fixed(node: DictConfig) -> bool:
    """Whether a node of Hydra's settings has a class, so that its keys are known."""
    kind = OmegaConf.get_type(node)
    return kind is not None and kind is not dict


def _list_hydra_keys(node: Any = None, prefix: str = "hydra") -> Iterator[str]:
    node = OmegaConf.structured(HydraConf) if node is None else node
    for name in node:
        child = None if OmegaConf.is_missing(node, name) else node._get_node(name)
        if isinstance(child, DictConfig) and not child._is_none() and _is_fixed(child):
            yield from _list_hydra_keys(child, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}"
