from __future__ import annotations

import pytest

from auditor.estimate.base_contents import BaseContents, contents_of


def test_a_full_image_has_what_buildpack_deps_installs_and_a_slim_one_has_not() -> None:
    full = contents_of("python", (3, 12), distribution="debian", release="trixie")
    slim = contents_of("python", (3, 12), is_slim=True, distribution="debian", release="trixie")
    assert {"gcc", "git", "curl", "tk-dev"} <= set(full.packages)
    assert slim.packages == ("ca-certificates", "netbase", "tzdata")
    assert contents_of("debian", (12,), distribution="debian", release="bookworm").packages == ()
    assert contents_of("python", (3, 12), distribution="alpine", release="3.24").packages == ()


@pytest.mark.parametrize(
    "role, has, has_not", [("curl", "wget", "git"), ("scm", "git", "gcc"), ("", "gcc", "tk-dev")]
)
def test_buildpack_deps_comes_in_three_sizes(role: str, has: str, has_not: str) -> None:
    found = contents_of("buildpack-deps", (), role=role, distribution="debian", release="trixie")
    assert has in found.packages
    assert has_not not in found.packages


@pytest.mark.parametrize(
    "family, version, distribution, release, expected",
    [
        ("python", (3, 9, 1), "debian", "bookworm", "3.9"),
        ("debian", (12,), "debian", "bookworm", "3.11"),
        ("node", (22,), "debian", "trixie", "3.13"),
        ("gcr.io/distroless/python3-debian12", (3, 11), "distroless", "", "3.11"),
        ("alpine", (3, 24), "alpine", "3.24", ""),
    ],
)
def test_the_version_of_python_is_that_of_the_image_or_of_its_distribution(
    family: str, version: tuple[int, ...], distribution: str, release: str, expected: str
) -> None:
    found = contents_of(family, version, distribution=distribution, release=release)
    assert found.python == expected


def test_since_python_3_12_only_pip_comes_with_it() -> None:
    assert contents_of("python", (3, 12)).python_packages == ("pip",)
    assert contents_of("python", (3, 11)).python_packages == ("pip", "setuptools", "wheel")
    assert contents_of("node", (22,)).python_packages == ()


def test_what_runs_in_a_base_follows_from_its_distribution() -> None:
    assert BaseContents("alpine").is_musl
    assert BaseContents("debian").has_shell
    assert not BaseContents("distroless").has_shell
    assert not BaseContents().has_shell
