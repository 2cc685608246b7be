"""Blobs: configs read and verified, layers measured without being read."""

from __future__ import annotations

from dataclasses import replace

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidManifestError, NotFoundError, ProtocolError
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.text import clean_line
from auditor.registry.addresses import Addresses
from auditor.registry.decode import MOST_SIZE_BYTES
from auditor.registry.decode_config import decode_config
from auditor.registry.exchange import Call, Exchange
from auditor.registry.json_body import check_depth
from auditor.registry.recent import Recent
from auditor.registry.transport import Headers
from auditor.registry.verify import check_digest

MOST_MEASURED = 512
"""Layers of one schema 1 image that are measured; Docker's images have 127 at most."""

_SIZES_KEPT = 10_000
_OK, _PARTIAL, _NOT_FOUND, _BAD_RANGE = 200, 206, 404, 416
_NO_HEAD = frozenset({400, 403, 405, 501})


class Blobs:
    """The blobs of one registry."""

    def __init__(self, exchange: Exchange, addresses: Addresses, headers: Headers) -> None:
        self._exchange = exchange
        self._at = addresses
        self._headers = headers
        self._sizes: Recent[Digest, int] = Recent(_SIZES_KEPT)

    async def get_config(self, repository: str, digest: Digest) -> ImageConfig:
        """The image config with this digest, its bytes verified."""
        what = clean_line(f"config {digest.text} of {repository}", 300)
        call = self._call("GET", repository, digest, what)
        answer = await self._exchange.ask(call)
        if answer.status != _OK:
            raise self._exchange.failure(call, answer)
        check_digest(answer.body, digest, what=what)
        check_depth(answer.body, self._exchange.options.json_max_depth, "the image config")
        return decode_config(answer.body, digest)

    async def measure(self, repository: str, digest: Digest) -> int | None:
        """The stored size of a blob in bytes, None if it is absent.

        Measured at the end of all redirects. Storage that refuses HEAD, or does not say the
        length, is asked for the first byte, which states the whole length.
        """
        what = clean_line(f"blob {digest.text} of {repository}", 300)
        call = self._call("HEAD", repository, digest, what)
        answer = await self._exchange.ask(call)
        size = _length(answer.headers.get("content-length")) if answer.status == _OK else None
        if size:
            return size
        if answer.status == _NOT_FOUND:
            return None
        if answer.status == _OK or answer.status in _NO_HEAD:
            return await self._size_from_range(repository, digest, what)
        raise self._exchange.failure(call, answer)

    async def _size_from_range(self, repository: str, digest: Digest, what: str) -> int | None:
        call = self._call("GET", repository, digest, what)
        headers = (*call.headers, ("Range", "bytes=0-0"))
        call = call._replace(headers=headers, reads_body=False)
        answer = await self._exchange.ask(call)
        if answer.status == _NOT_FOUND:
            return None
        if answer.status not in (_OK, _PARTIAL, _BAD_RANGE):
            raise self._exchange.failure(call, answer)
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        size = _length(answer.headers.get("content-length") if answer.status == _OK else total)
        if size is None:
            raise ProtocolError(f"{self._exchange.own.name} does not say the size of {what}")
        return size

    def _call(self, method: str, repository: str, digest: Digest, what: str) -> Call:
        return Call(
            method,
            self._at.blob(repository, digest.text),
            what,
            self._exchange.options.config_cap_bytes,
            self._headers,
            self._at.scope(repository),
        )

    async def measured(self, repository: str, manifest: Manifest) -> Manifest:
        """A schema 1 manifest with the stored size of each layer, as HEAD finds it.

        Nothing else tells it: what the history claims is the unpacked size. So a layer that
        cannot be measured is an error, and a manifest stored once has the right sizes for
        ever. Raises InvalidManifestError for more layers than images have.
        """
        layers = dict.fromkeys(layer.digest for layer in manifest.layers)
        if len(layers) > MOST_MEASURED:
            raise InvalidManifestError(
                f"{repository}@{manifest.digest.short} lists {len(layers):,} layers without sizes",
                next_step=f"more than {MOST_MEASURED} are not asked for",
            )
        sizes = {digest: await self._stored_size(repository, digest) for digest in layers}
        measured = (replace(one, size_bytes=sizes[one.digest]) for one in manifest.layers)
        return replace(manifest, layers=tuple(measured))

    async def _stored_size(self, repository: str, digest: Digest) -> int:
        known = self._sizes.get(digest)
        if known is not None:
            return known
        size = await self.measure(repository, digest)
        if size is None:
            raise NotFoundError(
                f"{self._exchange.own.name} has no layer {digest.short} of {repository}, "
                "whose size its manifest does not state",
                next_step="push the image again or delete it",
                status=_NOT_FOUND,
                code="BLOB_UNKNOWN",
            )
        self._sizes.put(digest, size)
        return size


def _length(text: str | None) -> int | None:
    if (
        not text
        or len(text) > len(str(MOST_SIZE_BYTES))
        or not (text.isascii() and text.isdecimal())
    ):
        return None
    size = int(text)
    return size if size <= MOST_SIZE_BYTES else None
