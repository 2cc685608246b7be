"""Serving at an address that people wrote, which may be none of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from auditor.commands.interrupts import INTERRUPTS
from auditor.domain.errors import UsageError

if TYPE_CHECKING:
    from flask import Flask


def serve_at(
    app: Flask, host: str, port: int, announce: Callable[[str], None], *, workers: int = 1
) -> None:
    """Serve until interrupted; `announce` gets the web address. Port 0 takes any free one.

    Raises UsageError for a name that is no address of this machine, or a port taken.
    """
    from auditor.commands.wsgi import serve_in_processes
    from web.serve import serve

    host = host.removeprefix("[").removesuffix("]")
    listens = False

    def on_ready(address: str) -> None:
        nonlocal listens
        listens = True
        announce(address)

    try:
        host.encode("idna")  # a socket would be left open by a name that DNS cannot write
        if workers > 1:
            serve_in_processes(app, host, port, workers, on_ready)
            return
        with INTERRUPTS.calling() as on_start:
            serve(app, host, port, on_ready=on_ready, on_start=on_start)
    except (OSError, UnicodeError) as error:
        if listens:
            raise
        raise UsageError(
            f"cannot listen on {host} port {port}: {_reason(error)}",
            next_step="choose another with --host and --port",
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`; names other than localhost are not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "it is no name of a host"
    # The socket module adds "(while attempting to bind ...)", which says nothing new.
    return str(error.strerror or error).partition(" (while")[0]
