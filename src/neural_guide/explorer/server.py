"""Explore tasks on a local page: python -m neural_guide.explore [checkpoint=PATH] [tasks=NAME|PATH]."""

import socket

import uvicorn

from neural_guide.app.console import console
from neural_guide.arc.task_files import open_tasks
from neural_guide.dsl.vocabulary import get_vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.explorer.app import Exhibit, explorer
from neural_guide.explorer.settings import ExploreCommandSettings
from neural_guide.guide.default_guide import find_default_guide
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.harness.attempts import AttemptSettings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(config: ExploreCommandSettings) -> None:
    """Serve the page until the command is stopped."""
    guide = _guide(config)
    names = guide.vocabulary.names if guide else get_vocabulary(config.dsl).names
    settings = AttemptSettings(None, config.prior, names, config.budget, config.search)
    tasks = {arc.task.task_id: arc for arc in open_tasks(config.tasks, config.solutions)}
    host = config.explore.host
    with _listening(host, config.explore.port) as opened:
        port = opened.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        console.print(f"Explore {len(tasks):,} tasks at http://{shown}:{port} (Ctrl-C ends it)", highlight=False)
        if host not in LOOPBACK:
            console.print(f"explore.host={host} lets others in your network run searches here.", highlight=False)
        hosts = [*LOOPBACK, "[::1]", shown] if host in LOOPBACK else ["*"]
        app = explorer(Exhibit(tasks, guide, settings), hosts)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        server.run(sockets=[opened])


def _guide(config: ExploreCommandSettings) -> Guide | None:
    """The guide that was named; without one the unguided search can be seen."""
    if config.checkpoint is None:
        config.checkpoint = find_default_guide(config.dsl)
    if config.checkpoint is None:
        console.print("No guide was named: searches are unguided. With one: checkpoint=outputs/latest", highlight=False)
        return None
    guide = load_guide(config.checkpoint)
    if not is_executable(guide.vocabulary):
        raise UserError(
            f"{config.checkpoint}: its primitives cannot be executed here ({', '.join(guide.vocabulary.names)}). "
            "Name a guide that was trained on data of our own vocabulary."
        )
    return guide


def _listening(host: str, port: int) -> socket.socket:
    """A socket at the address.

    Raises:
        UserError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen()
    except OSError as error:
        opened.close()
        raise UserError(
            f"explore.host={host} explore.port={port} cannot be served at: {error.strerror or error}. Use another "
            "explore.port, or explore.port=0 for any that is free."
        ) from None
    return opened
