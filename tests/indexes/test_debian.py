"""Packages files: what is read of them, and what is not believed."""

from __future__ import annotations

import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import Relation, SystemPackage
from auditor.indexes.apt_addresses import Source
from auditor.indexes.debian import DEBIAN, parse_stanza, read_debian
from auditor.indexes.fetching import IndexClient
from auditor.indexes.stanzas import Stanzas, SystemPackages
from tests.fakes.index_server import IndexServer

GIT = """Package: git
Version: 1:2.39.5-0+deb12u3
Installed-Size: 44890
Depends: libc6 (>= 2.34), perl:any, git-man (>> 1:2.39.5), a | b (<< 2) [amd64],
 continued
Pre-Depends: dpkg (>= 1.0)
Recommends: less, ssh-client
Provides: git-completion, git-core (= 1:2)
Conflicts: old (< 3), newer (> 4)
Section: vcs
Priority: optional
Size: 7264380
"""
BASE = """Package: base-files
Essential: yes
Priority: required
Version: 12.4
Installed-Size: 341
Size: 70000
"""
TZDATA = BASE.replace("base-files", "tzdata").replace("Essential: yes\n", "")
OTHER_GIT = GIT.replace("deb12u3", "deb12u4").replace("7264380", "7264381")


def index_of(*files: str) -> SystemPackages:
    return SystemPackages(Stanzas(text.encode(), DEBIAN) for text in files)


def test_a_stanza_is_a_package() -> None:
    assert parse_stanza(GIT) == SystemPackage(
        name="git",
        version="1:2.39.5-0+deb12u3",
        archive_bytes=7_264_380,
        unpacked_bytes=44_890 * 1024,
        depends=(
            (Relation("dpkg", ">=", "1.0"),),
            (Relation("libc6", ">=", "2.34"),),
            (Relation("perl"),),
            (Relation("git-man", ">>", "1:2.39.5"),),
            (Relation("a"), Relation("b", "<<", "2")),
            (Relation("continued"),),
        ),
        recommends=((Relation("less"),), (Relation("ssh-client"),)),
        provides=(Relation("git-completion"), Relation("git-core", "=", "1:2")),
        conflicts=(Relation("old", "<=", "3"), Relation("newer", ">=", "4")),
        section="vcs",
        priority="optional",
    )
    base = parse_stanza(BASE)
    assert base
    assert base.is_essential


@pytest.mark.parametrize(
    "old, new",
    [
        ("Size: 7264380", "Size: "),
        ("\nSize: 7264380", ""),
        ("7264380", "-1"),
        ("7264380", "0"),
        ("7264380", "9" * 5000),
        ("7264380", str(2**40 + 1)),
        ("7264380", "٣٤"),
        ("44890", "9" * 15),
        ("44890", "many"),
        ("Package: git", "Package: ../../etc"),
        ("Package: git", "Package: g\x1b[31mit"),
        ("Version: 1:2.39.5-0+deb12u3", "Version: 1 2"),
        ("Version: 1:2.39.5-0+deb12u3\n", ""),
    ],
)
def test_a_hostile_stanza_is_skipped_and_its_neighbours_are_not(old: str, new: str) -> None:
    assert old in GIT
    index = index_of(f"{BASE}\n{GIT.replace(old, new)}\n{TZDATA}")
    assert index.named("git") == ()
    assert len(index.named("base-files")) == len(index.named("tzdata")) == 1


def test_without_an_installed_size_a_package_takes_no_less_than_it_is_packed() -> None:
    found = parse_stanza(GIT.replace("Installed-Size: 44890\n", ""))
    assert found
    assert found.unpacked_bytes == found.archive_bytes


def test_names_and_what_provides_them_are_found_in_all_files() -> None:
    index = index_of(f"{BASE}\n{GIT}\n{TZDATA}", OTHER_GIT, GIT)
    assert [one.version[-1] for one in index.named("git")] == ["3", "4"]
    assert [one.version[-1] for one in index.providing("git-core")] == ["3", "4"]
    assert index.providing("git") == index.named("git-core") == index.providing("it") == ()
    assert [one.name for one in index.required()] == ["base-files", "tzdata"]
    assert index.completed_by("git") == ()
    assert index.alike("gti") == ("git",)
    assert index.alike("tzdat") == ("tzdata",)
    assert index.alike("zzz") == index.alike("") == ()


