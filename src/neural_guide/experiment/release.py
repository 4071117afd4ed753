"""Ship a trained guide with the repository: python -m neural_guide.ship checkpoint=outputs/latest."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from neural_guide.app.console import console
from neural_guide.errors import UserError
from neural_guide.experiment.release_check import CHECK, CHECK_SEED, check_metrics, write_check_data
from neural_guide.experiment.settings import ShipSettings
from neural_guide.guide.default_guide import CARD, FIGURES, GUIDE, MOST_MIB
from neural_guide.guide.guide import guide_path, load_guide
from neural_guide.reporting.model_card import render_model_card
from neural_guide.runtime.atomic_files import replace_file, write_json


def release_guide(config: ShipSettings) -> None:
    """Copy the guide of a run, measure it on fresh records, and write its card beside it."""
    path = guide_path(config.checkpoint)
    run, target = path.parent, Path(config.ship.folder)
    if path.name != GUIDE:
        raise UserError(f"{path}: what is shipped is the {GUIDE} of a finished run. Name the folder of the run.")
    size = path.stat().st_size / 2**20
    if size > MOST_MIB:
        raise UserError(
            f"{path} has {size:.1f} MiB; at most {MOST_MIB:g} are shipped. Train one of less network.width."
        )
    metrics, facts = _read(run / "metrics.json"), _read(run / "facts.json")
    guide = load_guide(str(path))
    console.print(f"Measuring it on {CHECK.samples:,} fresh records (seed {CHECK_SEED})", highlight=False)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "check.json"
        write_check_data(data, guide.vocabulary)
        checked = check_metrics(guide, data)
    target.mkdir(parents=True, exist_ok=True)
    with replace_file(target / GUIDE) as temporary:
        shutil.copy(path, temporary)
    write_json(target / FIGURES, {"check": checked})
    with replace_file(target / CARD) as temporary:
        text = render_model_card(guide.vocabulary, metrics, facts, checked, (CHECK.samples, CHECK_SEED), size)
        temporary.write_text(text, encoding="utf-8")
    console.print(f"{target}: {size:.1f} MiB, its card and its figures. Commit the folder.", highlight=False)


def _read(path: Path) -> dict[str, Any]:
    """An object from a file of ours.

    Raises:
        UserError: it is not there, or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). Name the folder of a finished training run.") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} is no object. Name the folder of a finished training run.")
    return found
