"""Outputs that runs of `solve` have solved within some seconds a task, beside each other.

    python -m neural_guide.solve dsl=wide tasks=arc1-training-b prior=uniform hydra.run.dir=outputs/all
    python -m neural_guide.solve dsl=wide tasks=arc1-training-b prior=uniform search.leave_one_out=false \
        hydra.run.dir=outputs/trusting
    python benchmarks/solve_curves.py all=outputs/all trusting=outputs/trusting --docs

An output counts from the moment that its right attempt was found. Every run but the first is compared with the first,
on the outputs of both, with a 95 % interval of a paired bootstrap over tasks. With --docs table and picture go into
docs/solving.md. Runs with one idea off (search.pieces, search.assembly, search.cells, search.forms,
search.leave_one_out, search.single_tests) say what each idea adds.

icecuber's solver of 2020, measured on a machine of two such cores, test outputs withheld, every output of a task exact
within two attempts: 38 of 100 ARC-1 training tasks at 0.3 CPU-seconds a task, 111 of 400 evaluation tasks at 0.7.
"""

import argparse
from pathlib import Path

from rich.console import Console

from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.solve.curve import draw_curves, read_needs, tabulate_curves

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- curves: written by benchmarks/solve_curves.py --docs -->", "<!-- end of curves -->"
PICTURE = "pictures/outputs_solved.png"


def main() -> None:
    """Print the table of some runs, and write it into the documentation on request."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", help="NAME=FOLDER of a run of solve")
    parser.add_argument("--docs", action="store_true", help="write table and picture into docs/solving.md")
    options = parser.parse_args()
    folders = {name: Path(folder) for name, _, folder in (run.partition("=") for run in options.runs)}
    runs = {name: read_needs(folder) for name, folder in folders.items()}
    table = tabulate_curves(runs)
    Console(width=140).print(table)
    if options.docs:
        save_png(draw_curves(runs), DOCS / PICTURE)
        page = DOCS / "solving.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        picture = f"![Outputs solved against seconds a task]({PICTURE})"
        page.write_text(f"{before}{BEGIN}\n\n{table.markdown()}\n{picture}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
