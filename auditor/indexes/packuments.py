"""An npm registry's document about a package -> its versions, each taken apart when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec

from auditor.domain.package_facts import NpmPackage, NpmRelease
from auditor.indexes.origins import parse_address, without_login
from auditor.indexes.stanzas import MOST_BYTES
from auditor.indexes.unpacking import UnusableError

ACCEPT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
NAME = re.compile(r"(?:@[A-Za-z0-9~_-][\w.~-]{0,100}/)?[A-Za-z0-9~_-][\w.~'()!*-]{0,213}")
_MOST_VERSIONS = 50_000
_MOST_NEEDED = 5_000
_MOST_WORDS = 100
_LONGEST_VERSION = 256
_LONGEST_RANGE = 2048

_Raw = dict[str, msgspec.Raw]


class _Packument(msgspec.Struct, rename={"tags": "dist-tags"}):
    versions: msgspec.Raw = msgspec.Raw(b"{}")
    tags: msgspec.Raw = msgspec.Raw(b"{}")


class Releases(Mapping[str, NpmRelease]):
    """Versions of a package; one that makes no sense is a release that needs nothing.

    A package may have thousands of versions, of which an estimate looks at a few.
    """

    def __init__(self, name: str, raw: _Raw, registry: str) -> None:
        self._name = name
        self._raw = raw
        self._registry = registry
        self._made: dict[str, NpmRelease] = {}

    def __getitem__(self, version: str) -> NpmRelease:
        if version not in self._made:
            self._made[version] = _release(self._name, version, self._raw[version], self._registry)
        return self._made[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def decode_packument(body: bytes, name: str, registry: str) -> NpmPackage:
    """All versions of a package; raises UnusableError for what is no packument.

    Source: npm/registry docs/responses/package-metadata.md, both forms.
    """
    try:
        packument = msgspec.json.decode(body, type=_Packument)
        versions = msgspec.json.decode(packument.versions, type=_Raw)
        tags = msgspec.json.decode(packument.tags, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise UnusableError("it is not the JSON of an npm registry") from None
    known = {
        version: raw
        for version, raw in list(versions.items())[:_MOST_VERSIONS]
        if len(version) <= _LONGEST_VERSION and version.isprintable()
    }
    return NpmPackage(
        name,
        Releases(name, known, registry),
        {tag: version for tag, version in tags.items() if version in known},
    )


def _release(name: str, version: str, raw: msgspec.Raw, registry: str) -> NpmRelease:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        found = None
    fields: dict[str, Any] = found if isinstance(found, dict) else {}
    dist = fields.get("dist")
    dist = dist if isinstance(dist, dict) else {}
    bundled = _bundled(fields)
    optional = _ranges(fields.get("optionalDependencies"))
    dependencies = _ranges(fields.get("dependencies"))
    peers = _ranges(fields.get("peerDependencies"))
    waived = _waived(fields.get("peerDependenciesMeta"))
    return NpmRelease(
        name=name,
        version=version,
        address=_tarball(dist.get("tarball"), name, version, registry),
        dependencies=_without(dependencies, bundled | optional.keys()),
        optional=_without(optional, bundled),
        peers=_without(peers, waived),
        systems=_words(fields.get("os")),
        architectures=_words(fields.get("cpu")),
        libcs=_words(fields.get("libc")),
        unpacked_bytes=_size(dist.get("unpackedSize")),
        node=_node(fields.get("engines")),
        is_deprecated=bool(fields.get("deprecated")),
        optional_peers=_without(peers, peers.keys() - waived),
    )


def _bundled(fields: Mapping[str, Any]) -> frozenset[str]:
    """What comes inside the tarball; `true` stands for all dependencies."""
    value = fields.get("bundleDependencies", fields.get("bundledDependencies"))
    if value is True:
        return frozenset(_ranges(fields.get("dependencies")))
    return (
        frozenset(one for one in value if isinstance(one, str)) if _is_list(value) else frozenset()
    )


def _node(engines: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """The versions of Node that are meant; empty for any. Old packages write a list instead."""
    range_ = engines.get("node") if isinstance(engines, dict) else None
    return range_ if isinstance(range_, str) and len(range_) <= _LONGEST_RANGE else ""


def _waived(value: Any) -> frozenset[str]:  # noqa: ANN401 - whatever JSON holds
    """Peers that need not be there."""
    pairs = value.items() if isinstance(value, dict) else ()
    return frozenset(
        name for name, meta in pairs if isinstance(meta, dict) and meta.get("optional") is True
    )


def _ranges(value: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    """Names and the ranges of their versions; what is neither is left out."""
    pairs = list(value.items())[:_MOST_NEEDED] if isinstance(value, dict) else []
    return {
        name: wanted
        for name, wanted in pairs
        if isinstance(wanted, str) and len(wanted) <= _LONGEST_RANGE and NAME.fullmatch(name)
    }


def _without(ranges: Mapping[str, str], names: frozenset[str] | set[str]) -> dict[str, str]:
    return {name: wanted for name, wanted in ranges.items() if name not in names}


def _words(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    words = [value] if isinstance(value, str) else value if _is_list(value) else []
    return tuple(word for word in words[:_MOST_WORDS] if isinstance(word, str))


def _is_list(value: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(value, list)


def _size(value: Any) -> int | None:  # noqa: ANN401 - as above
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES
    return value if is_size else None


def _tarball(value: Any, name: str, version: str, registry: str) -> str:  # noqa: ANN401 - as above
    """Where the tarball is; where the registry names no place, where npm would look."""
    base = parse_address(registry)
    last = name.rpartition("/")[2]
    usual = f"{registry.rstrip('/')}/{name}/-/{last}-{version}.tgz"
    try:
        url = parse_address(str(base.join(value)) if isinstance(value, str) and value else usual)
    except (ValueError, httpx.InvalidURL):
        return ""
    return str(without_login(url).copy_with(fragment=None))
