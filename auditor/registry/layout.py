"""An OCI image layout on disk, read through the same questions as a registry."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    BodyTooLargeError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
)
from auditor.domain.fetched import FetchedManifest, NamePage, TagList, TrafficCount
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import RegistryCapabilities
from auditor.domain.reference import is_repository_name
from auditor.domain.text import clean_line, is_clean_line
from auditor.registry.decode import decode_entries, decode_manifest, may_be_manifest
from auditor.registry.decode_config import decode_config
from auditor.registry.json_body import check_depth, decode_json
from auditor.registry.options import ClientOptions
from auditor.registry.verify import check_digest

_REF_NAME = "org.opencontainers.image.ref.name"
_MOST_TAG_CHARACTERS = 512
_NO_NAME = "layout"
_DEFAULT_OPTIONS = ClientOptions()


class _Marker(msgspec.Struct):
    imageLayoutVersion: Any  # noqa: N815 - the specification's own name


_MARKER_DECODER = msgspec.json.Decoder(_Marker)


class LayoutFiles(Protocol):
    """The files of a layout, by their place in it."""

    def read(self, place: str, cap_bytes: int) -> bytes:
        """The whole file; NotFoundError where there is none, BodyTooLargeError over the cap."""

    def size(self, place: str) -> int | None:
        """The file's size in bytes, None if it is absent."""


class FolderFiles:
    """Those of a folder, reached without any link below it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def size(self, place: str) -> int | None:
        """The file's size in bytes, None if it is absent."""
        try:
            handle = self._open(place)
        except NotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            return os.fstat(file.fileno()).st_size

    def read(self, place: str, cap_bytes: int) -> bytes:
        """The whole file; NotFoundError where there is none, BodyTooLargeError over the cap."""
        with os.fdopen(self._open(place), "rb") as file:
            body = file.read(cap_bytes + 1)
        if len(body) > cap_bytes:
            raise BodyTooLargeError(
                f"{place} has more than {cap_bytes} bytes", next_step="reading stopped there"
            )
        return body

    def _open(self, place: str) -> int:
        """A descriptor of a regular file below the folder, reached without any link."""
        path = self._root / place
        try:
            if os.path.realpath(path.parent) != str(path.parent):
                raise ProtocolError(f"{place} is reached through a link, which is refused")
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _unopened(error, self._root, place) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ProtocolError(f"{place} is not a regular file")
        return handle


