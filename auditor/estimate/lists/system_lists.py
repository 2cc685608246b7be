"""Lists of Debian's and Alpine's packages: one a line, or what their own tools print."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import check_count, lines_of
from auditor.estimate.lists.names import system_wanted

_SELECTED = frozenset({"install", "hold"})
_OF_DPKG = ("Desired=", "| Status", "|/ Err", "||/ Name", "+++-")
_APT_LIST = "Listing..."


def read_debian_list(file: str, content: bytes) -> tuple[PackageList, ...]:
    """One package a line with a version after `=`, or what Debian's own tools print.

    That is `dpkg --get-selections`, `dpkg -l`, `apt-mark showmanual` and
    `apt list --installed`. Raises UsageError naming the line.
    """
    return (_read(file, content, Ecosystem.APT),)


def read_alpine_list(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Alpine's `/etc/apk/world`, or one package a line. Raises UsageError naming the line."""
    return (_read(file, content, Ecosystem.APK),)


def _read(file: str, content: bytes, ecosystem: Ecosystem) -> PackageList:
    wanted: dict[Wanted, None] = {}
    for number, line in lines_of(file, content):
        plain = line.partition("#")[0].strip()
        if not plain or plain.startswith((*_OF_DPKG, _APT_LIST)):
            continue
        for word in _words(plain, ecosystem):
            wanted[system_wanted(file, ecosystem, word, number)] = None
        check_count(file, len(wanted))
    return PackageList(ecosystem, file, tuple(wanted))


def _words(line: str, ecosystem: Ecosystem) -> Iterator[str]:
    parts = line.split()
    if ecosystem is Ecosystem.APK:
        yield from parts
    elif len(parts) > 2 and len(parts[0]) in (2, 3) and parts[0][1:2].isalpha():  # noqa: PLR2004 - dpkg's two or three letters
        if parts[0].startswith(("ii", "hi")):
            yield f"{parts[1].partition(':')[0]}={parts[2]}"
    elif len(parts) == 2 and parts[1] in {*_SELECTED, "deinstall", "purge"}:  # noqa: PLR2004 - name and state
        if parts[1] in _SELECTED:
            yield parts[0]
    elif "/" in parts[0] and len(parts) > 1:  # apt list: name/suite version architecture
        yield f"{parts[0].partition('/')[0]}={parts[1]}"
    else:
        yield from parts
