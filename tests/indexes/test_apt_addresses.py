from __future__ import annotations

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.apt_addresses import Source, find_apt
from auditor.indexes.origins import basic
from tests.fakes.index_machine import Machine

OURS = "http://m.example/debian"
SECURITY = "http://m.example/debian-security"


@pytest.fixture
def bookworm(machine: Machine) -> Machine:
    machine.write("etc/os-release", 'ID=debian\nVERSION_CODENAME="bookworm"\n')
    return machine


def test_a_line_and_a_stanza_with_the_release_that_is_wanted(bookworm: Machine) -> None:
    bookworm.write(
        "etc/apt/sources.list",
        f"# a comment\ndeb [arch=amd64 signed-by=/x] {OURS}/ bookworm main contrib # more\n"
        f"deb-src {OURS} bookworm main\ndeb {OURS} bookworm-updates main\n"
        "deb http://other.example/x nodistro main\ndeb http://other.example/y ./\n",
    )
    bookworm.write(
        "etc/apt/sources.list.d/s.sources",
        f"Types: deb deb-src\nURIs: {SECURITY}\nSuites: bookworm-security\n"
        "Components: main\n contrib\nSigned-By:\n -----BEGIN\n .\n -----END\n# a comment\n\n"
        f"Types: deb\nEnabled: no\nURIs: {OURS}\nSuites: bookworm-backports\nComponents: main\n\n"
        f"Types: deb-src\nURIs: {OURS}\nSuites: bookworm-proposed\nComponents: main\n",
    )
    found = find_apt((), "trixie", bookworm.around)
    assert found.sources == (
        Source(OURS, "trixie", ("main", "contrib")),
        Source(OURS, "trixie-updates", ("main",)),
        Source(SECURITY, "trixie-security", ("main", "contrib")),
    )
    assert found.addresses.source == "apt's sources"


def test_suites_by_alias_and_of_old_security_are_of_the_release_too(bookworm: Machine) -> None:
    bookworm.write(
        "etc/apt/sources.list.d/x.list",
        f"deb {OURS} stable main\ndeb {SECURITY} bookworm/updates main\n",
    )
    found = find_apt((), "buster", bookworm.around)
    assert [one.suite for one in found.sources] == ["buster", "buster/updates"]


@pytest.mark.parametrize(
    "lines, expected",
    [
        (
            [OURS, f"{SECURITY}/"],
            [
                Source(OURS, "sid", ("main",)),
                Source(OURS, "sid-updates", ("main",)),
                Source(SECURITY, "sid-security", ("main",)),
            ],
        ),
        ([f"{OURS} {{release}}-x main extra"], [Source(OURS, "sid-x", ("main", "extra"))]),
        ([f"{OURS} fixed"], [Source(OURS, "fixed", ("main",))]),
    ],
)
def test_settings_name_mirrors_or_suites(
    machine: Machine, lines: list[str], expected: list[Source]
) -> None:
    assert list(find_apt(lines, "sid", machine.around).sources) == expected


@pytest.mark.parametrize("line", ["", "file:///x", f"{OURS} ../.. main", f"{OURS} a main/../../x"])
def test_without_a_source_the_setting_is_named(machine: Machine, line: str) -> None:
    with pytest.raises(IndexFailureError, match="no index of Debian packages") as raised:
        find_apt([line] if line else [], "sid", machine.around)
    assert "estimate.indexes.debian" in raised.value.next_step


@pytest.mark.parametrize("release", ["", "Bookworm", "../x", "12", "a" * 60, "x/y", "x y"])
def test_a_release_is_a_name(machine: Machine, release: str) -> None:
    with pytest.raises(IndexFailureError, match="not a release of Debian"):
        find_apt([OURS], release, machine.around)


def test_logins_come_from_apts_own_files(machine: Machine) -> None:
    machine.write("etc/apt/auth.conf.d/ours.conf", "machine m.example login ann password one\n")
    machine.write("etc/apt/auth.conf", "machine m.example login bob password two\n")
    found = find_apt([OURS], "sid", machine.around)
    assert [one.header for one in found.addresses.logins] == [basic("ann", "one")]