class LayoutSource:
    """One repository, named after the folder, whose tags are the names in index.json.

    `files` None: those of the folder; else `directory` is their archive's name. Every file is opened without following links below the folder, and every body checked
    against its digest. Source: image-spec image-layout.md.
    """

    def __init__(
        self,
        directory: Path,
        options: ClientOptions = _DEFAULT_OPTIONS,
        files: LayoutFiles | None = None,
    ) -> None:
        self._root = Path(os.path.realpath(directory))
        self._files = files or FolderFiles(self._root)
        self._options = options
        self._repository = repository_name(self._root.name)
        self._entries: tuple[Descriptor, ...] | None = None
        self._types: dict[Digest, str] = {}
        self._tagged: dict[str, Descriptor] = {}
        self._requests = 0
        self._bytes = 0

    def traffic(self) -> TrafficCount:
        """Files opened and bytes read so far."""
        return TrafficCount(self._requests, self._bytes)

    async def check(self) -> RegistryCapabilities:
        """What a layout can do, if it is one; NotARegistryError otherwise."""
        what = f"{self._root} is not an OCI image layout"
        step = "name a folder with the files oci-layout and index.json"
        try:
            body = self._read("oci-layout", self._options.token_cap_bytes)
            decode_json(body, _Marker, _MARKER_DECODER, "oci-layout")
            self._index()
        except (NotFoundError, ProtocolError) as error:
            raise NotARegistryError(f"{what}: {error.message}", next_step=step) from error
        return RegistryCapabilities(
            lists_untagged=True, counts_pulls=False, supports_referrers=False
        )

    async def list_repositories(self) -> AsyncIterator[NamePage]:
        """One page with one name."""
        yield NamePage((self._repository,))

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        """Every name in index.json, once each; of a full reference the part after the colon."""
        self._check_name(repository)
        tags = tuple(self._tags())
        is_cut = most is not None and len(tags) > most
        return TagList(tags[:most] if is_cut else tags, is_cut=is_cut)

    async def list_untagged(self, repository: str) -> tuple[Descriptor, ...]:
        """Entries of index.json that no tag points at: unnamed, or their name was given on."""
        self._check_name(repository)
        tagged = {entry.digest for entry in self._tags().values()}
        unnamed = {one.digest: one for one in self._index() if one.digest not in tagged}
        return tuple(unnamed.values())

    async def list_referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:  # noqa: ARG002
        """Nothing: in a layout they are entries of index.json themselves."""
        return ()

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        """The manifest a tag points at, unread if it is one of `known` and there."""
        self._check_name(repository)
        entry = self._tags().get(tag)
        if entry is None:
            raise NotFoundError(f"{self._root} has no tag {clean_line(tag)}")
        if entry.digest in known and self._size(entry.digest) is not None:
            return FetchedManifest(unchanged=entry.digest)
        return FetchedManifest(manifest=await self.get_manifest_by_digest(repository, entry.digest))

    async def find_manifest_by_tag(
        self,
        repository: str,
        tag: str,
        before: Digest | None,  # noqa: ARG002
    ) -> FetchedManifest | None:
        """The digest a tag points at; None if it is absent."""
        digest = await self.head_manifest(repository, tag)
        return None if digest is None else FetchedManifest(unchanged=digest)

    async def get_manifest_by_digest(self, repository: str, digest: Digest) -> Manifest:
        """The manifest with this digest, its bytes verified."""
        self._check_name(repository)
        body = self._blob(digest, self._options.manifest_cap_bytes, "the manifest")
        self._index()
        return decode_manifest(body, digest, self._types.get(digest, ""))

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        """The digest of a manifest by tag or digest; None if it is absent."""
        self._check_name(repository)
        if ":" in reference:
            digest = Digest.parse(reference)
        elif reference in self._tags():
            digest = self._tags()[reference].digest
        else:
            return None
        return None if self._size(digest) is None else digest

    async def get_config(self, repository: str, descriptor: Descriptor) -> ImageConfig:
        """The image config with this descriptor's digest, its bytes verified."""
        self._check_name(repository)
        body = self._blob(descriptor.digest, self._options.config_cap_bytes, "the image config")
        return decode_config(body, descriptor.digest)

    async def head_blob(self, repository: str, digest: Digest) -> int | None:
        """The size of a blob in bytes, None if it is absent."""
        self._check_name(repository)
        return self._size(digest)

    def _check_name(self, repository: str) -> None:
        if repository != self._repository:
            raise NotFoundError(
                f"{self._root} has no repository {clean_line(repository)}",
                next_step=f"the only one is {self._repository}",
            )

    def _index(self) -> tuple[Descriptor, ...]:
        if self._entries is None:
            body = self._read("index.json", self._options.listing_cap_bytes)
            check_depth(body, self._options.json_max_depth, "index.json")
            entries = decode_entries(body, "index.json")
            self._entries = tuple(one for one in entries if may_be_manifest(one))
            self._types = {one.digest: one.media_type for one in reversed(self._entries)}
            self._tagged = _tags_of(self._entries)
        return self._entries

    def _tags(self) -> dict[str, Descriptor]:
        self._index()
        return self._tagged

    def _blob(self, digest: Digest, cap_bytes: int, what: str) -> bytes:
        body = self._read(_place(digest), cap_bytes)
        check_digest(body, digest, what=f"blob {digest.text}")
        check_depth(body, self._options.json_max_depth, what)
        return body

    def _size(self, digest: Digest) -> int | None:
        self._requests += 1
        return self._files.size(_place(digest))

    def _read(self, place: str, cap_bytes: int) -> bytes:
        self._requests += 1
        body = self._files.read(place, cap_bytes)
        self._bytes += len(body)
        return body


def repository_name(folder: str) -> str:
    """The folder's name in the grammar of repository names: lower case, other signs as `-`."""
    words = re.findall(r"[a-z0-9]+(?:[._][a-z0-9]+)*", folder.lower())
    name = "-".join(words)[:128].rstrip("-._")
    return name if is_repository_name(name) else _NO_NAME


def tag_of(name: str) -> str:
    """The tag in a reference name: of a full reference the part after the last colon.

    Empty for what is no usable name.
    """
    tag = name.partition("@")[0].rpartition(":")[2]
    is_usable = 0 < len(tag) <= _MOST_TAG_CHARACTERS and "/" not in tag and is_clean_line(tag)
    return tag if is_usable else ""


def _tags_of(entries: Iterable[Descriptor]) -> dict[str, Descriptor]:
    """Tag to entry; of several entries with one name the last counts, as tools append."""
    named = ((tag_of(one.annotations.get(_REF_NAME, "")), one) for one in entries)
    return {tag: entry for tag, entry in named if tag}


def _place(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.encoded}"


def _unopened(error: OSError, root: Path, place: str) -> NotFoundError | ProtocolError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFoundError(f"{root} has no {place}")
    if error.errno == errno.ELOOP:
        return ProtocolError(f"{place} is a link, which is refused")
    return ProtocolError(f"{place} cannot be read: {error.strerror}")
