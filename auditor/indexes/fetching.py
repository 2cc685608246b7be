"""The client of package indexes: polite, cached, and never talkative about logins."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

import httpx

from auditor.domain.errors import IndexFailureError
from auditor.indexes.bodies import EncodingError, OverCapError, read_body
from auditor.indexes.cache import DiskCache, Kept
from auditor.indexes.exchange import Call, Exchange
from auditor.indexes.failures import (
    UnansweredError,
    from_status,
    not_kept,
    not_understood,
    too_long,
)
from auditor.indexes.options import ClientOptions
from auditor.indexes.origins import (
    Login,
    Origin,
    login_in,
    origin_of,
    parse_address,
    without_login,
)
from auditor.indexes.transport import VettingTransport, tls_context

_LOG = logging.getLogger(__name__)
MIB = 2**20
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
_ABSENT = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_VALIDATOR_LONGEST = 1024
_VALIDATORS = (("etag", "If-None-Match"), ("last_modified", "If-Modified-Since"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: `what` in errors, how long it may be (as it is kept), what to accept.

    `is_packed`: it is a compressed file. `is_fixed`: under one address it never changes.
    """

    what: str
    cap_bytes: int
    accept: str = "*/*"
    is_packed: bool = False
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document, and where it was in the end, without login and query."""

    body: bytes
    content_type: str
    address: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file from `start` on, and how many it has in all."""

    start: int
    body: bytes
    total_bytes: int


