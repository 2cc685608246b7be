"""Alpine's APKINDEX files: what a repository has, and what each package needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import Relation, SystemPackage
from auditor.indexes.apk_addresses import SETTING
from auditor.indexes.failures import not_understood
from auditor.indexes.fetching import MIB, IndexClient, Kind
from auditor.indexes.options import AT_ONCE
from auditor.indexes.origins import origin_of, parse_address
from auditor.indexes.stanzas import Form, Stanzas, SystemPackages, size_in
from auditor.indexes.unpacking import UnusableError, unpacked

_PACKED = Kind("the list of packages", 32 * MIB, is_packed=True)
_UNPACKED_CAP_BYTES = 192 * MIB
_BLOCK = 512
_MEMBER = b"APKINDEX"
_NAME = re.compile(r"[!-~]{1,200}")
_RELATION = re.compile(r"(!?)([^!<>=~@\s][^<>=~@\s]*)(?:@[^<>=~\s]+)?(?:([<>=~]{1,2})(\S+))?")
_SIGNS = {
    "<": "<<",
    ">": ">>",
    "=": "=",
    "<=": "<=",
    ">=": ">=",
    "~": "~",
    "=~": "~",
    "~=": "~",
    "<~": "~",
    ">~": "~",
    "~<": "~",
    "~>": "~",
}
"""A package's checksum ("><") says nothing about its version."""


def read_alpine(
    repositories: Sequence[str], architecture: str, client: IndexClient
) -> SystemPackages:
    """The packages of these repositories for "x86_64" and the like; raises IndexFailureError."""
    places = [f"{one.rstrip('/')}/{architecture}/APKINDEX.tar.gz" for one in repositories]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [file for file in pool.map(lambda place: _read(place, client), places) if file]
    if not found:
        host = origin_of(parse_address(repositories[0])).name
        raise IndexFailureError(
            f"{host} has no repository of that release for {architecture}",
            next_step=f"set {SETTING} to a mirror that has it",
        )
    return SystemPackages(found)


def parse_record(record: str) -> SystemPackage | None:
    """The package of a record; None for one without a sound name, version or size.

    Source: apk-tools, "Apk spec": P name, V version, S size of the file, I installed size, both
    in bytes, D dependencies, p provides, i what brings it by itself, k its priority. An `i` that
    also refuses a package is not followed.
    """
    fields = dict(line.split(":", 1) for line in record.split("\n") if line[1:2] == ":")
    name, version = fields.get("P", ""), fields.get("V", "")
    archive, installed = size_in(fields.get("S", "")), size_in(fields.get("I", ""))
    is_sound = _NAME.fullmatch(name) and _NAME.fullmatch(version)
    if not is_sound or archive is None or installed is None:
        return None
    needed = list(_relations(fields.get("D", "")))
    brings = list(_relations(fields.get("i", "")))
    return SystemPackage(
        name=name,
        version=version,
        archive_bytes=archive,
        unpacked_bytes=installed,
        depends=tuple((one,) for refuses, one in needed if not refuses),
        provides=tuple(one for _, one in _relations(fields.get("p", ""))),
        conflicts=tuple(one for refuses, one in needed if refuses),
        install_if=() if any(refuses for refuses, _ in brings) else tuple(one for _, one in brings),
        provider_priority=size_in(fields.get("k", "")) or 0,
    )


def _provided(value: str) -> Iterator[str]:
    return (one.name for _, one in _relations(value))


ALPINE = Form(
    name=b"\nP:",
    provides=b"\np:",
    provided=_provided,
    required=(),
    parse=parse_record,
    completes=b"\ni:",
)


def _read(place: str, client: IndexClient) -> Stanzas | None:
    document = client.get(place, _PACKED)
    if document is None:
        return None
    host = origin_of(parse_address(place)).name
    try:
        archive = unpacked(document.body, _UNPACKED_CAP_BYTES)
        return Stanzas(_member(archive), ALPINE)
    except UnusableError as error:
        raise not_understood(host, _PACKED.what, str(error)) from None


def _member(archive: bytes) -> bytes:
    """The file APKINDEX of a tar archive, in place; other members are only stepped over.

    The signature before it is an archive of its own without an end. Raises UnusableError.
    Source: POSIX ustar.
    """
    at = 0
    while at + _BLOCK <= len(archive):
        header = archive[at : at + _BLOCK]
        if not header.strip(b"\0"):
            at += _BLOCK
            continue
        size = _octal(header[124:136])
        if size is None:
            break
        start = at + _BLOCK
        if header[:100].rstrip(b"\0") == _MEMBER:
            return archive[start : start + size]
        at = start + -(-size // _BLOCK) * _BLOCK
    raise UnusableError("there is no APKINDEX in it")


def _octal(field: bytes) -> int | None:
    text = field.strip(b" \0")
    return int(text, 8) if re.fullmatch(rb"[0-7]{1,11}", text) else None


def _relations(value: str) -> Iterator[tuple[bool, Relation]]:
    """Each relation of a field, and whether it refuses ("!name"); others are left out."""
    for word in value.split():
        if found := _RELATION.fullmatch(word):
            sign = _SIGNS.get(found[3] or "", "")
            yield bool(found[1]), Relation(found[2], sign, found[4] if sign else "")
