"""The dashboard in several processes, by gunicorn; and as what any WSGI server can load."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from auditor.commands.use_cases import UseCases
from auditor.domain.errors import UsageError

if TYPE_CHECKING:
    from flask import Flask

THREADS = 4
"""Of each process: pages wait for the database, and two processes share a small machine."""
_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
_BACKLOG = 256
_GRACE_SECONDS = 20
"""Less than the thirty that Docker Compose files here and Kubernetes wait before they kill."""


def create() -> Flask:
    """The application of the settings in the environment, for a WSGI server of one's own.

    As `gunicorn 'auditor.commands.wsgi:create()'`. Raises what `UseCases.create_app` does.
    """
    use_cases = UseCases()
    return use_cases.create_app(use_cases.load_settings(None, {}).settings)


@contextmanager
def counting_together(workers: int) -> Iterator[None]:
    """Let several processes add up what they count, in a folder of their own until the end.

    To be entered before the application is made: prometheus_client looks once, when loaded.
    """
    if workers == 1 or os.environ.get(_COUNTS):
        yield
        return
    ours = os.getpid()
    folder = tempfile.mkdtemp(prefix="auditor-counts-")
    os.environ[_COUNTS] = folder
    try:
        yield
    finally:
        if os.getpid() == ours:  # the processes that were forked come by here too
            os.environ.pop(_COUNTS, None)
            shutil.rmtree(folder, ignore_errors=True)


def serve_in_processes(
    app: Flask, host: str, port: int, workers: int, announce: Callable[[str], None]
) -> None:
    """Serve with that many processes until told to end; `announce` gets the web address.

    `app` is made before they are forked, so that what is wrong is said once, and memory is
    shared; it must hold no open connection. Raises UsageError without gunicorn, OSError
    where the address is taken or not ours.
    """
    application_of = _gunicorn()
    from web.serve import address_of

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    address = address_of(host, listening.getsockname()[1])
    options = {
        "bind": [f"fd://{listening.detach()}"],  # gunicorn closes it
        "workers": workers,
        "threads": THREADS,
        "worker_class": "gthread",
        "graceful_timeout": _GRACE_SECONDS,
        "loglevel": "warning",
        # A socket in the home folder to steer it by: a container has none, and nobody asks.
        "control_socket_disable": True,
        "when_ready": lambda _arbiter: announce(address),
    }
    # It leaves by SystemExit, the processes it forks too: what stands after this never runs.
    application_of(app, options).run()


def _gunicorn() -> Callable[[Flask, dict[str, Any]], Any]:
    try:
        from gunicorn.app.base import BaseApplication
    except ModuleNotFoundError as error:
        raise UsageError(
            "several processes need gunicorn",
            next_step="install the extra: pip install 'registry-auditor[server]'",
        ) from error

    class Application(BaseApplication):  # type: ignore[misc] # it has no types
        """Our application and our options: no file and no environment changes them."""

        def __init__(self, app: Flask, options: dict[str, Any]) -> None:
            self._app, self._options = app, options
            os.environ.pop("GUNICORN_CMD_ARGS", None)
            super().__init__()

        def load_config(self) -> None:
            for name, value in self._options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return self._app

    return Application
