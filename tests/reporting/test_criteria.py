"""Success criteria are ticked from what was measured, and from nothing else."""

import pytest

from neural_guide.reporting.criteria import criteria, criteria_section, plan_sheet

HISTORY = {
    "train/epoch_loss": [(1, 0.6), (2, 0.4), (3, 0.3)],
    "val/loss": [(1, 0.5), (2, 0.4), (3, 0.41)],
}
METRICS = {"train_seconds": 151.0, "total_seconds": 265.0, "steps": 282.0}


def ticked(metrics, history, folder) -> dict[str, bool]:
    return {each.asked: each.met for each in criteria(metrics, history, folder)}


def test_a_good_run_meets_all_and_the_cloud_is_asked_about_only_where_it_was_used(tmp_path):
    (tmp_path / "guide.safetensors").write_bytes(b"x" * 2**20)
    found = ticked(METRICS, HISTORY, tmp_path)
    assert len(found) == 6
    assert all(found.values())
    assert "instance launched" in ticked({**METRICS, "cloud_launched": 1.0}, HISTORY, tmp_path)


@pytest.mark.parametrize(
    ("metrics", "history", "missed"),
    [
        ({"train_seconds": 3700.0}, {}, "training under 1 h"),
        ({"total_seconds": 15_000.0}, {}, "project under 4 h"),
        ({}, {"train/epoch_loss": [(1, 0.5), (2, 0.6)]}, "loss decreases consistently"),
        ({}, {"val/loss": [(n, 1.0) for n in range(6)] + [(7, 0.5)]}, "converges within 6 epochs"),
        ({"dollars_an_hour": 10.0, "budget_dollars": 0.5}, {}, "cost within $0.50"),
    ],
)
def test_what_was_missed_is_not_ticked(metrics, history, missed, tmp_path):
    (tmp_path / "guide.safetensors").write_bytes(b"x")
    found = ticked({**METRICS, **metrics}, {**HISTORY, **history}, tmp_path)
    assert [asked for asked, met in found.items() if not met] == [missed]


def test_no_guide_no_tick(tmp_path):
    assert not ticked(METRICS, HISTORY, tmp_path)["model saved"]


def test_an_evaluation_has_no_criteria(tmp_path):
    assert criteria_section({"val/f1_micro": 0.8}, HISTORY, tmp_path) == []


def test_the_plan_stands_beside_the_facts_with_how_far_it_was_off():
    metrics = {"planned_train_seconds": 120.0, "planned_memory_gib": 2.0, "peak_rss_gib": 1.0, **METRICS}
    text = plan_sheet(metrics).markdown()
    assert "-21% ✗ (aim: within 20%)" in text
    assert "+100% ✗ (aim: within 15%)" in text
    assert plan_sheet(METRICS).rows == []
    assert "-1% ✓" in plan_sheet({**METRICS, "planned_train_seconds": 150.0}).markdown()
