"""Where apk would look, for the release that is wanted instead of the machine's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.domain.errors import IndexFailureError
from auditor.domain.text import clean_line
from auditor.indexes.addresses import Gathering, IndexAddresses, unknown
from auditor.indexes.surroundings import Surroundings, read_text

SETTING = "estimate.indexes.alpine"
_RELEASE = re.compile(r"v\d{1,3}\.\d{1,3}|edge")
_IN_PATH = re.compile(r"/(?:v\d{1,3}\.\d{1,3}|edge|latest-stable)(?=/|$)")
_USUAL = ("main", "community")


def find_apk(configured: Sequence[str], release: str, around: Surroundings) -> IndexAddresses:
    """The repositories of /etc/apk/repositories with `release` ("v3.20", "edge") in their path.

    A setting may name a mirror alone, which stands for main and community below the release.
    Raises IndexFailureError naming the setting. Source: apk-repositories(5).
    """
    if re.fullmatch(r"\d+\.\d+", release):
        release = f"v{release}"
    if not _RELEASE.fullmatch(release):
        raise IndexFailureError(
            f"not a release of Alpine: {clean_line(release, 40)!r}",
            next_step="write it as v3.20 or edge",
        )
    gathering = Gathering()
    source = SETTING if configured else "/etc/apk/repositories"
    raw = configured or list(_of_apk(around))
    for line in raw:
        for address in _placed(line, release):
            gathering.add(address, source)
    if not gathering.addresses:
        raise unknown("Alpine packages", SETTING, '["https://HOST/alpine"]', gathering.notes)
    gathering.from_netrc(around)
    return IndexAddresses(
        tuple(gathering.addresses),
        source,
        logins=tuple(gathering.logins),
        notes=tuple(gathering.notes),
    )


def _placed(address: str, release: str) -> Iterator[str]:
    plain = address.strip().rstrip("/")
    if _IN_PATH.search(plain):
        yield _IN_PATH.sub(f"/{release}", plain)
    else:
        yield from (f"{plain}/{release}/{name}" for name in _USUAL)


def _of_apk(around: Surroundings) -> Iterator[str]:
    """Lines of the file; local folders, tagged repositories and comments are passed by."""
    for line in (read_text(around.system_file("etc/apk/repositories")) or "").splitlines():
        if line.strip().startswith(("http://", "https://")):
            yield line.split()[0]
