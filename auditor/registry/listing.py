"""Pages of a listing -> names worth keeping."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import msgspec

from auditor.domain.digest import Digest
from auditor.domain.errors import (
    InvalidDigestError,
    InvalidManifestError,
    NotFoundError,
    ProtocolError,
    RegistryError,
)
from auditor.domain.text import is_clean_line
from auditor.registry.exchange import Answer, Call, Exchange
from auditor.registry.json_body import check_depth, decode_json
from auditor.registry.paging import PageGuard, next_page
from auditor.registry.transport import Headers

_OK = 200
_TOO_BIG_A_PAGE = frozenset({400, 405})
_SMALLER_PAGE = 100
_MOST_NAME_CHARACTERS = 512

_logger = logging.getLogger(__name__)


class Page(NamedTuple):
    """One page of a listing, and whether another follows."""

    answer: Answer
    has_next: bool
    guard: PageGuard


class _Names(msgspec.Struct):
    repositories: Any = msgspec.UNSET
    tags: Any = msgspec.UNSET
    errors: Any = None


_DECODER = msgspec.json.Decoder(_Names)


class Listing:
    """Reads listings of one registry page by page."""

    def __init__(self, exchange: Exchange, base_url: str, headers: Headers) -> None:
        self._exchange = exchange
        self._base_url = base_url
        self._headers = headers

    async def pages(
        self, url: str, *, what: str, scope: str, asks_size: bool = True
    ) -> AsyncIterator[Page]:
        """Every page; the first also when its status is not 200, for the caller to judge.

        A page size is asked for, then a smaller one, then none, where the registry refuses.
        Raises ProtocolError for a circle and for deep nesting, and an error for a later page that fails.
        """
        guard = PageGuard(what, self._exchange.options.page_limit)
        address, answer = await self._first(url, what, scope, asks_size=asks_size)
        while True:
            guard.enter(address)
            if answer.status == _OK:
                check_depth(answer.body, self._exchange.options.json_max_depth, what)
            following = next_page(
                answer.headers.getall("link", ()), page_url=answer.url, base_url=self._base_url
            )
            yield Page(answer, following is not None, guard)
            if following is None:
                return
            address = following
            call = self._call(address, what, scope)
            answer = await self._exchange.ask(call)
            if answer.status != _OK:
                raise self._broken(call, answer)

    def _broken(self, call: Call, answer: Answer) -> RegistryError:
        """A page in the middle that is not there never means that there is nothing."""
        failure = self._exchange.failure(call, answer)
        if not isinstance(failure, NotFoundError):
            return failure
        return ProtocolError(
            f"{call.what} broke off in the middle with status {answer.status}",
            next_step="crawl again",
            status=failure.status,
            code=failure.code,
        )

    async def _first(
        self, url: str, what: str, scope: str, *, asks_size: bool
    ) -> tuple[str, Answer]:
        for size in self._sizes() if asks_size else ():
            address = f"{url}?n={size}"
            answer = await self._exchange.ask(self._call(address, what, scope))
            if answer.status not in _TOO_BIG_A_PAGE:
                return address, answer
        return url, await self._exchange.ask(self._call(url, what, scope))

    def _sizes(self) -> Iterator[int]:
        wanted = self._exchange.options.page_size
        yield wanted
        if wanted > _SMALLER_PAGE:
            yield _SMALLER_PAGE

    def _call(self, url: str, what: str, scope: str) -> Call:
        return Call(
            "GET", url, what, self._exchange.options.listing_cap_bytes, self._headers, scope
        )


def decode_repositories(page: Page, what: str) -> tuple[str, ...]:
    """Names on a catalogue page that no earlier page had; `null` counts as none.

    Names are kept as they are, even outside the grammar, unless they cannot be printed,
    stored or asked for. Raises ProtocolError for a body that is no catalogue.
    """
    raw = _decode(page.answer, what)
    if raw.repositories is msgspec.UNSET:
        raise ProtocolError(f"{what} has no list of repositories")
    return page.guard.fresh(_names(raw.repositories, what), has_next=page.has_next)


def decode_tags(page: Page, what: str) -> tuple[str, ...]:
    """Tags on a page that no earlier page had; `null` and an absent list count as none.

    Digests, which some registries list among tags, are left out.
    """
    raw = _decode(page.answer, what)
    if raw.errors and raw.tags is msgspec.UNSET:
        raise ProtocolError(f"{what} came as an error with status {page.answer.status}")
    tags = None if raw.tags is msgspec.UNSET else raw.tags
    names = [name for name in _names(tags, what) if not _is_digest(name)]
    return page.guard.fresh(names, has_next=page.has_next)


def _decode(answer: Answer, what: str) -> _Names:
    try:
        return decode_json(answer.body, _Names, _DECODER, what)
    except InvalidManifestError as error:
        raise ProtocolError(error.message, status=answer.status) from None


def _names(raw: Any, what: str) -> list[str]:  # noqa: ANN401 - whatever JSON holds
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise ProtocolError(f"{what} is no list")
    names = [name for name in raw if isinstance(name, str) and _is_usable(name)]
    dropped = sum(name is not None for name in raw) - len(names)
    if dropped:
        _logger.warning("unusable names dropped listing=%s names=%d", what, dropped)
    return names


def _is_usable(name: str) -> bool:
    return 0 < len(name) <= _MOST_NAME_CHARACTERS and is_clean_line(name)


def _is_digest(name: str) -> bool:
    if ":" not in name:
        return False
    try:
        Digest.parse(name)
    except InvalidDigestError:
        return False
    return True
