"""The server of the task explorer."""

import socket

import uvicorn

from neural_guide.app.console import say
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import check_executable, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.explorer.app import ExplorerData, build_app
from neural_guide.explorer.settings import ExploreCommandSettings
from neural_guide.guide.default_guide import SOLVER_DSL, find_default_guide
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.harness.attempts import AttemptSettings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(settings: ExploreCommandSettings) -> None:
    """Serve the page until the command is stopped."""
    dsl = settings.dsl or SOLVER_DSL  # a guide that is named brings its own
    guide = _load_guide(settings, dsl)
    names = guide.programs.names if guide else get_vocabulary(dsl).names
    attempt = AttemptSettings(None, settings.prior, names, settings.budget, settings.search)
    task_set = open_tasks(settings.tasks, settings.solutions)
    tasks = {arc.task.task_id: arc for arc in task_set.tasks}
    host = settings.explore.host
    with _open_socket(host, settings.explore.port) as listener:
        port = listener.getsockname()[1]
        url_host = f"[{host}]" if ":" in host else host
        say(f"Explore {len(tasks):,} tasks at http://{url_host}:{port} (Ctrl-C ends it)")
        if task_set.set_aside:
            say(task_set.summarize())
        if host not in LOOPBACK:
            say(f"explore.host={host} lets others in your network run searches here.")
        hosts = [*LOOPBACK, "[::1]", url_host] if host in LOOPBACK else ["*"]
        app = build_app(ExplorerData(tasks, guide, attempt), hosts)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        server.run(sockets=[listener])


def _load_guide(settings: ExploreCommandSettings, dsl: str) -> Guide | None:
    """Load the guide that was named, or the default one; None: only the unguided search is available."""
    if settings.checkpoint is None:
        settings.checkpoint = find_default_guide(dsl)
    if settings.checkpoint is None:
        say("No guide was named: searches are unguided. With one: checkpoint=outputs/latest")
        return None
    guide = load_guide(settings.checkpoint)
    check_executable(guide.programs, settings.checkpoint)
    return guide


def _open_socket(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        UserError: the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UserError(
            f"explore.host={host} explore.port={port} cannot be served at: {error.strerror or error}. Use another "
            "explore.port, or explore.port=0 for any that is free."
        ) from None
    return listener
