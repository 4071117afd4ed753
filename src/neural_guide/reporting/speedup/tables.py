"""Tables of a comparison of priors: the effort to solve a share of the tasks, and ratios to the guide's."""

from collections.abc import Sequence

from neural_guide.harness.effort import GUIDE, MEASURES, SHARES, EffortComparison, EffortQuantile, EffortRatio, Measure
from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable, format_number

ORACLE = "oracle"  # knows the primitives of the program: an upper bound


def tabulate_needs(comparison: EffortComparison, measure: Measure) -> ReportTable:
    """The effort of each prior to solve each share of a group, with its share of solved tasks.

    The least effort is marked, the oracle aside: real tasks have none.
    """
    rows = [[Cell(prior), Cell(f"{effort.solved.mean():.1%}")] for prior, effort in comparison.efforts.items()]
    for share in SHARES:
        needs = [comparison.get_quantile(prior, measure, share) for prior in comparison.efforts]
        real = [need.value for need in needs if need.prior != ORACLE]
        least = min((value for value in real if value is not None), default=None)
        for row, need in zip(rows, needs, strict=True):
            best = need.prior != ORACLE and need.value is not None and need.value == least
            row.append(Cell(format_need(need), best and len(set(real)) > 1))
    headers = ["prior", "solved", *(f"{measure} to {share:.0%}" for share in SHARES)]
    return ReportTable(
        f"{comparison.group}: {measure} to solve a share of {comparison.task_count:,} tasks", headers, rows
    )


def tabulate_ratios(comparison: EffortComparison, measure: Measure) -> ReportTable:
    """The ratio of each prior's effort to the guide's, with 95 % intervals."""
    rows = [
        [Cell(prior), *(Cell(format_ratio(comparison.get_ratio(prior, measure, share))) for share in SHARES)]
        for prior in comparison.efforts
        if prior != GUIDE
    ]
    headers = [f"{measure}, times the guide's", *(f"at {share:.0%}" for share in SHARES)]
    return ReportTable(f"{comparison.group}: {measure}, times the guide's", headers, rows)


def tabulate_summary(comparisons: Sequence[EffortComparison], share: float = 0.6) -> ReportTable:
    """Two rows a group: the guide's effort and the ratios of the other priors, at one share of the tasks.

    Args:
        comparisons: one for each group of tasks, one or more, each with the guide.
        share: one of `SHARES`.
    """
    others = [prior for prior in list_priors(comparisons) if prior != GUIDE]
    rows = [
        [
            Cell(f"{comparison.group} ({comparison.task_count:,})"),
            Cell(measure),
            Cell(format_need(comparison.get_quantile(GUIDE, measure, share))),
            *(Cell(format_ratio(comparison.get_ratio(prior, measure, share))) for prior in others),
        ]
        for comparison in comparisons
        for measure in MEASURES
    ]
    headers = ["tasks", "effort", GUIDE, *(f"{prior} / {GUIDE}" for prior in others)]
    return ReportTable(f"To solve {share:.0%} of the tasks", headers, rows)


def list_priors(comparisons: Sequence[EffortComparison]) -> list[str]:
    """The priors of all groups, each once, in order of appearance: ARC tasks have no oracle."""
    return list(dict.fromkeys(prior for comparison in comparisons for prior in comparison.efforts))


def format_need(need: EffortQuantile) -> str:
    """Format an effort, nodes as whole numbers; `> 200,000` if the budget does not solve the share."""
    known = need.at_least if need.value is None else need.value
    words = format_number(known, 0) if need.measure == "nodes" else format_figure(known)
    return f"> {words}" if need.value is None else words


def format_ratio(ratio: EffortRatio | None) -> str:
    """Format a ratio with its interval, `12.3 (8.10-19.0)`; `> 12.3` for a lower bound; a dash for None."""
    if ratio is None:
        return NO_VALUE
    if ratio.is_bound:
        return f"> {format_figure(ratio.value)}"
    high = "?" if ratio.high is None else format_figure(ratio.high)
    return f"{format_figure(ratio.value)} ({format_figure(ratio.low)}-{high})"


def format_figure(value: float) -> str:
    """Format a figure with three significant digits, no exponent: 0.00123, 1.23, 12.3, 123, 1,235."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2
    while abs(value) * 10**digits < 100 and digits < 6:
        digits += 1
    return f"{value:.{digits if abs(value) < 10 else 1}f}"