class IndexClient:
    """Reads documents, sizes and pieces of files; every method raises IndexFailureError.

    `indexes`: addresses that the user named, whose hosts may be at private addresses, and
    whose logins, where they hold any, go to their own origin. `notes`: sentences about what
    did not go as it should.
    """

    def __init__(
        self,
        options: ClientOptions,
        indexes: Iterable[str] = (),
        logins: Iterable[Login] = (),
        exchange: Exchange | None = None,
    ) -> None:
        named = [parse_address(address) for address in indexes]
        own = {origin_of(url).host for url in named}
        own |= {host.rpartition(":")[0] or host for host in options.file_hosts}
        own_logins = [login for url in named if (login := login_in(url))]
        self.options = options
        self.exchange = exchange or Exchange(
            VettingTransport(own, tls_context(options.ca_files)), [*own_logins, *logins], options
        )
        self._now = options.now.timestamp()
        self._cache = (
            DiskCache(options.cache_folder, options.cache_max_bytes)
            if options.cache_folder
            else None
        )
        self._notes: dict[str, None] = {}
        self._without_pieces: set[Origin] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.exchange.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the reader of the estimate, each once."""
        with self._lock:
            return tuple(self._notes)

    def get(self, address: str, kind: Kind) -> Document | None:
        """The document at an address, from the cache while it is fresh; None where none is.

        That there was none is believed offline only.
        """
        key = f"{kind.accept} {_clean(address)}"
        kept = self._cache.get(key) if self._cache else None
        if kept is not None and kept.is_absent:
            if self.options.is_offline:
                return None
            kept = None
        if kept is not None and (kind.is_fixed or self._is_fresh(kept)):
            return _document(kept)
        host = self._check_online(address, kind.what) if kept is None else _host(address)
        if kept is not None and self.options.is_offline:
            return _document(kept)
        try:
            return self._ask(key, address, kind, kept)
        except UnansweredError as error:
            if kept is None:
                raise
            self._note(f"{host} did not answer, so what it said earlier is used ({error.message}).")
            return _document(kept)

    def size_bytes(self, address: str) -> int | None:
        """How long a file is, without reading it; None where the server does not say.

        Kept without expiry: a released file does not change.
        """
        return self.fact(f"size {_clean(address)}", lambda: self._ask_size(address), address)

    def fact(self, key: str, find: Callable[[], int | None], address: str) -> int | None:
        """A number that never changes once it is known: kept, else found, else None."""
        kept = self._cache.get(key) if self._cache else None
        if kept is not None and kept.body.isdigit():
            return int(kept.body[:20])
        self._check_online(address, "the size of a file")
        found = find()
        if found is not None:
            self._keep(key, Kept(str(found).encode(), self._now))
        return found

    def piece(self, address: str, start: int | None, length: int) -> Piece | None:
        """`length` bytes of a file from `start`, or its last ones for None.

        None where the server does not send parts of files: reading stops at once then.
        """
        key = f"bytes {start} {length} {_clean(address)}"
        kept = self._cache.get(key) if self._cache else None
        if kept is not None and (found := _CONTENT_RANGE.fullmatch(kept.content_type)):
            return Piece(int(found[1]), kept.body, int(found[3]))
        self._check_online(address, "the directory of a file")
        origin = origin_of(parse_address(address))
        if origin in self._without_pieces:
            return None
        asked = f"bytes=-{length}" if start is None else f"bytes={start}-{start + length - 1}"
        call = Call("GET", address, "a part of a file", _plain({"Range": asked}))
        piece = self.exchange.ask(call, lambda answer, end: _piece(answer, length, end))
        if piece is None:
            self._without_pieces.add(origin)
        else:
            last = piece.start + len(piece.body) - 1
            place = f"bytes {piece.start}-{last}/{piece.total_bytes}"
            self._keep(key, Kept(piece.body, self._now, content_type=place))
        return piece

    def _ask(self, key: str, address: str, kind: Kind, kept: Kept | None) -> Document | None:
        headers = {
            "Accept": kind.accept,
            "Accept-Encoding": "identity" if kind.is_packed else "gzip",
        }
        for name, header in _VALIDATORS:
            if kept is not None and (value := getattr(kept, name)):
                headers[header] = value
        call = Call("GET", address, kind.what, headers)
        answer = self.exchange.ask(call, lambda answer, end: _answer(answer, kind, end))
        if answer is None:
            self._keep(key, Kept(b"", self._now, is_absent=True))
            return None
        if answer.is_unchanged:
            if kept is None:
                raise not_understood(_host(address), kind.what, "nothing changed, it says at first")
            if self._cache:
                self._cache.renew(key, self._now)
            return _document(kept)
        found = Kept(
            answer.body, self._now, answer.type, answer.address, answer.etag, answer.modified
        )
        self._keep(key, found)
        return _document(found)

    def _ask_size(self, address: str) -> int | None:
        head = Call("HEAD", address, "the size of a file", _plain())
        size = self.exchange.ask(head, lambda answer, _: _length(answer))
        if size is not None:
            return size
        first = Call("GET", address, "the size of a file", _plain({"Range": "bytes=0-0"}))
        return self.exchange.ask(first, lambda answer, _: _length(answer))

    def _is_fresh(self, kept: Kept) -> bool:
        age = self._now - kept.read_at
        return 0 <= age < self.options.fresh_seconds

    def _keep(self, key: str, kept: Kept) -> None:
        if self._cache:
            self._cache.put(key, kept)

    def _check_online(self, address: str, what: str) -> str:
        host = _host(address)
        if self.options.is_offline:
            raise not_kept(host, what)
        return host

    def _note(self, sentence: str) -> None:
        _LOG.warning("kept answers of an index are used", extra={"reason": sentence})
        with self._lock:
            self._notes.setdefault(sentence)


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes
    type: str
    address: str
    etag: str
    modified: str
    is_unchanged: bool


def _answer(response: httpx.Response, kind: Kind, deadline: float) -> _Answer | None:
    host = origin_of(response.url).name
    status = response.status_code
    if status in _ABSENT:
        return None
    is_unchanged = status == httpx.codes.NOT_MODIFIED
    if status != httpx.codes.OK and not is_unchanged:
        raise from_status(status, host, kind.what)
    try:
        body = (
            b""
            if is_unchanged
            else read_body(response, kind.cap_bytes, deadline=deadline, is_packed=kind.is_packed)
        )
    except OverCapError:
        raise too_long(host, kind.what, kind.cap_bytes) from None
    except EncodingError:
        raise not_understood(host, kind.what, "it is packed in an unknown way") from None
    return _Answer(
        body,
        response.headers.get("content-type", ""),
        str(response.url.copy_with(query=None, fragment=None)),
        _validator(response.headers.get("etag", "")),
        _validator(response.headers.get("last-modified", "")),
        is_unchanged,
    )


def _validator(text: str) -> str:
    """What is sent back as it came; nothing that does not fit into a header."""
    return text if text.isascii() and text.isprintable() and len(text) <= _VALIDATOR_LONGEST else ""


def _length(response: httpx.Response) -> int | None:
    """What an answer says of a file's length, none of which is read."""
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        place = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        return int(place[3]) if place else None
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    length = response.headers.get("content-length", "").strip()
    is_known = response.status_code == httpx.codes.OK and encoding == "identity"
    return int(length) if is_known and re.fullmatch(r"[0-9]{1,15}", length) else None


def _piece(response: httpx.Response, length: int, deadline: float) -> Piece | None:
    place = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if response.status_code != httpx.codes.PARTIAL_CONTENT or place is None:
        return None
    start, last, total = (int(number) for number in place.groups())
    try:
        body = read_body(response, length, deadline=deadline)
    except (OverCapError, EncodingError):
        return None
    fits = len(body) == last - start + 1 and last < total
    return Piece(start, body, total) if fits else None


def _plain(more: dict[str, str] | None = None) -> dict[str, str]:
    return {"Accept": "*/*", "Accept-Encoding": "identity", **(more or {})}


def _document(kept: Kept) -> Document:
    return Document(kept.body, kept.content_type, kept.address)


def _host(address: str) -> str:
    return origin_of(parse_address(address)).name


def _clean(address: str) -> str:
    """The address as the cache knows it. Raises IndexFailureError for none of the web."""
    try:
        return str(without_login(parse_address(address)).copy_with(fragment=None))
    except ValueError as error:
        raise IndexFailureError(
            f"an index names a file by something that is no address: {error}",
            next_step="check that the address is an index of that kind",
        ) from None