def test_a_stanza_may_name_its_package_late_and_blank_lines_may_be_many() -> None:
    late = GIT.replace("Package: git\n", "") + "Package: git\n"
    index = index_of(f"\n\n{BASE}\n\n\n{late}\n{TZDATA}\n\n")
    (found,) = index.named("git")
    assert found.section == "vcs"
    assert index.providing("git-core") == (found,)
    assert [one.name for one in index.required()] == ["base-files", "tzdata"]


@pytest.mark.parametrize("text", ["", "\n", "no stanza", "Package:", "Package: \n\nPackage: x"])
def test_an_empty_or_odd_file_has_no_packages(text: str) -> None:
    index = index_of(text)
    assert index.named("") == index.named("x") == index.required() == ()


@given(st.lists(st.sampled_from([GIT, BASE, TZDATA, "Package: x\n", "\n", "é: \x85\n", " "])))
def test_every_sound_stanza_of_any_file_is_found(parts: list[str]) -> None:
    index = index_of("\n".join(parts))
    for name, stanza in (("git", GIT), ("base-files", BASE), ("tzdata", TZDATA)):
        # " " and fields before a stanza join it; they do not hide it.
        assert bool(index.named(name)) == (stanza in parts)


def test_very_many_packages_are_refused() -> None:
    with pytest.raises(Exception, match="lists more than 500,000 packages"):
        index_of("Package: a\n\n" * 500_001)


ADDRESS = "/debian/dists/bookworm/main/binary-amd64/Packages"


def sources(server: IndexServer, *components: str, suite: str = "bookworm") -> list[Source]:
    return [Source(f"{server.url}/debian", suite, components or ("main",))]


def test_the_smallest_form_of_a_list_is_asked_for_first(
    server: IndexServer, client: IndexClient
) -> None:
    server.put(f"{ADDRESS}.xz", lzma.compress(GIT.encode()))
    server.put(f"{ADDRESS}.gz", gzip.compress(BASE.encode()))
    server.put(ADDRESS, TZDATA)
    found = read_debian(sources(server), "amd64", client)
    assert found.named("git")
    assert server.paths() == [f"{ADDRESS}.xz"]


@pytest.mark.parametrize("encoding", [{}, {"Content-Encoding": "x-gzip"}])
def test_then_gzip_whatever_the_server_calls_it(
    server: IndexServer, client: IndexClient, encoding: dict[str, str]
) -> None:
    server.put(f"{ADDRESS}.gz", gzip.compress(BASE.encode()), headers=encoding)
    assert read_debian(sources(server), "amd64", client).named("base-files")


def test_components_and_suites_are_read_together_and_may_be_absent(
    server: IndexServer, client: IndexClient
) -> None:
    server.put(ADDRESS, GIT)
    server.put(ADDRESS.replace("main", "contrib"), BASE)
    server.put(ADDRESS.replace("bookworm", "bookworm-updates"), OTHER_GIT)
    both = [
        *sources(server, "main", "contrib", "absent"),
        *sources(server, suite="bookworm-updates"),
    ]
    found = read_debian(both, "amd64", client)
    assert len(found.named("git")) == 2
    assert found.named("base-files")


def test_a_release_that_is_nowhere_is_told(server: IndexServer, client: IndexClient) -> None:
    with pytest.raises(IndexFailureError, match="has no bookworm for arm64") as raised:
        read_debian(sources(server), "arm64", client)
    assert "estimate.indexes.debian" in raised.value.next_step


def test_a_broken_list_is_told(server: IndexServer, client: IndexClient) -> None:
    server.put(f"{ADDRESS}.xz", lzma.compress(GIT.encode())[:-9])
    with pytest.raises(IndexFailureError, match=r"list of packages .* is cut off"):
        read_debian(sources(server), "amd64", client)
