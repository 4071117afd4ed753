"""The task explorer: the command, its HTTP interface, and the page in a browser."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.errors import UserError
from neural_guide.explorer.search_events import stream_search
from neural_guide.explorer.server import serve
from neural_guide.explorer.settings import ExploreCommandSettings
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from search.unit_rules.drawn_tasks import RECOLOUR_LARGEST, parse_task
from support.browsing import VIEWS, measure_contrast, measure_overflow, open_page
from support.guides import build_untrained_guide

MIRRORED = "67a3c6ac"  # its output is its input from right to left


@pytest.fixture(scope="module")
def guide(tmp_path_factory) -> Path:
    """A guide that was never trained."""
    path = tmp_path_factory.mktemp("guide") / "guide.safetensors"
    build_untrained_guide(V2).save(path)
    return path


@pytest.fixture(scope="module")
def site(guide, tmp_path_factory):
    """The address of a running explorer."""
    line = [sys.executable, "-m", "neural_guide.explore", "explore.port=0", f"checkpoint={guide}"]
    folder = tmp_path_factory.mktemp("empty")
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        yield re.search(r"http://\S+", process.stdout.readline())[0]
        process.terminate()
        assert process.wait(timeout=60) == 75
    assert list(folder.iterdir()) == []  # it leaves no run folder


def send(url: str, body: object = None, **headers: str):
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def post_search(site: str, query: str, task: dict) -> list[dict]:
    status, text = send(f"{site}/api/search?{query}", task)
    assert status == 200
    return [json.loads(line) for line in text.splitlines()]


def test_a_search_streams_its_states_and_its_solution(site):
    task = json.loads(send(f"{site}/api/task/{MIRRORED}")[1])
    events = post_search(site, "prior=guide&nodes=5000", task)
    states = [event["state"] for event in events if "state" in event]
    assert states[0] == {"program": [], "grid": task["train"][0]["input"]}
    assert ["vmirror"] in [state["program"] for state in states]
    outcome = events[-1]["outcome"]
    mirrored = next(candidate for candidate in outcome["candidates"] if candidate["steps"] == ["vmirror"])
    steps = [[pair["input"], pair["output"]] for pair in (*task["train"], *task["test"])]
    assert mirrored["states"] == steps
    assert mirrored["outlines"] == [[[], []]] * len(steps)
    assert mirrored["answers"] == [task["test"][0]["output"]]
    assert 0 < mirrored["confidence"] < 1


def search_units(task) -> dict:
    """Search a task for rules over units; return the outcome."""
    settings = SearchSettings(units=True)
    *_, last = stream_search(task, V2, Prior.uniform(len(V2)), SearchBudget(nodes=20, length=1), settings)
    return last["outcome"]


def test_a_rule_of_units_is_shown_step_by_step():
    task, answer = parse_task(RECOLOUR_LARGEST)
    first = search_units(task)["candidates"][0]
    assert first["steps"] == ["each object, most size: recolour 4"]
    outputs = [*(pair.output for pair in task.pairs), answer]
    inputs = [*(pair.input for pair in task.pairs), *task.test_inputs]
    assert first["states"] == [[before.tolist(), after.tolist()] for before, after in zip(inputs, outputs, strict=True)]
    assert first["outlines"] == [[[[0, 1]], []], [[[3, 4, 9]], []], [[[2, 3, 4]], []], [[[5, 6, 7]], []]]
    assert first["answers"] == [answer.tolist()]


def test_a_search_respects_its_node_budget(site):
    task = {"train": [{"input": [[1, 2]], "output": [[9, 9, 9]]}], "test": [{"input": [[1]]}]}
    outcome = post_search(site, "nodes=50", task)[-1]["outcome"]
    assert outcome["candidates"] == []
    assert outcome["nodes"] <= 50 + len(PRIMITIVES)


def test_the_guide_predicts_for_a_drawn_task(site):
    drawn = {"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[1]]}]}
    predictions = json.loads(send(f"{site}/api/guide", drawn)[1])
    assert {prediction["name"] for prediction in predictions} == set(V2.names)
    probabilities = [prediction["probability"] for prediction in predictions]
    assert probabilities == sorted(probabilities, reverse=True)
    assert {prediction["group"] for prediction in predictions} == {"primitive"}


GRID = [[1, 2]]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("task/none", None, "There is no task none here"),
        ("guide", {"train": [{"input": [[1, 2], [3]], "output": GRID}], "test": []}, "grids are rectangular"),
        ("guide", {"train": [{"input": [[1, 77]], "output": GRID}], "test": []}, "cells are integers 0 to 9"),
        ("check", [1, 2, 3], "a task is"),
        ("check", "x" * (1 << 20), "is larger than 1 MiB"),
        ("search?nodes=many", {"train": [{"input": GRID, "output": GRID}], "test": [{"input": GRID}]}, "Allowed: 1 to"),
        (
            "search?prior=oracle",
            {"train": [{"input": GRID, "output": GRID}], "test": [{"input": GRID}]},
            "Allowed: guide",
        ),
    ],
)
def test_invalid_requests_are_answered_with_a_message(site, path, body, message):
    status, text = send(f"{site}/api/{path}", body)
    assert status == 400
    assert message in json.loads(text)["error"]


def test_requests_with_a_foreign_host_name_are_refused(site):
    assert send(f"{site}/api/tasks", Host="evil.example")[0] == 400


def test_a_port_in_use_is_refused_with_a_remedy(site, tmp_path):
    settings = ExploreCommandSettings(tasks="arc1-training")
    settings.explore.port = int(site.rpartition(":")[2])
    with pytest.raises(UserError, match=r"Use another explore\.port, or explore\.port=0"):
        serve(settings)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_page_is_readable(site, browser, width, scheme):
    with open_page(browser, f"{site}/", width, scheme) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.get_by_role("button", name="Ask the guide").click()
        page.get_by_text("vmirror").wait_for()
        page.get_by_role("button", name="Search").click()
        page.get_by_text("nodes,").first.wait_for()
        assert page.locator("#probabilities .name").count() == len(V2)
        assert measure_overflow(page) <= 0
        assert measure_contrast(page) >= 4.5


def test_a_task_is_solved_and_replayed_by_keyboard(site, browser):
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_label("Task", exact=True).fill(MIRRORED)
        page.keyboard.press("Enter")
        page.get_by_label("Follow").select_option("uniform")
        page.get_by_label("Nodes").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Step 0 of 1: input").wait_for()
        assert page.locator("#frames .right").count() == 0
        page.get_by_role("button", name="On →").focus()
        page.keyboard.press("ArrowRight")
        page.get_by_text("Step 1 of 1: vmirror").wait_for()
        assert page.locator("#frames .right").count() == 4
        page.keyboard.press("ArrowLeft")
        page.get_by_text("Step 0 of 1: input").wait_for()


COUNT_WHITE = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) count += data[at] + data[at + 1] + data[at + 2] === 3 * 255;
  return count;
}"""


