"""Who a login is for: one origin, and what lies below one path of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

import httpx

_USUAL_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65_535
_MOST_CHARACTERS = 4096
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


class Origin(NamedTuple):
    """Scheme, host and port: the same for two addresses, or they are strangers."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """`host[:port]`, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Login:
    """An Authorization value, and where it may be sent: below `path` of `origin`."""

    origin: Origin
    header: str = field(repr=False)
    path: str = "/"

    def is_for(self, url: httpx.URL) -> bool:
        """Whether this address is within."""
        below = self.path.rstrip("/")
        path = url.path
        within = path == below or path.startswith(f"{below}/")
        return within and "/../" not in f"{path}/" and origin_of(url) == self.origin


def parse_address(text: str) -> httpx.URL:
    """The address of something on the web; raises ValueError, which never repeats it."""
    try:
        url = httpx.URL(text.strip()) if len(text) <= _MOST_CHARACTERS else httpx.URL("")
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise ValueError("it is no address") from None
    if url.scheme not in _USUAL_PORTS or not _HOST.fullmatch(url.raw_host):
        raise ValueError("write http:// or https:// and a host")
    if url.port is not None and not 0 < url.port <= _LAST_PORT:
        raise ValueError("the port of the address is none")
    return url


def origin_of(url: httpx.URL) -> Origin:
    """The origin of an address that `parse_address` let through."""
    host = url.raw_host.decode("ascii").lower().rstrip(".")
    return Origin(url.scheme, host, url.port or _USUAL_PORTS[url.scheme])


def without_login(url: httpx.URL) -> httpx.URL:
    """The address without the user and the password that may stand in it."""
    return url.copy_with(userinfo=b"") if url.userinfo else url


def login_in(url: httpx.URL) -> Login | None:
    """The login that stands in an address, for all of its origin."""
    if not url.userinfo:
        return None
    user, _, password = url.userinfo.decode("ascii", "replace").partition(":")
    return Login(origin_of(url), basic(unquote(user), unquote(password)))


def basic(user: str, password: str) -> str:
    """The Authorization value of a user and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def header_for(url: httpx.URL, logins: Iterable[Login]) -> str | None:
    """What to send to this address: of the logins that are for it, the closest one's."""
    fitting = [login for login in logins if login.is_for(url)]
    return max(fitting, key=lambda login: len(login.path)).header if fitting else None
