"""Findings about a dataset, worst first: rules over the results of the audit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neural_guide.data.audit.duplicates import Leak
from neural_guide.data.audit.label_statistics import list_rare_names
from neural_guide.data.audit.results import MAX_LABEL_BYTES, AuditResults, Cost

STOP, MEND, NOTE = "stop", "mend", "note"
FEW_INPUTS = 20  # different inputs below which primitives may look alike by chance
FEW_TASKS = 20  # training tasks below which a label is hardly learned
MANY_COPIES = 0.01  # share of records
MANY_LEAKS = 0.01  # share of a split's records
MOST_TASKS = 0.9  # share of tasks above which a label carries little information
MAX_NAMES = 4  # names printed of a list


@dataclass(frozen=True)
class Finding:
    """A fact about a dataset, and its remedy.

    Attributes:
        severity: `stop`: training would refuse the dataset; `mend`: the fact harms learning or its measurement;
            `note`: worth knowing.
        fact: one sentence.
        remedy: one sentence; empty if nothing needs to be done.
        share: affected share of the records, tasks or labels that the fact is about, 0 to 1.
    """

    severity: str
    fact: str
    remedy: str = ""
    share: float = 0.0


def list_findings(results: AuditResults, cost: Cost | None = None) -> list[Finding]:
    """List every finding, worst first.

    Args:
        results: results of the audit.
        cost: estimated cost of training; None if it was not measured.
    """
    findings = [
        *(Finding(STOP, f"Training would refuse this dataset: {refusal}", share=1.0) for refusal in results.refusals),
        *_check_memory(results, cost),
        *_check_set_aside(results),
        *_check_names(results),
        *_check_contradictions(results),
        *_check_leaks(results),
        *_check_copies(results),
        *_check_equal(results),
        *_check_labels(results),
        *_check_quality(results),
        *_compare_with_arc(results),
    ]
    order = (STOP, MEND, NOTE)
    return sorted(findings, key=lambda finding: (order.index(finding.severity), -finding.share))


def format_verdict(findings: Sequence[Finding]) -> str:
    """Format the verdict in one line: the dataset is fit to train on, worth mending first, or refused."""
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in (STOP, MEND)}
    if counts[STOP]:
        return "Training would refuse this dataset; mend the findings listed first."
    if counts[MEND]:
        subject = "one thing is" if counts[MEND] == 1 else f"{counts[MEND]} things are"
        return f"Can be trained on, and {subject} worth mending first."
    return "Fit to train on: nothing to mend."


def _check_memory(results: AuditResults, cost: Cost | None) -> Iterator[Finding]:
    label_bytes = results.tasks["count"] * results.vocabulary["size"]
    if label_bytes > MAX_LABEL_BYTES:
        size, gib = results.vocabulary["size"], label_bytes / 2**30
        fact = f"{size:,} names: the labels alone would take {gib:.0f} GiB of memory."
        yield Finding(MEND, fact, "Name primitives, not tasks: a guide learns names that many tasks share.", 1.0)
    if cost is not None and cost.memory_gib > 0.9 * cost.memory_limit_gib:
        gib, limit = cost.memory_gib, cost.memory_limit_gib
        fact = f"Training would take about {gib:.1f} GiB of memory; this machine has {limit:.1f} GiB."
        yield Finding(MEND, fact, "Lower data.batch_size, or use a machine with more memory.", 1.0)


def _check_set_aside(results: AuditResults) -> Iterator[Finding]:
    records = results.records
    if not records["set_aside"]:
        return
    share = records["set_aside"] / records["seen"]
    reasons = [f"{reason['count']:,} against the rule that {reason['rule']}" for reason in records["reasons"]]
    fact = f"{records['set_aside']:,} of {records['seen']:,} records ({share:.1%}) are set aside: {_shorten(reasons)}."
    severity = MEND if share > records["limit"] else NOTE
    yield Finding(severity, fact, "The report lists examples with their places.", share)


def _check_names(results: AuditResults) -> Iterator[Finding]:
    vocabulary = results.vocabulary
    if vocabulary["executable"] and not vocabulary["ordered"]:
        fact = "All names are ours, but executing them does not turn inputs into outputs."
        yield Finding(MEND, fact, "Rename primitives that mean something else.", 1.0)
    elif not vocabulary["executable"]:
        fact = f"{vocabulary['ours']} of {vocabulary['size']} names are primitives that we can execute."
        yield Finding(NOTE, fact + " The guide looks at the grids alone.")
    yield from _check_aliases(results)


def _check_aliases(results: AuditResults) -> Iterator[Finding]:
    aliases, n_labels = results.aliases, len(results.labels)
    for group in aliases["always_together"]:
        fact = f"{_shorten(group)} are used together in every task or not at all: no guide can tell them apart."
        yield Finding(MEND, fact, "Keep one name, or add tasks with one and not the other.", len(group) / n_labels)
    inputs = f"{_pluralize(aliases['inputs'], 'different input')} of the data"
    severity = MEND if aliases["inputs"] >= FEW_INPUTS else NOTE  # a few inputs cannot distinguish primitives
    for group in aliases["same_effect"]:
        fact = f"{_shorten(group)} give the same grids on {inputs}."
        yield Finding(severity, fact, "Keep one name, or add inputs on which they differ.", len(group) / n_labels)
    if no_effect := aliases["no_effect"]:
        primitives = _pluralize(len(no_effect), "primitive")
        fact = f"{primitives} that the data names change nothing on {inputs}: {_shorten(no_effect)}."
        yield Finding(severity, fact, "Leave them out, or add inputs that they change.", len(no_effect) / n_labels)


def _check_contradictions(results: AuditResults) -> Iterator[Finding]:
    contradictions = results.contradictions
    if contradictions.records:
        share = contradictions.records / results.records["kept"]
        fact = f"{contradictions.records:,} records ({share:.1%}) share their pair with a record of other primitives."
        remedy = "One of them is wrong, or several programs explain them: mend them, or raise data.quality_threshold."
        yield Finding(MEND if share > MANY_COPIES else NOTE, fact, remedy, share)


def _check_leaks(results: AuditResults) -> Iterator[Finding]:
    """List one finding for each kind of leak, and one for the leaks that splits by program have by design."""
    facts = {
        "pair": "Pairs known from another split",
        "near": "Pairs known from another split up to symmetry and colours",
        "input": "Input grids known from another split",
    }
    # Kinds of leaks with the same counts are about the same records.
    equal_pairs = _count_by_splits(leak for leak in results.leaks if leak.kind == "pair")
    for kind, fact in facts.items():
        leaks = [leak for leak in results.leaks if leak.kind == kind and leak.records]
        harmful = [leak for leak in leaks if not _is_by_design(leak, results)]
        by_design = [leak for leak in leaks if _is_by_design(leak, results)]
        if harmful and (kind == "pair" or _count_by_splits(harmful) != equal_pairs):
            is_severe = any(leak.share > MANY_LEAKS and leak.known == "train" for leak in harmful)
            yield Finding(
                MEND if is_severe else NOTE,
                f"{fact}: {'; '.join(map(_format_leak, harmful))}.",
                "They flatter the metrics: drop them.",
                max(leak.share for leak in harmful),
            )
        if by_design:
            listed = "; ".join(map(_format_leak, by_design))
            yield Finding(NOTE, f"{fact}, by design: {listed}; test has new programs, not new grids.")


def _count_by_splits(leaks: Iterable[Leak]) -> dict[tuple[str, str], int]:
    """Count the records of each (known, split)."""
    return {(leak.known, leak.split): leak.records for leak in leaks if leak.records}


def _format_leak(leak: Leak) -> str:
    return f"{_pluralize(leak.records, f'{leak.split} record')} ({leak.share:.1%}) in {leak.known}"


def _is_by_design(leak: Leak, results: AuditResults) -> bool:
    """True for known inputs in test: splits by program hold out compositions, and their inputs may be known."""
    return leak.kind == "input" and leak.split == "test" and bool(results.vocabulary["ordered"])


def _check_copies(results: AuditResults) -> Iterator[Finding]:
    descriptions = {"exact": "repeat an earlier pair", "near": "repeat an earlier pair up to symmetry and colours"}
    for kind, copies in results.copies.items():
        if copies.records:
            share = copies.records / results.records["kept"]
            records, groups = _pluralize(copies.records, "record"), _pluralize(copies.groups, "group")
            fact = f"{records} ({share:.1%}) {descriptions[kind]}, in {groups}."
            remedy = "Drop them: they cost time and teach nothing new." if kind == "exact" else ""
            yield Finding(MEND if kind == "exact" and share > MANY_COPIES else NOTE, fact, remedy, share)


def _check_equal(results: AuditResults) -> Iterator[Finding]:
    count = results.equal["records"]
    if count:
        share = count / results.records["kept"]
        fact = f"{count:,} records ({share:.1%}) have an output that equals the input."
        yield Finding(MEND if share > MANY_COPIES else NOTE, fact, "Drop them: they show no primitive at work.", share)


def _check_labels(results: AuditResults) -> Iterator[Finding]:
    rare = list_rare_names({label.name: label.train for label in results.labels}, FEW_TASKS)
    if rare:
        share = len(rare) / len(results.labels)
        fact = (
            f"{len(rare)} of {len(results.labels)} labels have fewer than {FEW_TASKS} training tasks: {_shorten(rare)}."
        )
        yield Finding(MEND, fact, "Add tasks with them, or expect no prediction.", share)
    untrained = [label.name for label in results.labels if label.val + label.test and not label.train]
    if untrained:
        fact = f"{len(untrained)} labels occur in val or test and are never trained on: {_shorten(untrained)}."
        yield Finding(MEND, fact, "Add tasks with them, or leave them out.", len(untrained) / len(results.labels))
    common = [label.name for label in results.labels if label.tasks > MOST_TASKS * results.tasks["count"]]
    if all(label.tasks == results.tasks["count"] for label in results.labels):
        yield Finding(MEND, "Every task has the same labels: there is nothing to learn.", "Add other tasks.", 1.0)
    elif common:
        yield Finding(NOTE, f"Nearly every task uses {_shorten(common)}: knowing it says little.")
    if results.unused:
        size = results.vocabulary["size"]
        fact = f"{len(results.unused)} of {size} primitives are in no task: {_shorten(results.unused)}."
        yield Finding(NOTE, fact)


def _check_quality(results: AuditResults) -> Iterator[Finding]:
    if results.quality_values == 1 and results.records["kept"] > 1:
        yield Finding(NOTE, "Every record has the same quality: data.quality_threshold selects nothing.")
    if 0 < results.passing < results.records["kept"] / 2:
        share = results.passing / results.records["kept"]
        fact = f"Only {results.passing:,} records ({share:.0%}) pass the filters of data.*."
        yield Finding(NOTE, fact, "See the shares at each quality threshold.")


def _compare_with_arc(results: AuditResults) -> Iterator[Finding]:
    differences = []
    for kind in ("inputs", "outputs"):
        side, arc = results.grids[kind]["mean_side"], results.arc[kind]["mean_side"]
        if not 0.5 < side / arc < 2:
            differences.append(f"{kind} are {side:.1f} cells a side on average (ARC: {arc:.1f})")
    same, arc = results.grids["same_size"], results.arc["same_size"]
    if abs(same - arc) > 0.25:
        differences.append(f"{same:.0%} of the pairs keep their size (ARC: {arc:.0%})")
    if differences:
        yield Finding(NOTE, f"Unlike ARC: {'; '.join(differences)}.")


def _shorten(names: Sequence[Any]) -> str:
    """Join the first names of a list, and add the number of the others."""
    rest = len(names) - MAX_NAMES
    return ", ".join(map(str, names[:MAX_NAMES])) + (f" and {rest:,} more" if rest > 0 else "")


def _pluralize(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
