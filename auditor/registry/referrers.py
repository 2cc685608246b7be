"""What refers to a manifest: asked for once, if the registry does not know the question."""

from __future__ import annotations

import asyncio

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import ProtocolError
from auditor.domain.text import clean_line
from auditor.registry.addresses import Addresses
from auditor.registry.decode import decode_manifest
from auditor.registry.exchange import Answer, Call, Exchange
from auditor.registry.failures import error_code
from auditor.registry.listing import Listing, Page
from auditor.registry.transport import Headers

MOST_REFERRERS = 1000
"""Of one manifest; where there are more, it is a problem and they are left out."""

_OK, _NOT_FOUND = 200, 404
_NO_REFERRERS = frozenset({400, 404, 405, 406, 501})
_ABSENT_CODES = frozenset({"NAME_UNKNOWN", "MANIFEST_UNKNOWN", "NAME_INVALID"})


class Referrers:
    """The referrers endpoint of one registry; `are_supported` is None until it was asked."""

    def __init__(self, exchange: Exchange, addresses: Addresses, headers: Headers) -> None:
        self._exchange = exchange
        self._at = addresses
        self._listing = Listing(exchange, addresses.base_url, headers)
        self._lock = asyncio.Lock()
        self.are_supported: bool | None = None

    async def list(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Manifests whose subject is `digest`; empty where the registry has no such endpoint.

        The first "no such endpoint" holds for the whole registry: it is not asked again.
        Source: distribution-spec, "Listing Referrers".
        """
        if self.are_supported is None:
            async with self._lock:
                if self.are_supported is None:
                    return await self._ask(repository, digest)
        if not self.are_supported:
            return ()
        return await self._ask(repository, digest)

    async def _ask(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        what = clean_line(f"the referrers of {repository}@{digest.text}", 300)
        url, scope = self._at.referrers(repository, digest.text), self._at.scope(repository)
        pages = self._listing.pages(
            url,
            lambda page: self._read(page, url, what),
            what=what,
            scope=scope,
            asks_size=False,
            most=MOST_REFERRERS,
        )
        found: dict[Digest, Descriptor] = {}
        try:
            async for children in pages:
                found.update((one.digest, one) for one in children)
        except ProtocolError as error:
            raise ProtocolError(error.message, next_step="they were left out") from error
        return tuple(found.values())

    def _read(self, page: Page, url: str, what: str) -> tuple[Descriptor, ...]:
        answer = page.answer
        if answer.status == _NOT_FOUND and error_code(answer.body)[0] in _ABSENT_CODES:
            return ()  # the endpoint is there, the subject is not
        if answer.status not in (_OK, *_NO_REFERRERS):
            raise self._exchange.failure(Call("GET", url, what, 0), answer)
        self.are_supported = _is_index(answer)
        if not self.are_supported:
            return ()
        index = decode_manifest(answer.body, Digest.of(answer.body), media_types.OCI_INDEX)
        page.guard.fresh((one.digest.text for one in index.children), has_next=page.has_next)
        return index.children


def _is_index(answer: Answer) -> bool:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    return answer.status == _OK and content_type == media_types.OCI_INDEX
