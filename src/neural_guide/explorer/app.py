"""What the explorer's page asks for, over HTTP; nothing of it leaves this machine unless its address does."""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task import Task
from neural_guide.arc.task_json import decode_tasks
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.errors import UserError, quote_name
from neural_guide.explorer.search_events import watched
from neural_guide.guide.guide import Guide
from neural_guide.guide.priors import build_frequency_prior, build_guide_prior
from neural_guide.harness.attempts import AttemptSettings
from neural_guide.reporting.templates import STYLE
from neural_guide.search.prior import Prior

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": STATIC / "index.html",
    "/explore.js": STATIC / "explore.js",
    "/explore.css": STATIC / "explore.css",
    "/style.css": STYLE,
}
MOST_BODY = 1 << 20  # bytes; the largest task takes a tenth of it
MOST_NODES = 200_000
MOST_SECONDS = 30.0  # of a search that somebody looks on at
ONLY_OURS = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"  # the page runs nothing of others
PRIORS = ("guide", "frequency", "uniform")
SOURCE = "this task"  # as errors call what was drawn or pasted


@dataclass(frozen=True)
class Exhibit:
    """What is explored.

    Attributes:
        tasks: by id, to pick from.
        guide: None where there is none; then only the unguided search can be seen.
        settings: vocabulary (in the guide's order), budget and way of searching.
    """

    tasks: dict[str, ArcTask]
    guide: Guide | None
    settings: AttemptSettings


def explorer(exhibit: Exhibit, hosts: list[str]) -> Starlette:
    """The application.

    Args:
        exhibit: what is shown.
        hosts: names under which it may be asked for: another site's page cannot reach it by a name of its own.
    """
    routes = [Route(path, _file(file)) for path, file in FILES.items()]
    routes += [
        Route("/api/tasks", _told(_tasks, exhibit)),
        Route("/api/task/{task_id}", _told(_task, exhibit)),
        *(Route(f"/api/{name}", _told(answer, exhibit), methods=["POST"]) for name, answer in POSTED.items()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


Answer = Callable[[Request, Exhibit], Awaitable[Response]]


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return FileResponse(path, headers={"Content-Security-Policy": ONLY_OURS, "Cache-Control": "no-cache"})

    return endpoint


def _told(answer: Answer, exhibit: Exhibit) -> Callable[[Request], Awaitable[Response]]:
    """A mistake of the user becomes a message that the page shows."""

    async def endpoint(request: Request) -> Response:
        try:
            return await answer(request, exhibit)
        except UserError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return endpoint


async def _tasks(_: Request, exhibit: Exhibit) -> Response:
    priors = PRIORS if exhibit.guide else ("uniform",)
    return JSONResponse({"tasks": list(exhibit.tasks), "priors": priors, "primitives": exhibit.settings.names})


async def _task(request: Request, exhibit: Exhibit) -> Response:
    wanted = request.path_params["task_id"]
    if wanted not in exhibit.tasks:
        raise UserError(f"There is no task {quote_name(wanted)} here. Pick one of the list, or draw one.")
    arc = exhibit.tasks[wanted]
    tests = [{"input": grid.tolist()} for grid in arc.task.test_inputs]
    for test, answer in zip(tests, arc.answers or (), strict=False):
        test["output"] = answer.tolist()
    pairs = [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in arc.task.pairs]
    return JSONResponse({"id": wanted, "train": pairs, "test": tests})


async def _guide(request: Request, exhibit: Exhibit) -> Response:
    task = await _posted_task(request)
    if exhibit.guide is None:
        raise UserError("No guide was named when the explorer was started: add checkpoint=PATH to its command.")
    found = zip(exhibit.guide.vocabulary.names, exhibit.guide.probabilities(task).tolist(), strict=True)
    ranked = sorted(found, key=lambda each: -each[1])
    return JSONResponse([{"name": name, "probability": chance} for name, chance in ranked])


async def _check(request: Request, _: Exhibit) -> Response:
    await _posted_task(request)
    return JSONResponse({})


async def _search(request: Request, exhibit: Exhibit) -> Response:
    task = await _posted_task(request)
    settings = exhibit.settings
    prior, nodes = request.query_params.get("prior", "uniform"), request.query_params.get("nodes", str(MOST_NODES))
    if not nodes.isdecimal() or not 1 <= int(nodes) <= MOST_NODES:
        raise UserError(f"{quote_name(nodes)} is no number of nodes. Allowed: 1 to {MOST_NODES:,}.")
    budget = replace(settings.budget, nodes=int(nodes), seconds=min(settings.budget.seconds, MOST_SECONDS))
    search = replace(settings.resolved_search, forms=False)  # one form of the task, the one that is seen
    events = watched(task, Vocabulary(settings.names), _prior(prior, task, exhibit), budget, search)
    return StreamingResponse(_lines(events), media_type="application/x-ndjson")


def _prior(name: str, task: Task, exhibit: Exhibit) -> Prior:
    if name == "uniform":
        return Prior.uniform(len(exhibit.settings.names))
    if exhibit.guide is None or name not in PRIORS:
        allowed = PRIORS if exhibit.guide else ("uniform",)
        raise UserError(f"prior={quote_name(name)} cannot be followed here. Allowed: {', '.join(allowed)}.")
    return build_guide_prior(exhibit.guide, task) if name == "guide" else build_frequency_prior(exhibit.guide)


async def _posted_task(request: Request) -> Task:
    """The task in the body of a request, in ARC's format.

    Raises:
        UserError: it is none; with the place and the rule.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            raise UserError(f"{SOURCE} is larger than {MOST_BODY >> 20} MiB; no task is. Paste one task.")
    found = decode_tasks(body, SOURCE, "drawn")
    if len(found) > 1:
        raise UserError(f"There are {len(found)} tasks in what was pasted. Paste one task.")
    return found[0].task


POSTED = {"check": _check, "guide": _guide, "search": _search}
"""What is asked about a task that is sent along."""


def _lines(events: Iterator[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        yield json.dumps(event) + "\n"
