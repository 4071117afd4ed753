"""Report of mutation testing: a table by room, and the list of mutants that no test noticed."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

BEGIN, END = "<!-- mutation: written by benchmarks/mutation --docs -->", "<!-- end of mutation -->"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")  # mutants that change nothing, each with the reason
MAX_TEXT_LENGTH = 70  # characters of a printed expression


class Result(NamedTuple):
    """A mutant and its verdict; see `Mutant` and `Verdict`."""

    path: str
    line: int
    code: str
    before: str
    after: str
    tests: int
    outcome: str
    killer: str
    seconds: float

    @property
    def is_noticed(self) -> bool:
        """Whether a test failed, or the tests did not end."""
        return self.outcome != "survived"

    @property
    def equivalence(self) -> str:
        """Reason why the mutant changes nothing; empty: it changes something, or nobody has read it."""
        return _read_equivalents().get((self.path, self.code, self.before, self.after), "")

    def describe(self) -> str:
        """Describe the result in one line."""
        change = " -> ".join(_shorten(text) for text in (self.before, self.after))
        location = f"{self.path.removeprefix('src/neural_guide/')}:{self.line}"
        return f"{self.outcome:8} {self.seconds:5.0f} s {location}: {change} ({self.killer or f'{self.tests} tests'})"


@cache
def _read_equivalents() -> dict[tuple[str, ...], str]:
    entries = tomllib.loads(EQUIVALENT.read_text()).get("mutant", [])
    return {tuple(entry[key] for key in ("path", "code", "before", "after")): entry["reason"] for entry in entries}


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT_LENGTH else f"{line[: MAX_TEXT_LENGTH - 1]}…"


def format_table(results_by_room: Mapping[str, Sequence[Result]]) -> str:
    """Format the counts of mutants, noticed ones and equivalent ones by room as Markdown."""
    rows = [*results_by_room.items(), ("all", [result for results in results_by_room.values() for result in results])]
    lines = ["| room | mutants | noticed | change nothing | share noticed | of those that change something |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    for name, results in rows:
        noticed_count = sum(result.is_noticed for result in results)
        equivalent_count = sum(not result.is_noticed and bool(result.equivalence) for result in results)
        shares = [noticed_count / count if count else 0.0 for count in (len(results), len(results) - equivalent_count)]
        cells = [
            name,
            str(len(results)),
            str(noticed_count),
            str(equivalent_count),
            *(f"{share:.0%}" for share in shares),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def format_survivors(results_by_room: Mapping[str, Sequence[Result]]) -> str:
    """Format the list of mutants that no test noticed; an equivalent mutant has its reason."""
    lines = []
    for name, results in results_by_room.items():
        for result in results:
            if not result.is_noticed:
                code, before, after = (
                    f"`{_shorten(text).replace('`', '')}`" for text in (result.code, result.before, result.after)
                )
                module = result.path.removeprefix("src/neural_guide/")
                reason = f". Changes nothing: {result.equivalence}" if result.equivalence else ""
                lines.append(f"- {name}, `{module}`, {code}: {before} -> {after}{reason}")
    return "\n".join(lines)


def write_page(page: Path, results_by_room: Mapping[str, Sequence[Result]], seed: int) -> None:
    """Write table and survivors between the marks of a page."""
    text = page.read_text()
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    parts = (
        BEGIN,
        f"Seed {seed}.",
        format_table(results_by_room),
        "Not noticed:",
        format_survivors(results_by_room),
        "",
    )
    page.write_text(before + "\n\n".join(parts) + after)
