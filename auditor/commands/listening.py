"""Serving at an address that people wrote, which may be none of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from auditor.domain.errors import UsageError

if TYPE_CHECKING:
    from flask import Flask


def serve_at(app: Flask, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` gets the web address. Port 0 takes any free one.

    Raises UsageError for a name that is no address of this machine, or a port taken.
    """
    from web.serve import serve

    listens = False

    def on_ready(address: str) -> None:
        nonlocal listens
        listens = True
        announce(address)

    try:
        serve(app, host.removeprefix("[").removesuffix("]"), port, on_ready=on_ready)
    except (OSError, UnicodeError) as error:  # the latter for a name that DNS cannot write
        if listens:
            raise
        # The socket module adds "(while attempting to bind ...)", which says nothing new.
        known = error.strerror if isinstance(error, OSError) else "no usable name"
        reason = str(known or error).partition(" (while")[0]
        raise UsageError(
            f"cannot listen on {host} port {port}: {reason}",
            next_step="choose another with --host and --port",
        ) from error