def test_the_page_outlines_the_units_that_act_next(site, browser):
    task, _ = parse_task(RECOLOUR_LARGEST)
    pairs = [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in task.pairs]
    shown = {"train": pairs, "test": [{"input": grid.tolist()} for grid in task.test_inputs]}
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.evaluate("([task, outcome]) => { showTask(task); showOutcome(outcome); }", [shown, search_units(task)])
        page.get_by_text("Step 0 of 1: input. Outlined, next: each object, most size: recolour 4").wait_for()
        outlined = page.get_by_label("Pair 1: 1 rows of 6, 1 unit outlined", exact=True)
        assert outlined.evaluate(COUNT_WHITE) > 0
        page.get_by_role("button", name="On →").click()
        page.get_by_text("Step 1 of 1: each object, most size: recolour 4").wait_for()
        assert page.get_by_label("Pair 1: 1 rows of 6", exact=True).evaluate(COUNT_WHITE) == 0


def test_a_search_waits_for_the_picked_task(site, browser):
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.get_by_label("Follow").select_option("uniform")
        page.evaluate(f"() => {{ pick('{MIRRORED}'); search(); }}")  # at once: faster than any answer
        page.get_by_text("Step 0 of 1: input").wait_for()
        assert page.locator("#candidate option").first.inner_text().endswith(": vmirror")


def test_a_task_picked_before_the_list_arrives_stays(site, browser):
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.route("**/api/tasks", lambda route: (page.wait_for_timeout(1000), route.continue_()))
        page.reload()
        page.get_by_label("Task", exact=True).fill(MIRRORED)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.get_by_label("Follow").select_option("uniform")  # waits for the list
        page.wait_for_load_state("networkidle")
        assert page.get_by_label("Task", exact=True).input_value() == MIRRORED
        page.get_by_role("button", name="Search").press("Enter")
        page.get_by_text("Step 0 of 1: input").wait_for()
        assert page.locator("#candidate option").first.inner_text().endswith(": vmirror")


def test_a_task_is_drawn_by_keyboard_and_solved(site, browser):
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.get_by_role("button", name="Draw one").click()
        page.keyboard.type("3")
        assert page.evaluate("task.train[0].input") == [[3, 0, 0], [0, 0, 0], [0, 0, 0]]
        for _ in range(3):  # over the sizes of the input, to the output
            page.keyboard.press("Tab")
        for key in ("ArrowRight", "ArrowRight", "3"):
            page.keyboard.press(key)
        assert page.evaluate("task.train[0].output[0]") == [0, 0, 3]
        page.get_by_role("button", name="Search").press("Enter")
        page.get_by_text("Step 0 of 1: input").wait_for()
        assert page.locator("#candidate option").first.inner_text().endswith((": vmirror", ": rot90"))


def test_invalid_input_on_the_page_shows_a_message(site, browser):
    with open_page(browser, f"{site}/", 1400) as page:
        page.get_by_role("heading", name="Pair 1").wait_for()
        page.get_by_text("Paste a task").click()
        page.get_by_label("A task in ARC's format").fill("{")
        page.get_by_role("button", name="Show it").click()
        page.get_by_text("This is no JSON").wait_for()
        page.get_by_label("rows of input 1", exact=True).fill("99")
        page.keyboard.press("Enter")
        page.get_by_text("Grids have 1 to 30 rows and columns").wait_for()
