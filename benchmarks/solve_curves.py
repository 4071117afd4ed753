"""Compare runs of `solve` by the outputs solved within some seconds per task.

    python -m neural_guide.solve dsl=wide tasks=arc1-training-b prior=uniform hydra.run.dir=outputs/all
    python -m neural_guide.solve dsl=wide tasks=arc1-training-b prior=uniform search.leave_one_out=false \
        hydra.run.dir=outputs/trusting
    python benchmarks/solve_curves.py all=outputs/all trusting=outputs/trusting --docs

An output counts from the moment at which the search found its right attempt. The script compares every other run with
the first one, on the outputs of both. Intervals of 95 % are from a paired bootstrap over tasks. With --docs the script
writes table and picture into docs/solving.md. A run with one method disabled (search.pieces, search.assembly,
search.cells, search.forms, search.leave_one_out, search.single_tests) shows the contribution of that method.

For comparison: icecuber's solver of 2020 on a machine of two such cores, with test outputs withheld. A task counts if
every output is exact within two attempts: 38 of 100 ARC-1 training tasks at 0.3 CPU-seconds per task, 111 of 400
evaluation tasks at 0.7.
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
    """Print the table of the runs; with --docs, write it into the documentation."""
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
