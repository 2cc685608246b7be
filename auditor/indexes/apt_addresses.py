"""Where apt would look, for the release that is wanted instead of the machine's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.domain.errors import IndexFailureError
from auditor.domain.text import clean_line
from auditor.indexes.addresses import Gathering, IndexAddresses, unknown
from auditor.indexes.surroundings import Surroundings, read_text

SETTING = "estimate.indexes.debian"
RELEASE_MARK = "{release}"
_EXAMPLE = '["https://HOST/debian", "https://HOST/debian-security"]'
_RELEASE = re.compile(r"[a-z][a-z0-9-]{1,40}")
_ALIASES = ("stable", "oldstable", "oldoldstable", "testing", "unstable", "sid")
_LINE = re.compile(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)\s*(?:#.*)?")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*(?:/[A-Za-z0-9.+_-]+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """One suite of an archive, with the components that are asked for."""

    address: str
    suite: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AptSources:
    """The suites of one release, in the order they are asked; `addresses` has the rest."""

    release: str
    sources: tuple[Source, ...]
    addresses: IndexAddresses


def find_apt(configured: Sequence[str], release: str, around: Surroundings) -> AptSources:
    """The archives of apt's sources with `release` ("bookworm") in place of the machine's own.

    A suite of somebody else's, one that does not carry the machine's release in its name, is
    left out: the image does not have it. Raises IndexFailureError naming the setting.
    Source: sources.list(5).
    """
    if not _RELEASE.fullmatch(release):
        raise IndexFailureError(
            f"not a release of Debian: {clean_line(release, 40)!r}",
            next_step="name it as sources.list does, such as bookworm",
        )
    gathering = Gathering()
    raw = list(_configured(configured, release) if configured else _of_apt(release, around))
    sources: dict[Source, None] = {}
    source_name = SETTING if configured else "apt's sources"
    for one in raw:
        address = gathering.add(one.address, source_name)
        if address and _is_sound(one):
            sources.setdefault(Source(address.rstrip("/"), one.suite, one.components))
    if not sources:
        raise unknown("Debian packages", SETTING, _EXAMPLE, gathering.notes)
    gathering.from_login_files(_login_files(around))
    gathering.from_netrc(around)
    found = IndexAddresses(
        tuple(gathering.addresses),
        source_name,
        logins=tuple(gathering.logins),
        notes=tuple(gathering.notes),
    )
    return AptSources(release, tuple(sources), found)


def _is_sound(source: Source) -> bool:
    parts = (source.suite, *source.components)
    return bool(source.components) and all(
        _PART.fullmatch(part) and ".." not in part.split("/") for part in parts
    )


def _configured(lines: Sequence[str], release: str) -> Iterator[Source]:
    """`ADDRESS`, or `ADDRESS SUITE COMPONENT...` with `{release}` where the name goes."""
    for line in lines:
        address, *rest = line.split() or [""]
        if rest:
            components = tuple(rest[1:]) or ("main",)
            yield Source(address, rest[0].replace(RELEASE_MARK, release), components)
        elif address.rstrip("/").endswith("security"):
            yield Source(address, f"{release}-security", ("main",))
        else:
            yield Source(address, release, ("main",))
            yield Source(address, f"{release}-updates", ("main",))


def _of_apt(release: str, around: Surroundings) -> Iterator[Source]:
    own = _own_releases(around)
    for source in _all_of_apt(around):
        name, *more = re.split(r"([-/])", source.suite, maxsplit=1)
        if name in own:
            yield Source(source.address, release + "".join(more), source.components)


def _own_releases(around: Surroundings) -> frozenset[str]:
    text = read_text(around.system_file("etc/os-release")) or ""
    found = re.search(r'^VERSION_CODENAME="?([a-z][a-z0-9-]*)"?\s*$', text, re.MULTILINE)
    return frozenset((*_ALIASES, *([found[1]] if found else [])))


def _all_of_apt(around: Surroundings) -> Iterator[Source]:
    folder = around.system_file("etc/apt")
    paths = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    for path in paths:
        for line in (read_text(path) or "").splitlines():
            if found := _LINE.fullmatch(line.strip()):
                yield Source(found[1], found[2], tuple(found[3].split()))
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        yield from _stanzas(read_text(path) or "")


def _stanzas(text: str) -> Iterator[Source]:
    """The sources of a file in deb822's form."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza)
        is_on = fields.get("enabled", "yes").lower() not in ("no", "false", "without", "off")
        if is_on and "deb" in fields.get("types", "").split():
            components = tuple(fields.get("components", "").split())
            for address in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield Source(address, suite, components)


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t"):
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
            continue
        key, _, value = line.partition(":")
        name = key.strip().lower()
        fields[name] = value.strip()
    return fields


def _login_files(around: Surroundings) -> list[Path]:
    folder = around.system_file("etc/apt")
    return [*sorted((folder / "auth.conf.d").glob("*.conf")), folder / "auth.conf"]
