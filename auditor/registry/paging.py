"""`Link` headers -> the next page, always on the registry's own address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from auditor.domain.errors import ProtocolError

_MOST_CHARACTERS = 16_384
_LINK = re.compile(r"[ \t,]*<([^>]*)>")
_PARAMETER = re.compile(
    r"[ \t]*;[ \t]*([!#$&+\-.^_`|~0-9A-Za-z]+)\*?"
    r'(?:[ \t]*=[ \t]*(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s;,"]*)))?'
)


@dataclass(frozen=True, slots=True)
class Link:
    """A target as written, and its relation types in lower case."""

    target: str
    relations: tuple[str, ...]


def parse_links(values: Iterable[str]) -> tuple[Link, ...]:
    """All links of all `Link` headers; reading a value stops at its first malformed part.

    Of several `rel` parameters the first counts. Source: RFC 8288 section 3.
    """
    found: list[Link] = []
    for value in values:
        text, position = value[:_MOST_CHARACTERS], 0
        while link := _LINK.match(text, position):
            position, relation = link.end(), None
            while parameter := _PARAMETER.match(text, position):
                position = parameter.end()
                if parameter[1].lower() == "rel" and relation is None:
                    relation = parameter[2] or parameter[3] or ""
            found.append(Link(link[1].strip(), tuple((relation or "").lower().split())))
    return tuple(found)


def next_page(values: Iterable[str], *, page_url: str, base_url: str) -> str | None:
    """Address of the next page, or None on the last one.

    Resolved against `page_url`, the page that was answered. Path and query are then put on
    `base_url`: a link to another host or scheme is never followed there, and a path prefix
    of the registry that the link lost is put back.
    """
    target = next((link.target for link in parse_links(values) if "next" in link.relations), "")
    if not target:
        return None
    try:
        parts = urlsplit(urljoin(page_url, target))
        base = urlsplit(base_url)
    except ValueError:
        return None
    path = parts.path
    if base.path and not path.startswith(f"{base.path}/"):
        path = base.path + path
    query = f"?{parts.query}" if parts.query else ""
    return f"{base.scheme}://{base.netloc}{path}{query}"


class PageGuard:
    """Stops a listing that runs in a circle, never ends or grows too large.

    Call `enter` with each page's address, `weigh` with its bytes, `fresh` with its entries
    and `leave` after it; all raise ProtocolError, so that what was listed is known to be
    incomplete. `limit` counts pages, `most` entries, `total_bytes` all pages together.
    """

    def __init__(self, what: str, limit: int, most: int, total_bytes: int) -> None:
        self._what = what
        self._limit = limit
        self._most = most
        self._total_bytes = total_bytes
        self._left_bytes = total_bytes
        self._addresses: set[str] = set()
        self._entries: set[str] = set()
        self._is_full = False

    def enter(self, address: str) -> None:
        """Note that a page is about to be asked for."""
        if address in self._addresses:
            raise self._failure("leads back to a page already read")
        if len(self._addresses) >= self._limit:
            raise self._failure(f"has more than {self._limit} pages")
        self._addresses.add(address)
        self.weigh(len(address))

    def weigh(self, size_bytes: int) -> None:
        """Note how long a page is."""
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise self._failure(f"takes more than {self._total_bytes:,} bytes")

    def fresh(self, entries: Iterable[str], *, has_next: bool) -> tuple[str, ...]:
        """Entries not seen on an earlier page, in order, once each; as many as may be kept.

        A page with a successor that brings nothing new is a circle with changing addresses.
        """
        page = tuple(dict.fromkeys(entries))
        new = tuple(entry for entry in page if entry not in self._entries)
        if page and not new and has_next:
            raise self._failure("repeats itself")
        room = self._most - len(self._entries)
        self._is_full = len(new) > room
        self._entries.update(new[:room])
        return new[:room]

    def leave(self) -> None:
        """Note that a page was taken in."""
        if self._is_full:
            raise self._failure(f"names more than {self._most:,}")

    def _failure(self, problem: str) -> ProtocolError:
        return ProtocolError(
            f"{self._what} {problem}", next_step="what was listed before that was kept"
        )
