"""Violations of the data contract: counts by rule, with the first examples."""

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
    """A record breaks the contract.

    Attributes:
        rule: the rule, the same text for all records that break it.
        fact: description of the violation in this record.
    """

    def __init__(self, rule: str, fact: str) -> None:
        super().__init__(f"{fact}; {rule}")
        self.rule = rule
        self.fact = fact


@dataclass(frozen=True)
class Example:
    """One record that was set aside.

    Attributes:
        record: number in the dataset, from 0.
        byte: position of its first byte in the text of its file.
        fact: description of the violation.
        file: name of its file where the dataset has several; else empty.
    """

    record: int
    byte: int
    fact: str
    file: str = ""


@dataclass
class Violations:
    """Counts of records read and of records set aside, by the rule they broke.

    Attributes:
        source: name of the file, glob or URL in errors.
        records: number of records read, good and bad.
        counts: number of records set aside, by rule.
        examples: the first `EXAMPLES` records of each rule.
        notes: further remarks about the dataset, a sentence each.
        shape: fact and remedy for the first record if it was set aside and is known as another shape.
    """

    source: str = "the dataset"
    records: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    shape: str | None = field(default=None, compare=False)
    _files: list[tuple[int, str]] = field(default_factory=list, repr=False, compare=False)

    def begin_file(self, name: str) -> None:
        """Record that the following records stand in another file of the dataset."""
        self._files.append((self.records, name))

    @property
    def n_set_aside(self) -> int:
        """Records set aside, all rules together."""
        return sum(self.counts.values())

    def add(self, rule: str, fact: str, record: int, byte: int) -> None:
        """Count a record that was set aside."""
        self.counts[rule] = self.counts.get(rule, 0) + 1
        examples = self.examples.setdefault(rule, [])
        if len(examples) < EXAMPLES:
            file = bisect.bisect_right(self._files, record, key=lambda entry: entry[0]) - 1
            examples.append(Example(record, byte, fact, self._files[file][1] if self._files else ""))

    def summarize(self) -> str:
        """Return one line: the number of records set aside, by rule."""
        notes = "".join(f" {note}" for note in self.notes)
        if not self.counts:
            return f"{self.source}: {self.records:,} records, none set aside.{notes}"
        reasons = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        details = "; ".join(
            f"{count:,} against the rule that {rule} (first: {self._describe_first(rule)})" for rule, count in reasons
        )
        return f"{self.source}: {self.n_set_aside:,} of {self.records:,} records set aside: {details}.{notes}"

    def check(self, limit_share: float) -> None:
        """Raise an error where too many records were set aside.

        Args:
            limit_share: share of the records read, 0 to 1, that may be set aside.

        Raises:
            UserError: the share is above the limit, or no record is left.
        """
        remedy = "Mend the file, or allow more with data.bad_record_limit."
        if RULE_REPLAY in self.counts:
            remedy += " Where primitives are no programs, data.check_replay=false keeps the records."
        if self.records and self.n_set_aside >= self.records:
            if self.shape:
                raise UserError(f"{self.source}: none of {self.records:,} records has the keys of one. {self.shape}.")
            raise UserError(f"{self.summarize()} No record is left to use. Mend the file.")
        if self.n_set_aside > limit_share * self.records:
            share = f"{self.n_set_aside / self.records:.2%}"
            raise UserError(f"{self.summarize()} That is {share}; the limit is {limit_share:.2%}. {remedy}")

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON file; `from_dict` reads them back."""
        examples = {rule: [vars(example) for example in first] for rule, first in self.examples.items()}
        plain = {"source": self.source, "records": self.records, "counts": self.counts, "examples": examples}
        return plain | {"notes": self.notes}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Violations":
        """Return the violations that `as_dict` wrote."""
        examples = {rule: [Example(**plain) for plain in first] for rule, first in values["examples"].items()}
        return cls(values["source"], values["records"], dict(values["counts"]), examples, list(values.get("notes", [])))

    def _describe_first(self, rule: str) -> str:
        example = self.examples[rule][0]
        file = f"{example.file}, " if example.file else ""
        return f"{file}record {example.record:,}, byte {example.byte:,}: {example.fact}"


def diagnose(payload: bytes) -> RecordError | None:
    """Return the violation of a record; None for a valid one. Slow: meant for the few that fail a quick check.

    Raises:
        RecursionError: the record is nested too deeply to be decoded.
    """
    try:
        pairs = json.loads(payload.decode(), object_pairs_hook=_KeyValuePairs, parse_int=_parse_integer)
    except UnicodeDecodeError as error:
        return RecordError(RULE_JSON, f"record is not UTF-8 ({error.reason} at its byte {error.start:,})")
    except ValueError as error:
        return RecordError(RULE_JSON, f"record is not valid JSON ({error})")
    keys = [key for key, _ in pairs]
    for key in KEYS:
        if keys.count(key) != 1:
            return RecordError(RULE_KEYS, f"{key} is {'missing' if key not in keys else 'there twice'}")
    record = dict(pairs)
    try:
        for key in ("input", "output"):
            _check_grid(key, record[key])
        _check_other_keys(record)
    except RecordError as error:
        return error
    return None


def _parse_integer(digits: str) -> int:
    """Parse the first 20 digits of an integer: no rule allows more, and Python refuses thousands of digits."""
    return int(digits[:20])


class _KeyValuePairs(list[tuple[str, Any]]):
    """The keys and values of an object, doubled keys included."""


def _check_grid(key: str, rows: object) -> None:
    try:
        parse_grid(rows)
    except GridError as error:
        fact, _, rule = str(error).partition("; ")
        fact = fact.replace("grid", key, 1)
        raise RecordError(rule or "a grid is a list of rows, rows are lists of cells", fact) from None


def _check_other_keys(record: dict[str, Any]) -> None:
    names = record["primitives"]
    if type(names) is not list or not names or not all(type(name) is str and name for name in names):
        raise RecordError(RULE_PRIMITIVES, f"primitives is {_quote(names)}")
    for key in ("quality", "complexity"):
        value = record[key]
        is_number = type(value) in (int, float)
        if not is_number or not 0 <= value <= 1:  # NaN is not
            raise RecordError(RULE_SHARE, f"{key} is {_quote(value)}")
    if type(record["task_id"]) is not str or not record["task_id"]:
        raise RecordError(RULE_TASK_ID, f"task_id is {_quote(record['task_id'])}")


def _quote(value: object, limit: int = 60) -> str:
    text = "an object" if isinstance(value, _KeyValuePairs) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "..."
