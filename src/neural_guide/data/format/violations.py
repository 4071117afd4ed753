"""Records that break the data contract: which rule each broke, how many, and the first examples."""

import bisect
import json
from dataclasses import dataclass, field
from typing import Any

from neural_guide.arc.grid import GridError, parse_grid
from neural_guide.errors import UserError

EXAMPLES = 3  # kept for each rule
KEYS = ("input", "output", "primitives", "quality", "complexity", "task_id")

RULE_JSON = "a record is a valid JSON object"
RULE_KEYS = "a record has each of " + ", ".join(KEYS) + " once"
RULE_PRIMITIVES = "primitives is a non-empty list of names"
RULE_SHARE = "quality and complexity are finite numbers in [0, 1]"
RULE_TASK_ID = "task_id is a non-empty string"
RULE_LABELS = "records of one task have the same primitives"
RULE_NAMES = "primitives are names of one vocabulary"
RULE_REPLAY = "primitives, applied in order to the input, give the output"
RULE_DUPLICATE = "a pair stands once in its task"


class RecordError(ValueError):
    """A record breaks the contract: the rule, the same for all such records, and what is true of this one."""

    def __init__(self, rule: str, fact: str) -> None:
        super().__init__(f"{fact}; {rule}")
        self.rule = rule
        self.fact = fact


@dataclass(frozen=True)
class Example:
    """One record that was set aside.

    Attributes:
        record: its number in the dataset, from 0.
        byte: where it begins in its file's text.
        fact: what is wrong with it.
        file: its file, where the dataset has several; else empty.
    """

    record: int
    byte: int
    fact: str
    file: str = ""


@dataclass
class Violations:
    """Records seen and records set aside, by the rule they broke.

    Attributes:
        source: the file, glob or URL, as errors name it.
        records: records seen, good and bad.
        counts: records set aside, by rule.
        examples: the first three of each rule.
        notes: what else there is to say about the dataset, a sentence each.
    """

    source: str = "the dataset"
    records: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _files: list[tuple[int, str]] = field(default_factory=list, repr=False, compare=False)

    def begin_file(self, name: str) -> None:
        """Say that the records from here on stand in another file of the dataset."""
        self._files.append((self.records, name))

    @property
    def n_set_aside(self) -> int:
        """Records set aside, all rules together."""
        return sum(self.counts.values())

    def add(self, rule: str, fact: str, record: int, byte: int) -> None:
        """Count a record that was set aside."""
        self.counts[rule] = self.counts.get(rule, 0) + 1
        kept = self.examples.setdefault(rule, [])
        if len(kept) < EXAMPLES:
            file = bisect.bisect_right(self._files, record, key=lambda begun: begun[0]) - 1
            kept.append(Example(record, byte, fact, self._files[file][1] if self._files else ""))

    def summarize(self) -> str:
        """One line: how many records were set aside and for what."""
        notes = "".join(f" {note}" for note in self.notes)
        if not self.counts:
            return f"{self.source}: {self.records:,} records, none set aside.{notes}"
        reasons = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        told = "; ".join(
            f"{count:,} against the rule that {rule} (first: {self._first(rule)})" for rule, count in reasons
        )
        return f"{self.source}: {self.n_set_aside:,} of {self.records:,} records set aside: {told}.{notes}"

    def check(self, limit_share: float) -> None:
        """Stop where too many records were set aside.

        Args:
            limit_share: share of the records seen, 0 to 1, that may be set aside.

        Raises:
            UserError: the share is above it, or no record is left.
        """
        remedy = "Mend the file, or allow more with data.bad_record_limit."
        if RULE_REPLAY in self.counts:
            remedy += " Where primitives are no programs, data.check_replay=false keeps the records."
        if self.records and self.n_set_aside >= self.records:
            raise UserError(f"{self.summarize()} No record is left to use. Mend the file.")
        if self.n_set_aside > limit_share * self.records:
            share = f"{self.n_set_aside / self.records:.2%}"
            raise UserError(f"{self.summarize()} That is {share}; the limit is {limit_share:.2%}. {remedy}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file; `from_dict` reads them back."""
        examples = {rule: [vars(example) for example in kept] for rule, kept in self.examples.items()}
        plain = {"source": self.source, "records": self.records, "counts": self.counts, "examples": examples}
        return plain | {"notes": self.notes}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Violations":
        """The violations that `as_dict` wrote."""
        examples = {rule: [Example(**each) for each in kept] for rule, kept in values["examples"].items()}
        return cls(values["source"], values["records"], dict(values["counts"]), examples, list(values.get("notes", [])))

    def _first(self, rule: str) -> str:
        example = self.examples[rule][0]
        file = f"{example.file}, " if example.file else ""
        return f"{file}record {example.record:,}, byte {example.byte:,}: {example.fact}"


def diagnose(payload: bytes) -> RecordError | None:
    """What is wrong with a record; None where nothing is. Slow: meant for the few that fail a quick check.

    Raises:
        RecursionError: the record is nested too deeply to be read.
    """
    try:
        pairs = json.loads(payload.decode(), object_pairs_hook=_Pairs, parse_int=_integer)
    except UnicodeDecodeError as error:
        return RecordError(RULE_JSON, f"record is not UTF-8 ({error.reason} at its byte {error.start:,})")
    except ValueError as error:
        return RecordError(RULE_JSON, f"record is not valid JSON ({error})")
    seen = [key for key, _ in pairs]
    for key in KEYS:
        if seen.count(key) != 1:
            return RecordError(RULE_KEYS, f"{key} is {'missing' if key not in seen else 'there twice'}")
    record = dict(pairs)
    try:
        for key in ("input", "output"):
            _check_grid(key, record[key])
        _check_rest(record)
    except RecordError as error:
        return error
    return None


def _integer(digits: str) -> int:
    """An integer; one that no rule allows stays small, since Python refuses to read thousands of digits."""
    return int(digits[:20])


class _Pairs(list[tuple[str, Any]]):
    """An object's keys and values, doubled keys included."""


def _check_grid(key: str, rows: object) -> None:
    try:
        parse_grid(rows)
    except GridError as error:
        fact, _, rule = str(error).partition("; ")
        fact = fact.replace("grid", key, 1)
        raise RecordError(rule or "a grid is a list of rows, rows are lists of cells", fact) from None


def _check_rest(record: dict[str, Any]) -> None:
    names = record["primitives"]
    if type(names) is not list or not names or not all(type(name) is str and name for name in names):
        raise RecordError(RULE_PRIMITIVES, f"primitives is {_shown(names)}")
    for key in ("quality", "complexity"):
        value = record[key]
        number = type(value) in (int, float)
        if not number or not 0 <= value <= 1:  # NaN is not
            raise RecordError(RULE_SHARE, f"{key} is {_shown(value)}")
    if type(record["task_id"]) is not str or not record["task_id"]:
        raise RecordError(RULE_TASK_ID, f"task_id is {_shown(record['task_id'])}")


def _shown(value: object, limit: int = 60) -> str:
    text = "an object" if isinstance(value, _Pairs) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "..."
