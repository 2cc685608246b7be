from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.bases.names import (
    BaseKind,
    Variant,
    best_name,
    kind_of,
    split_name,
    variant_of,
)


def variant(*names: str, distribution: str = "") -> Variant:
    found = variant_of(names, distribution)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "name, family, version, role, is_slim, distribution, release",
    [
        ("python:3.12-slim-bookworm", "python", (3, 12), "", True, "debian", "bookworm"),
        ("mirror.example/hub/python:3.12", "python", (3, 12), "", False, "", ""),
        ("openjdk:8u151-jre-alpine3.7", "openjdk", (8, 151), "jre", False, "alpine", "3.7"),
        ("openjdk:8", "openjdk", (8,), "jdk", False, "", ""),
        ("ibmjava:8-sfj", "ibmjava", (8,), "sfj", False, "", ""),
        ("php:7.1.13-fpm-jessie", "php", (7, 1, 13), "fpm", False, "debian", "jessie"),
        ("debian:9.3-slim", "debian", (9, 3), "", True, "debian", "stretch"),
        ("debian:jessie-20171210", "debian", (), "", False, "debian", "jessie"),
        ("debian:latest", "debian", (), "", False, "debian", ""),
        ("ubuntu:16.04", "ubuntu", (16, 4), "", False, "ubuntu", "xenial"),
        ("alpine:3.7", "alpine", (3, 7), "", False, "alpine", "3.7"),
        ("centos:7", "centos", (7,), "", False, "centos", "7"),
        ("golang:alpine", "golang", (), "", False, "alpine", ""),
        ("python:3.7.0a4", "python", (3, 7, 0), "", False, "", ""),
        ("mcr.example/dotnet/aspnet:9.0", "dotnet", (9, 0), "aspnet", False, "", ""),
        ("gcr.io/distroless/nodejs22-debian12", "node", (22,), "", True, "distroless", "bookworm"),
        ("gcr.io/distroless/python3-debian12", "python", (3, 11), "", True, "distroless", "bookworm"),
        ("gcr.io/distroless/java21-debian12", "openjdk", (21,), "jre", True, "distroless", "bookworm"),
    ],
)  # fmt: skip
def test_what_a_name_tells(
    name: str,
    family: str,
    version: tuple[int, ...],
    role: str,
    is_slim: bool,
    distribution: str,
    release: str,
) -> None:
    found = variant(name)
    assert (found.family, found.version, found.role) == (family, version, role)
    assert (found.is_slim, found.distribution, found.release) == (is_slim, distribution, release)


def test_all_names_of_an_image_tell_together() -> None:
    found = variant("python:3", "python:3.6.4", "python:3.6", "python:jessie", "python:latest")
    assert (found.version, found.distribution, found.release) == ((3, 6, 4), "debian", "jessie")
    assert (found.name, found.repository) == ("python:3.6", "python")


def test_layers_fill_in_what_names_leave_out() -> None:
    found = variant("python:3.12", distribution="debian:trixie")
    assert (found.distribution, found.release) == ("debian", "trixie")
    assert variant("golang:alpine", distribution="alpine:3.24").release == "3.24"
    assert variant("golang:alpine", distribution="debian:trixie").release == ""
    assert variant("python:3.6-jessie", distribution="debian:trixie").release == "jessie"


def test_a_known_family_goes_before_the_name_a_team_gave() -> None:
    assert variant("team/base:1", "debian:9", "node:8").family == "node"
    assert variant("team/base:1").family == "team/base"
    assert kind_of(["team/base:1"]) == BaseKind.OTHER
    assert kind_of([]) == BaseKind.OTHER
    assert kind_of(["x/distroless/static-debian12"]) == BaseKind.SYSTEM
    assert variant_of(["", ""]) is None


def test_words_that_say_nothing_here_must_agree() -> None:
    assert variant("python:3.6-onbuild").flavour == {"onbuild"}
    assert variant("node:8", "node:carbon").flavour == frozenset()
    assert variant("node:carbon").flavour == {"carbon"}


@pytest.mark.parametrize(
    "names, best",
    [
        (["python:3", "python:3.6", "python:3.6.4", "python:latest"], "python:3.6"),
        (["openjdk:8", "openjdk:8-jdk", "openjdk:8u151"], "openjdk:8"),
        (["debian:latest", "debian:stretch"], "debian:stretch"),
        (["host.example/python:3.6", "python:3.6-jessie"], "python:3.6-jessie"),
        (["base"], "base"),
        ([], ""),
    ],
)
def test_the_version_line_is_the_name_to_show(names: list[str], best: str) -> None:
    assert best_name(names) == best


def test_a_port_is_no_tag() -> None:
    assert split_name("host:5000/a/b:1@sha256:ab") == ("host:5000/a/b", "1")
    assert split_name("host:5000/a/b") == ("host:5000/a/b", "")


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_read_without_a_fault(names: list[str]) -> None:
    found = variant_of(names)
    assert found is None or found.name in names
