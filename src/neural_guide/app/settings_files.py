"""Settings as files: written into a run's folder, read back, merged. OmegaConf stays behind this module."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar, cast

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from neural_guide.app.settings import list_keys
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import replace_file

RENAMED = {
    "data.recolour": "data.colour_augmentation",
    "search.ask_depth": "search.query_depth",
    "search.ask_below": "search.query_threshold",
    "search.ask_after": "search.query_after",
    "search.floor": "search.uniform_mixing",
}
"""Keys of earlier versions, by what they are called now: typed they are refused, in files they are read."""
CONFIG = "config.yaml"  # in a run's folder
Settings = TypeVar("Settings")


def format_settings(settings: Any) -> str:
    """Settings as YAML."""
    return str(OmegaConf.to_yaml(OmegaConf.structured(settings)))


def write_config(settings: Any, folder: Path) -> None:
    """Write the resolved settings of a run into its folder."""
    with replace_file(folder / CONFIG) as temporary:
        temporary.write_text(format_settings(settings), encoding="utf-8")


def read_settings(path: Path) -> dict[str, Any]:
    """The settings that a file holds, as they are written: nothing in them is looked up.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}).") from None
    return parse_settings(text, str(path))


def parse_settings(text: str, source: str) -> dict[str, Any]:
    """The settings in a text of YAML, as they are written.

    Args:
        text: YAML.
        source: where it stands, as errors name it.

    Raises:
        UserError: it is no YAML, or holds something else.
    """
    try:
        settings = OmegaConf.to_container(OmegaConf.create(text))
    except Exception as error:  # the parser has errors of its own beside OmegaConf's
        raise UserError(f"{source} cannot be read ({str(error).partition(chr(10))[0]}).") from None
    if not isinstance(settings, dict):
        raise UserError(f"{source} holds no settings.")
    return cast(dict[str, Any], settings)


def merge_settings(root: type[Settings], stored: dict[str, Any]) -> Settings:
    """A settings object from stored values; keys of other commands and versions are left out.

    Args:
        root: the settings class.
        stored: nested values, e.g. of a checkpoint.

    Raises:
        UserError: a value does not fit its key.
    """
    flat = {RENAMED.get(name, name): value for name, value in flatten_values(stored).items()}
    known = set(list_keys(root))
    merged = OmegaConf.structured(root)
    try:
        for name, value in flat.items():
            if name in known:
                OmegaConf.update(merged, name, value)
    except OmegaConfBaseException as error:
        raise UserError(f"settings of another version: {str(error).splitlines()[0]}.") from None
    return cast(Settings, OmegaConf.to_object(merged))


def replace_settings(settings: Settings, values: dict[str, Any]) -> Settings:
    """The settings with other values for some dotted keys."""
    changed = OmegaConf.structured(settings)
    for name, value in values.items():
        OmegaConf.update(changed, name, value)
    return cast(Settings, OmegaConf.to_object(changed))


def flatten_settings(settings: Any) -> dict[str, Any]:
    """Settings as dotted keys; None becomes the text `none`, which every logger takes."""
    return {name: "none" if value is None else value for name, value in flatten_values(asdict(settings)).items()}


def flatten_values(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= flatten_values(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
