"""By which names the dashboard may be called, where only this machine is to reach it.

A page of somebody else's can have its own name lead to 127.0.0.1 and then read what listens there
as if it were its own: DNS rebinding. Its requests carry its name in `Host`, never an address.
Source: RFC 9110 section 7.4, by which a server refuses names it is not responsible for. Flask's
TRUSTED_HOSTS lists names only; here any address will do, as of a container or a port forwarded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, abort, request

_LOCAL = "localhost"


def register(app: Flask, names: Collection[str] | None) -> None:
    """Refuse with 421 what calls by another name than these; with None by any.

    Addresses, `localhost` and names below it are always known.
    """
    if names is None:
        return
    known = frozenset(name.lower() for name in names)

    @app.before_request
    def refuse_other_names() -> None:
        name = _called_name()
        if name and name not in known and not _is_of_this_machine(name):
            abort(HTTPStatus.MISDIRECTED_REQUEST)


def _called_name() -> str:
    """The host that the request calls, without its port; empty where it tells none."""
    try:
        return (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").rstrip(".")
    except ValueError:
        return "[]"  # half an address is nobody's name


def _is_of_this_machine(name: str) -> bool:
    if name == _LOCAL or name.endswith(f".{_LOCAL}"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
