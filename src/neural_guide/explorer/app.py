"""The HTTP application of the explorer; with a loopback address it is reachable from this machine alone."""

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
from neural_guide.arc.task_set import SetAsideTask
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.errors import UserError, quote_name
from neural_guide.explorer.search_events import stream_search
from neural_guide.guide.guide import Guide
from neural_guide.guide.priors import build_frequency_prior, build_guide_prior
from neural_guide.harness.attempts import AttemptSettings
from neural_guide.reporting.templates import STYLE
from neural_guide.search.prior import Prior
from neural_guide.search.words import find_group

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": STATIC / "index.html",
    "/explore.js": STATIC / "explore.js",
    "/explore.css": STATIC / "explore.css",
    "/style.css": STYLE,
}
MAX_BODY = 1 << 20  # bytes; the largest task takes a tenth of it
MAX_NODES = 200_000
MAX_SECONDS = 30.0  # of a search, while its reader waits
CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"  # no scripts of other sites
PRIORS = ("guide", "frequency", "uniform")
SOURCE = "this task"  # name of a drawn or pasted task in errors


@dataclass(frozen=True)
class ExplorerData:
    """The tasks, guide and settings that the explorer serves.

    Attributes:
        tasks: tasks to choose from, by id.
        guide: None: no guide was named, and only the unguided search is available.
        settings: vocabulary (in the guide's order), budget and search settings.
    """

    tasks: dict[str, ArcTask]
    guide: Guide | None
    settings: AttemptSettings


def build_app(data: ExplorerData, hosts: list[str]) -> Starlette:
    """Build the application.

    Args:
        data: tasks, guide and settings to serve.
        hosts: host names that a request may use; others are refused, so that another site's page cannot reach the
            explorer by a name of its own (DNS rebinding).
    """
    routes = [Route(path, _serve_file(file)) for path, file in FILES.items()]
    routes += [
        Route("/api/tasks", _bind(_list_tasks, data)),
        Route("/api/task/{task_id}", _bind(_get_task, data)),
        *(Route(f"/api/{name}", _bind(handler, data), methods=["POST"]) for name, handler in POST_HANDLERS.items()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


Handler = Callable[[Request, ExplorerData], Awaitable[Response]]


def _serve_file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return FileResponse(path, headers={"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache"})

    return endpoint


def _bind(handler: Handler, data: ExplorerData) -> Callable[[Request], Awaitable[Response]]:
    """Bind a handler to the data; a UserError becomes a response with status 400, whose message the page shows."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request, data)
        except UserError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return endpoint


async def _list_tasks(_: Request, data: ExplorerData) -> Response:
    priors = PRIORS if data.guide else ("uniform",)
    return JSONResponse({"tasks": list(data.tasks), "priors": priors, "primitives": data.settings.names})


async def _get_task(request: Request, data: ExplorerData) -> Response:
    task_id = request.path_params["task_id"]
    if task_id not in data.tasks:
        raise UserError(f"There is no task {quote_name(task_id)} here. Pick one of the list, or draw one.")
    arc = data.tasks[task_id]
    tests = [{"input": grid.tolist()} for grid in arc.task.test_inputs]
    for test, answer in zip(tests, arc.answers or (), strict=False):
        test["output"] = answer.tolist()
    pairs = [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in arc.task.pairs]
    return JSONResponse({"id": task_id, "train": pairs, "test": tests})


async def _predict(request: Request, data: ExplorerData) -> Response:
    task = await _read_task(request)
    if data.guide is None:
        raise UserError("No guide was named when the explorer was started: add checkpoint=PATH to its command.")
    probabilities = zip(data.guide.vocabulary.names, data.guide.probabilities(task).tolist(), strict=True)
    ranked = sorted(probabilities, key=lambda entry: -entry[1])
    words = [{"name": name, "group": find_group(name), "probability": share} for name, share in ranked]
    return JSONResponse(words)


async def _check(request: Request, _: ExplorerData) -> Response:
    await _read_task(request)
    return JSONResponse({})


async def _search(request: Request, data: ExplorerData) -> Response:
    task = await _read_task(request)
    settings = data.settings
    prior, nodes = request.query_params.get("prior", "uniform"), request.query_params.get("nodes", str(MAX_NODES))
    if not nodes.isdecimal() or not 1 <= int(nodes) <= MAX_NODES:
        raise UserError(f"{quote_name(nodes)} is no number of nodes. Allowed: 1 to {MAX_NODES:,}.")
    budget = replace(settings.budget, nodes=int(nodes), seconds=min(settings.budget.seconds, MAX_SECONDS))
    search = replace(settings.resolved_search, forms=False)  # the task as displayed, not its transforms
    events = stream_search(task, Vocabulary(settings.names), _build_prior(prior, task, data), budget, search)
    return StreamingResponse(_encode_lines(events), media_type="application/x-ndjson")


def _build_prior(name: str, task: Task, data: ExplorerData) -> Prior:
    if name == "uniform":
        return Prior.uniform(len(data.settings.names))
    if data.guide is None or name not in PRIORS:
        allowed = PRIORS if data.guide else ("uniform",)
        raise UserError(f"prior={quote_name(name)} cannot be followed here. Allowed: {', '.join(allowed)}.")
    return build_guide_prior(data.guide, task) if name == "guide" else build_frequency_prior(data.guide)


async def _read_task(request: Request) -> Task:
    """Read the task in the body of a request, in ARC's format.

    Raises:
        UserError: the body is no task; the message says where, and which rule it breaks.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise UserError(f"{SOURCE} is larger than {MAX_BODY >> 20} MiB; no task is. Paste one task.")
    (entry, *others) = decode_tasks(body, SOURCE, "drawn")
    if others:
        raise UserError(f"{len(others) + 1} tasks were pasted. Paste one task.")
    if isinstance(entry, SetAsideTask):
        raise UserError(entry.reason)
    return entry.task


POST_HANDLERS = {"check": _check, "guide": _predict, "search": _search}
"""Handlers of requests that carry a task, by the last part of their path."""


def _encode_lines(events: Iterator[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        yield json.dumps(event) + "\n"
