"""Progress of long work where the output is no terminal."""

import re
from collections import Counter

from neural_guide.app.console import console
from neural_guide.runtime import progress


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    with progress.show_progress("features", 2000, "records") as on_record:
        on_record(500)
    first, last = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"features: 500 of 2,000 records, [\d,]+/s, about .+ left, [\d,]+ MiB", first)
    assert re.fullmatch(r"features: 2,000 records in \d+\.\d s", last)


def test_short_work_gets_one_line(capsys):
    with progress.show_progress("store", None, "bytes") as on_byte:
        for done in range(100):
            on_byte(done)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_nothing_is_shown_with_show_false(capsys):
    with progress.show_progress("features", 10, "records", show=False) as on_record:
        on_record(10)
    assert capsys.readouterr().err == ""


def test_a_resumed_run_counts_what_was_done_but_not_for_its_rate(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    counts = Counter(solved=30)
    shown = {"done": 50, "counts": counts, "console": console}
    with progress.show_progress("solving", 100, "tasks", **shown) as on_task:
        on_task(50)  # nothing new, so no rate to tell
        counts["solved"] += 1
        on_task(51)  # the last one that the time allows
    first, middle, last = capsys.readouterr().out.splitlines()
    assert first == "solving: 50 of 100 tasks were finished before"
    assert re.fullmatch(r"solving: 51 of 100 tasks, 31 solved, [\d,]+/s, about .+ left, [\d,]+ MiB", middle)
    assert re.fullmatch(r"solving: 51 of 100 tasks, 31 solved, in \d+\.\d s", last)
