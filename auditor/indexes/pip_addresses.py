"""Where pip would look: our settings, its variables, its files, and what it has built in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from configparser import Error, RawConfigParser
from pathlib import Path

from auditor.indexes.addresses import Gathering, IndexAddresses, unknown
from auditor.indexes.surroundings import Surroundings, read_text

SETTING = "estimate.indexes.pip"
_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_EXTRA_VARIABLES = ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
_SECTIONS = ("install", "global")
_BUILT_IN = re.compile(r"--index-url <url>.*?\(default:?\s+(https?://[^\s)]+)\)", re.DOTALL)
_COMMANDS = (("python3", "-m", "pip"), ("pip3",), ("pip",))


def find_pip(
    configured: str, configured_extra: Sequence[str], around: Surroundings
) -> IndexAddresses:
    """The index of pip, then its extra ones. Raises IndexFailureError naming the setting.

    Source: pip's "Configuration": environment over $VIRTUAL_ENV/pip.conf over the user's files
    over the machine's; PIP_CONFIG_FILE over all files. uv's variables come after pip's.
    """
    gathering = Gathering()
    files = _Files(around)
    source = ""
    for text, who in _indexes(configured, files, around):
        source = who
        if gathering.add(text, who):
            break
    else:
        source = source or _built_in(gathering, around)
    for text, who in _extras(configured, configured_extra, files, around):
        gathering.add(text, who)
    if not gathering.addresses:
        example = '"https://HOST/simple"'
        raise unknown("Python packages", SETTING, example, gathering.notes)
    gathering.from_netrc(around)
    return IndexAddresses(
        tuple(gathering.addresses),
        source,
        logins=tuple(gathering.logins),
        ca_files=tuple(path for path in [_certificates(files, around)] if path),
        notes=tuple(gathering.notes),
    )


def _indexes(configured: str, files: _Files, around: Surroundings) -> Iterator[tuple[str, str]]:
    """The index of the first that has a say; nobody after it is asked."""
    if configured:
        yield configured, SETTING
        return
    for name in _VARIABLES:
        if value := around.environment.get(name, "").strip():
            yield _unnamed(value), name
            return
    if found := files.value("index-url"):
        yield found


def _extras(
    configured: str, configured_extra: Sequence[str], files: _Files, around: Surroundings
) -> Iterator[tuple[str, str]]:
    """Who names the index in our settings, names all of them there."""
    if configured or configured_extra:
        yield from ((text, f"{SETTING}_extra") for text in configured_extra)
        return
    for name in _EXTRA_VARIABLES:
        if value := around.environment.get(name, "").strip():
            yield from ((_unnamed(text), name) for text in value.split())
            return
    if found := files.value("extra-index-url"):
        yield from ((text, found[1]) for text in found[0].split())


def _built_in(gathering: Gathering, around: Surroundings) -> str:
    for command in _COMMANDS:
        answer = around.ask((*command, "--isolated", "install", "--help"))
        if (found := _BUILT_IN.search(answer)) and gathering.add(found[1], "pip itself"):
            return "pip itself"
    return ""


def _certificates(files: _Files, around: Surroundings) -> str:
    found = files.value("cert")
    path = around.environment.get("PIP_CERT") or (found[0] if found else "")
    return path if path and Path(path).is_file() else ""


def _unnamed(text: str) -> str:
    """The address of uv's `name=address`."""
    name, equals, address = text.partition("=")
    return address if equals and re.fullmatch(r"[A-Za-z0-9._-]+", name) else text


class _Files:
    """pip's configuration files, the one that counts most first."""

    def __init__(self, around: Surroundings) -> None:
        self._parsed = [
            (str(path), parsed) for path in _paths(around) if (parsed := _parse(path)) is not None
        ]

    def value(self, key: str) -> tuple[str, str] | None:
        """The value of a key, and the file it is from."""
        for section in _SECTIONS:
            for source, parsed in self._parsed:
                for name in (key, key.replace("-", "_")):
                    if value := parsed.get(section, name, fallback="").strip():
                        return value, source
        return None


def _paths(around: Surroundings) -> Iterator[Path]:
    environment = around.environment
    named = environment.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    if named:
        yield Path(named)
    if environment.get("VIRTUAL_ENV"):
        yield Path(environment["VIRTUAL_ENV"]) / "pip.conf"
    own = environment.get("XDG_CONFIG_HOME")
    yield (Path(own) if own else around.home / ".config") / "pip" / "pip.conf"
    yield around.home / ".pip" / "pip.conf"
    yield around.system_file("etc/pip.conf")
    yield around.system_file("etc/xdg/pip/pip.conf")


def _parse(path: Path) -> RawConfigParser | None:
    text = read_text(path)
    if text is None:
        return None
    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return None
    return parser
