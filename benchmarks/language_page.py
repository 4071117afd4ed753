"""Draw the predictions of a language guide for some real tasks, for docs/language-guide.md.

python benchmarks/language_page.py --checkpoint guides/wide
"""

import argparse
from pathlib import Path

from neural_guide.arc.collections import load_tasks
from neural_guide.guide.guide import load_guide
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.gallery import draw_predictions
from neural_guide.reporting.results import Prediction

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "language_guide.png"
TASKS = ("08ed6ac7", "25ff71a9", "67a3c6ac")  # a rule over units, a rule that moves, a program


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="a guide that experiment=wide trained")
    guide = load_guide(parser.parse_args().checkpoint)
    tasks = {arc.task.task_id: arc.task for arc in load_tasks("arc1-training")}
    predictions = [Prediction(name, tasks[name].pairs, None, guide.probabilities(tasks[name])) for name in TASKS]
    save_png(draw_predictions(predictions, guide.vocabulary), PICTURE)
    print(f"{PICTURE}")


if __name__ == "__main__":
    main()
