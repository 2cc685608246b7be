"""Blobs: configs read and verified, layers measured without being read."""

from __future__ import annotations

from dataclasses import replace

from auditor.domain.digest import Digest
from auditor.domain.errors import ProtocolError, RegistryError
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.text import clean_line
from auditor.registry.addresses import Addresses
from auditor.registry.decode import MOST_SIZE_BYTES
from auditor.registry.decode_config import decode_config
from auditor.registry.exchange import Call, Exchange
from auditor.registry.json_body import check_depth
from auditor.registry.transport import Headers
from auditor.registry.verify import check_digest

_OK, _PARTIAL, _NOT_FOUND, _BAD_RANGE = 200, 206, 404, 416
_NO_HEAD = frozenset({400, 403, 405, 501})


class Blobs:
    """The blobs of one registry."""

    def __init__(self, exchange: Exchange, addresses: Addresses, headers: Headers) -> None:
        self._exchange = exchange
        self._at = addresses
        self._headers = headers

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

        What its history claims is the unpacked size and stays only where HEAD fails.
        """
        sizes: dict[Digest, int] = {layer.digest: layer.size_bytes for layer in manifest.layers}
        for digest, claimed in tuple(sizes.items()):
            try:
                sizes[digest] = await self.measure(repository, digest) or claimed
            except RegistryError:
                continue
        layers = (replace(one, size_bytes=sizes[one.digest]) for one in manifest.layers)
        return replace(manifest, layers=tuple(layers))


def _length(text: str | None) -> int | None:
    if (
        not text
        or len(text) > len(str(MOST_SIZE_BYTES))
        or not (text.isascii() and text.isdecimal())
    ):
        return None
    size = int(text)
    return size if size <= MOST_SIZE_BYTES else None
