"""Pages of a listing -> names worth keeping."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple, TypeVar

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

T = TypeVar("T")

_OK = 200
_TOO_BIG_A_PAGE = frozenset({400, 405})
_SMALLER_PAGE = 100
_MOST_NAME_CHARACTERS = 512


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
        self._accepted: dict[str, int | None] = {}

    async def pages(
        self,
        url: str,
        read: Callable[[Page], T],
        *,
        what: str,
        scope: str,
        asks_size: bool = True,
        most: int | None = None,
    ) -> AsyncIterator[T]:
        """What `read` makes of every page; of the first also when its status is not 200.

        A page size is asked for, then a smaller one, then none, where the registry refuses;
        what it took is asked for at once from then on, catalogue and tags apart. A page's
        body is let go before the next is asked for. Raises ProtocolError for a circle, for
        deep nesting, for more than `most` entries (by default as many as the options allow)
        and for too many bytes, and an error for a later page that fails.
        """
        options = self._exchange.options
        guard = PageGuard(
            what, options.page_limit, most or options.listing_entries, options.listing_total_bytes
        )
        address, answer = await self._first(url, what, scope, asks_size=asks_size)
        while True:
            guard.enter(address)
            following = self._following(answer, guard, what)
            taken = read(Page(answer, following is not None, guard))
            del answer
            yield taken
            guard.leave()
            if following is None:
                return
            address = following
            call = self._call(address, what, scope)
            answer = await self._exchange.ask(call)
            if answer.status != _OK:
                raise self._broken(call, answer)

    def _following(self, answer: Answer, guard: PageGuard, what: str) -> str | None:
        if answer.status == _OK:
            guard.weigh(len(answer.body))
            check_depth(answer.body, self._exchange.options.json_max_depth, what)
        links = answer.headers.getall("link", ())
        return next_page(links, page_url=answer.url, base_url=self._base_url)

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
        kind = url.rpartition("/")[2]
        sizes = self._sizes(kind) if asks_size else (None,)
        address, answer = await self._sized(url, sizes[0], what, scope)
        for size in sizes[1:]:
            if answer.status not in _TOO_BIG_A_PAGE:
                break
            address, answer = await self._sized(url, size, what, scope)
            if answer.status == _OK:
                self._accepted[kind] = size
        return address, answer

    async def _sized(self, url: str, size: int | None, what: str, scope: str) -> tuple[str, Answer]:
        address = url if size is None else f"{url}?n={size}"
        return address, await self._exchange.ask(self._call(address, what, scope))

    def _sizes(self, kind: str) -> tuple[int | None, ...]:
        """Page sizes to ask for in turn, None for none; those refused before left out."""
        wanted = self._exchange.options.page_size
        sizes = (wanted, _SMALLER_PAGE, None) if wanted > _SMALLER_PAGE else (wanted, None)
        accepted = self._accepted.get(kind, wanted)
        return sizes[sizes.index(accepted) :]

    def _call(self, url: str, what: str, scope: str) -> Call:
        return Call(
            "GET", url, what, self._exchange.options.listing_cap_bytes, self._headers, scope
        )


class Names(NamedTuple):
    """Names on a page that no earlier page had, and how many cannot be used."""

    names: tuple[str, ...]
    unusable: int


def decode_repositories(page: Page, what: str) -> Names:
    """Names on a catalogue page; `null` counts as none.

    Names are kept as they are, even outside the grammar, unless they cannot be printed,
    stored or asked for. Raises ProtocolError for a body that is no catalogue.
    """
    raw = _decode(page.answer, what)
    if raw.repositories is msgspec.UNSET:
        raise ProtocolError(f"{what} has no list of repositories")
    names, unusable = _names(raw.repositories, what)
    return Names(page.guard.fresh(names, has_next=page.has_next), unusable)


def decode_tags(page: Page, what: str) -> Names:
    """Tags on a page; `null` and an absent list count as none.

    Digests, which some registries list among tags, are left out.
    """
    raw = _decode(page.answer, what)
    if raw.errors and raw.tags is msgspec.UNSET:
        raise ProtocolError(f"{what} came as an error with status {page.answer.status}")
    names, unusable = _names(None if raw.tags is msgspec.UNSET else raw.tags, what)
    tags = [name for name in names if not _is_digest(name)]
    return Names(page.guard.fresh(tags, has_next=page.has_next), unusable)


def _decode(answer: Answer, what: str) -> _Names:
    try:
        return decode_json(answer.body, _Names, _DECODER, what)
    except InvalidManifestError as error:
        raise ProtocolError(error.message, status=answer.status) from None


def _names(raw: Any, what: str) -> tuple[list[str], int]:  # noqa: ANN401 - whatever JSON holds
    """Usable names, and how many others there are; nulls are neither (Nexus lists them)."""
    if raw is None:
        return [], 0
    if not isinstance(raw, list):
        raise ProtocolError(f"{what} is no list")
    names = [name for name in raw if isinstance(name, str) and _is_usable(name)]
    return names, sum(name is not None for name in raw) - len(names)


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
