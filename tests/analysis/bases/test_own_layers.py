from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.bases.own_layers import APT_LISTS_BYTES, OwnLayers, own_layers
from auditor.analysis.image_facts import BuildStep

CLEAN = "&& rm -rf /var/lib/apt/lists/*"
BASE = BuildStep("RUN", "RUN # debian.sh", layer=0)


def of(text: str, size_bytes: int = 1000, *, env: tuple[str, ...] = ()) -> OwnLayers:
    steps = [BASE, BuildStep("ENV", "ENV", arguments=env), BuildStep("RUN", text, layer=1)]
    return own_layers(steps, [50, size_bytes], 1)


@pytest.mark.parametrize(
    "text",
    [
        f"RUN apt-get update && apt-get install -y --no-install-recommends git {CLEAN}",
        f"RUN DEBIAN_FRONTEND=noninteractive apt-get install -y git; {CLEAN}",
        "RUN apk add --no-cache git",
        "RUN yum install -y git && yum clean all",
        f"RUN apt-get install -y git wget && apt-get purge -y --auto-remove wget {CLEAN}",
    ],
)
def test_packages_that_stay(text: str) -> None:
    assert of(text) == OwnLayers(package_bytes=1000)


@pytest.mark.parametrize(
    "text",
    [
        f"RUN apt-get install -y gcc libssl-dev git {CLEAN}",
        f"RUN apt-get install -y $BUILD_DEPS {CLEAN}",
        f"RUN apt-get install -y ${{BUILD_DEPS}} {CLEAN}",
        f"RUN apt-get install -y 'make=4.2' {CLEAN}",
    ],
)
def test_layers_of_compilers(text: str) -> None:
    assert of(text, env=("BUILD_DEPS=g++ make", "X")) == OwnLayers(build_tool_bytes=1000)


@pytest.mark.parametrize(
    "text",
    [
        f"RUN apt-get install -y gcc && ./configure && make && make install {CLEAN}",
        f"RUN apt-get install -y wget && wget x && apt-get purge -y wget {CLEAN}",
        "RUN echo apt-get install git",
        "COPY dir:cafe in /srv",
        "RUN",
        "RUN ; ; apt-get",
    ],
)
def test_everything_else_is_other(text: str) -> None:
    assert of(text) == OwnLayers(other_bytes=1000)


def test_a_variable_is_filled_in_up_to_a_number_of_words() -> None:
    long = "A=" + "gcc " * 200 + "git"
    assert of(f"RUN apt-get install -y $A {CLEAN}", env=(long,)).build_tool_bytes == 1000
    tail = "A=" + " ".join(f"p{n}" for n in range(200)) + " gcc" * 900
    assert of(f"RUN apt-get install -y $A {CLEAN}", env=(tail,)).package_bytes == 1000


def test_lists_left_behind_are_told_apart() -> None:
    found = of("RUN apt-get update && apt-get install -y git", 40_000_000)
    assert found == OwnLayers(40_000_000 - APT_LISTS_BYTES, list_bytes=APT_LISTS_BYTES)
    assert found.size_bytes == 40_000_000
    assert of("RUN apt-get update", 1000) == OwnLayers(list_bytes=950, other_bytes=50)
    assert of("RUN apt-get update && apt-get install git && apt-get dist-clean").list_bytes == 0


def test_layers_of_the_base_and_without_a_step_are_not_read() -> None:
    assert own_layers([BASE], [50, 7], 1) == OwnLayers(other_bytes=7)
    assert own_layers([], [50, 7], 2) == OwnLayers()


words = st.sampled_from(
    ["RUN", "apt-get", "update", "install", "-y", "git", "gcc", "&&", ";", "purge", "make", "$X"]
)


@given(st.lists(st.lists(words).map(" ".join)), st.lists(st.integers(0, 10**9), min_size=8))
def test_the_parts_are_the_whole(texts: list[str], sizes: list[int]) -> None:
    steps = [BuildStep("RUN", text, layer=at) for at, text in enumerate(texts)]
    assert own_layers(steps, sizes, 2).size_bytes == sum(sizes[2:])
