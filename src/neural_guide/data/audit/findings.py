"""What to mend in a dataset, worst first: rules over what was measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neural_guide.data.audit.duplicates import Leak
from neural_guide.data.audit.label_statistics import rare
from neural_guide.data.audit.results import MAX_LABEL_BYTES, AuditResults, Cost

STOP, MEND, NOTE = "stop", "mend", "note"
FEW_INPUTS = 20  # different inputs below which primitives may look alike by chance
FEW_TASKS = 20  # training tasks below which a label is hardly learned
MANY_COPIES = 0.01  # share of records
MANY_LEAKS = 0.01  # share of a split's records
MOST_TASKS = 0.9  # share of tasks from which on a label says little
NAMED = 4  # names told of a list


@dataclass(frozen=True)
class Finding:
    """A fact about a dataset and what to do about it.

    Attributes:
        severity: `stop`: training would refuse; `mend`: it harms what is learned or how it is measured;
            `note`: worth knowing.
        fact: one sentence.
        remedy: one sentence; empty where nothing need be done.
        share: of the records, tasks or labels that it is about, how many it concerns, 0 to 1.
    """

    severity: str
    fact: str
    remedy: str = ""
    share: float = 0.0


def list_findings(found: AuditResults, cost: Cost | None = None) -> list[Finding]:
    """Everything worth saying, worst first.

    Args:
        found: what was measured.
        cost: what training would take, where that was measured.
    """
    told = [
        *(Finding(STOP, f"Training would refuse this dataset: {words}", share=1.0) for words in found.refusals),
        *_memory(found, cost),
        *_set_aside(found),
        *_names(found),
        *_contradictions(found),
        *_leaks(found),
        *_copies(found),
        *_equal(found),
        *_labels(found),
        *_quality(found),
        *_unlike_arc(found),
    ]
    order = (STOP, MEND, NOTE)
    return sorted(told, key=lambda finding: (order.index(finding.severity), -finding.share))


def format_verdict(told: Sequence[Finding]) -> str:
    """One line: whether to train on it."""
    counts = {severity: sum(finding.severity == severity for finding in told) for severity in (STOP, MEND)}
    if counts[STOP]:
        return "Training would refuse this dataset; mend what stands first."
    if counts[MEND]:
        things = "one thing is" if counts[MEND] == 1 else f"{counts[MEND]} things are"
        return f"Can be trained on, and {things} worth mending first."
    return "Fit to train on: nothing to mend."


def _memory(found: AuditResults, cost: Cost | None) -> Iterator[Finding]:
    label_bytes = found.tasks["count"] * found.vocabulary["size"]
    if label_bytes > MAX_LABEL_BYTES:
        fact = (
            f"{found.vocabulary['size']:,} names: the labels alone would take {label_bytes / 2**30:.0f} GiB of memory."
        )
        yield Finding(MEND, fact, "Name primitives, not tasks: a guide learns names that many tasks share.", 1.0)
    if cost is not None and cost.memory_gib > 0.9 * cost.memory_limit_gib:
        gib, limit = cost.memory_gib, cost.memory_limit_gib
        fact = f"Training would take about {gib:.1f} GiB of memory; this machine has {limit:.1f} GiB."
        yield Finding(MEND, fact, "Lower data.batch_size, or use a machine with more memory.", 1.0)


def _set_aside(found: AuditResults) -> Iterator[Finding]:
    records = found.records
    if not records["set_aside"]:
        return
    share = records["set_aside"] / records["seen"]
    reasons = [f"{reason['count']:,} against the rule that {reason['rule']}" for reason in records["reasons"]]
    fact = f"{records['set_aside']:,} of {records['seen']:,} records ({share:.1%}) are set aside: {_some(reasons)}."
    severity = MEND if share > records["limit"] else NOTE
    yield Finding(severity, fact, "Examples with their places stand in the report.", share)


def _names(found: AuditResults) -> Iterator[Finding]:
    vocabulary = found.vocabulary
    if vocabulary["executable"] and not vocabulary["ordered"]:
        fact = "All names are ours, but executing them does not turn inputs into outputs."
        yield Finding(MEND, fact, "Rename primitives that mean something else.", 1.0)
    elif not vocabulary["executable"]:
        fact = f"{vocabulary['ours']} of {vocabulary['size']} names are primitives that we can execute."
        yield Finding(NOTE, fact + " The guide looks at the grids alone.")
    yield from _aliases(found)


def _aliases(found: AuditResults) -> Iterator[Finding]:
    aliases, labels = found.aliases, len(found.labels)
    for group in aliases["always_together"]:
        fact = f"{_some(group)} are used together in every task or not at all: no guide can tell them apart."
        yield Finding(MEND, fact, "Keep one name, or add tasks with one and not the other.", len(group) / labels)
    inputs = f"{_count(aliases['inputs'], 'different input')} of the data"
    severity = MEND if aliases["inputs"] >= FEW_INPUTS else NOTE  # a few inputs cannot tell primitives apart
    for group in aliases["same_effect"]:
        fact = f"{_some(group)} give the same grids on {inputs}."
        yield Finding(severity, fact, "Keep one name, or add inputs on which they differ.", len(group) / labels)
    if idle := aliases["no_effect"]:
        fact = f"{_count(len(idle), 'primitive')} that the data names change nothing on {inputs}: {_some(idle)}."
        yield Finding(severity, fact, "Leave them out, or add inputs that they change.", len(idle) / labels)


def _contradictions(found: AuditResults) -> Iterator[Finding]:
    wrong = found.contradictions
    if wrong.records:
        share = wrong.records / found.records["kept"]
        fact = f"{wrong.records:,} records ({share:.1%}) share their pair with a record of other primitives."
        remedy = "One of them is wrong, or several programs explain them: mend them, or raise data.quality_threshold."
        yield Finding(MEND if share > MANY_COPIES else NOTE, fact, remedy, share)


def _leaks(found: AuditResults) -> Iterator[Finding]:
    """One finding for each kind of leak, and one for those that splits by program mean to have."""
    words = {
        "pair": "Pairs known from another split",
        "near": "Pairs known from another split up to symmetry and colours",
        "input": "Input grids known from another split",
    }
    for kind, fact in words.items():
        there = [leak for leak in found.leaks if leak.kind == kind and leak.records]
        odd = [leak for leak in there if not _by_design(leak, found)]
        meant = [leak for leak in there if _by_design(leak, found)]
        if odd and (kind == "pair" or _counts(odd) != _counts(leak for leak in found.leaks if leak.kind == "pair")):
            harm = any(leak.share > MANY_LEAKS and leak.known == "train" for leak in odd)
            remedy = "They flatter the metrics: drop them."
            yield Finding(
                MEND if harm else NOTE,
                f"{fact}: {'; '.join(map(_leak, odd))}.",
                remedy,
                max(leak.share for leak in odd),
            )
        if meant:
            told = "; ".join(map(_leak, meant))
            yield Finding(NOTE, f"{fact}, as meant: {told}; test asks for new programs, not for new grids.")


def _counts(leaks: Iterable[Leak]) -> dict[tuple[str, str], int]:
    """Records by splits: kinds of leaks with the same counts are about the same records."""
    return {(leak.known, leak.split): leak.records for leak in leaks if leak.records}


def _leak(leak: Leak) -> str:
    return f"{_count(leak.records, f'{leak.split} record')} ({leak.share:.1%}) in {leak.known}"


def _by_design(leak: Leak, found: AuditResults) -> bool:
    """Splits by program hold back compositions, whose inputs may be known."""
    return leak.kind == "input" and leak.split == "test" and bool(found.vocabulary["ordered"])


def _copies(found: AuditResults) -> Iterator[Finding]:
    words = {"exact": "repeat an earlier pair", "near": "repeat an earlier pair up to symmetry and colours"}
    for kind, copies in found.copies.items():
        if copies.records:
            share = copies.records / found.records["kept"]
            fact = (
                f"{_count(copies.records, 'record')} ({share:.1%}) {words[kind]}, in {_count(copies.groups, 'group')}."
            )
            remedy = "Drop them: they cost time and teach nothing new." if kind == "exact" else ""
            yield Finding(MEND if kind == "exact" and share > MANY_COPIES else NOTE, fact, remedy, share)


def _equal(found: AuditResults) -> Iterator[Finding]:
    count = found.equal["records"]
    if count:
        share = count / found.records["kept"]
        fact = f"{count:,} records ({share:.1%}) have an output that equals the input."
        yield Finding(MEND if share > MANY_COPIES else NOTE, fact, "Drop them: they show no primitive at work.", share)


def _labels(found: AuditResults) -> Iterator[Finding]:
    few = rare({label.name: label.train for label in found.labels}, FEW_TASKS)
    if few:
        fact = f"{len(few)} of {len(found.labels)} labels have fewer than {FEW_TASKS} training tasks: {_some(few)}."
        yield Finding(MEND, fact, "Add tasks with them, or expect no prediction.", len(few) / len(found.labels))
    lost = [label.name for label in found.labels if label.val + label.test and not label.train]
    if lost:
        fact = f"{len(lost)} labels are asked for in val or test and never trained on: {_some(lost)}."
        yield Finding(MEND, fact, "Add tasks with them, or leave them out.", len(lost) / len(found.labels))
    most = [label.name for label in found.labels if label.tasks > MOST_TASKS * found.tasks["count"]]
    if all(label.tasks == found.tasks["count"] for label in found.labels):
        yield Finding(MEND, "Every task has the same labels: there is nothing to learn.", "Add other tasks.", 1.0)
    elif most:
        yield Finding(NOTE, f"Nearly every task uses {_some(most)}: knowing it says little.")
    if found.unused:
        fact = f"{len(found.unused)} of {found.vocabulary['size']} primitives are in no task: {_some(found.unused)}."
        yield Finding(NOTE, fact)


def _quality(found: AuditResults) -> Iterator[Finding]:
    if found.quality_values == 1 and found.records["kept"] > 1:
        yield Finding(NOTE, "Every record has the same quality: data.quality_threshold selects nothing.")
    if 0 < found.passing < found.records["kept"] / 2:
        share = found.passing / found.records["kept"]
        fact = f"Only {found.passing:,} records ({share:.0%}) pass the filters of data.*."
        yield Finding(NOTE, fact, "See the shares at each quality threshold.")


def _unlike_arc(found: AuditResults) -> Iterator[Finding]:
    told = []
    for kind in ("inputs", "outputs"):
        side, arc = found.grids[kind]["mean_side"], found.arc[kind]["mean_side"]
        if not 0.5 < side / arc < 2:
            told.append(f"{kind} are {side:.1f} cells a side in the mean (ARC: {arc:.1f})")
    same, arc = found.grids["same_size"], found.arc["same_size"]
    if abs(same - arc) > 0.25:
        told.append(f"{same:.0%} of the pairs keep their size (ARC: {arc:.0%})")
    if told:
        yield Finding(NOTE, f"Unlike ARC: {'; '.join(told)}.")


def _some(names: Sequence[Any]) -> str:
    """A few names of a list, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(map(str, names[:NAMED])) + (f" and {rest:,} more" if rest > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
