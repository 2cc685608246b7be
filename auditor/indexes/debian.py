"""Debian's Packages files: what a release has, and what each package needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import Alternatives, Relation, SystemPackage
from auditor.indexes.apt_addresses import SETTING, Source
from auditor.indexes.failures import not_understood
from auditor.indexes.fetching import MIB, Document, IndexClient, Kind
from auditor.indexes.options import AT_ONCE
from auditor.indexes.origins import origin_of, parse_address
from auditor.indexes.stanzas import Form, Stanzas, SystemPackages, size_in
from auditor.indexes.unpacking import UnusableError, unpacked

_KIB = 1024
_PACKED = Kind("the list of packages", 96 * MIB, is_packed=True)
_UNPACKED_CAP_BYTES = 384 * MIB
_ENDINGS = (".xz", ".gz", "")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]{0,200}")
_VERSION = re.compile(r"[A-Za-z0-9.+:~-]{1,200}")
_RELATION = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9+.-]*)(?::[a-z0-9-]+)?\s*"
    r"(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([A-Za-z0-9.+:~-]+)\s*\))?\s*(?:\[[^\]]*\])?\s*"
)
_PROVIDED = re.compile(r"(?:^|,)\s*([A-Za-z0-9][A-Za-z0-9+.-]*)")
_OLD_SIGNS = {"<": "<=", ">": ">="}
"""Deprecated, and not what they look like. Source: deb-control(5)."""


def read_debian(
    sources: Sequence[Source], architecture: str, client: IndexClient
) -> SystemPackages:
    """The packages of these suites for "amd64" and the like; raises IndexFailureError.

    A suite or component that an archive does not have is left out, but not all of them.
    """
    places = [
        f"{source.address}/dists/{source.suite}/{component}/binary-{architecture}/Packages"
        for source in sources
        for component in source.components
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [file for file in pool.map(lambda place: _read(place, client), places) if file]
    if not found:
        host = origin_of(parse_address(sources[0].address)).name
        raise IndexFailureError(
            f"{host} has no {sources[0].suite} for {architecture}",
            next_step=f"set {SETTING} to an archive that has it",
        )
    return SystemPackages(found)


def parse_stanza(stanza: str) -> SystemPackage | None:
    """The package of a stanza; None for one without a sound name, version or size.

    `Installed-Size` is an estimate in kibibytes; where there is none, a package unpacks to
    no less than it is packed. Source: Debian Policy 5.3, 5.6 and 7.
    """
    fields = _fields(stanza)
    name, version = fields.get("package", ""), fields.get("version", "")
    archive = size_in(fields.get("size", ""))
    unpacked_size = size_in(fields.get("installed-size", ""), _KIB)
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version) or not archive:
        return None
    if "installed-size" in fields and unpacked_size is None:
        return None
    return SystemPackage(
        name=name,
        version=version,
        archive_bytes=archive,
        unpacked_bytes=archive if unpacked_size is None else unpacked_size,
        depends=(*_groups(fields, "pre-depends"), *_groups(fields, "depends")),
        recommends=tuple(_groups(fields, "recommends")),
        provides=tuple(one for group in _groups(fields, "provides") for one in group),
        conflicts=tuple(one for group in _groups(fields, "conflicts") for one in group),
        section=fields.get("section", ""),
        priority=fields.get("priority", ""),
        is_essential=fields.get("essential", "") == "yes",
    )


DEBIAN = Form(
    name=b"\nPackage: ",
    provides=b"\nProvides: ",
    provided=_PROVIDED.findall,
    required=(b"\nEssential: yes\n", b"\nPriority: required\n"),
    parse=parse_stanza,
)


def _read(place: str, client: IndexClient) -> Stanzas | None:
    document = _document(place, client)
    if document is None:
        return None
    try:
        return Stanzas(unpacked(document.body, _UNPACKED_CAP_BYTES), DEBIAN)
    except UnusableError as error:
        host = origin_of(parse_address(place)).name
        raise not_understood(host, _PACKED.what, str(error)) from None


def _document(place: str, client: IndexClient) -> Document | None:
    answers = (client.get(f"{place}{ending}", _PACKED) for ending in _ENDINGS)
    return next((answer for answer in answers if answer), None)


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            if name in fields:
                fields[name] += line
            continue
        key, colon, value = line.partition(":")
        name = key.lower()
        if colon:
            fields[name] = value.strip()
    return fields


def _groups(fields: dict[str, str], name: str) -> Iterator[Alternatives]:
    """The relations of a field; what is not understood is left out."""
    for group in fields.get(name, "").split(","):
        found = (_RELATION.fullmatch(part.strip()) for part in group.split("|"))
        relations = tuple(
            Relation(one[1], _OLD_SIGNS.get(one[2], one[2]) or "", one[3] or "")
            for one in found
            if one
        )
        if relations:
            yield relations
