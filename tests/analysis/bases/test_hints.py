from __future__ import annotations

import pytest

from auditor.analysis.base_image import Hint
from auditor.analysis.bases.hints import distribution_of, find_hints, is_root_step
from auditor.analysis.image_facts import BuildStep

DEBIAN = BuildStep("RUN", "RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'", layer=0)
CMD = BuildStep("CMD", 'CMD ["bash"]')


def run(layer: int) -> BuildStep:
    return BuildStep("RUN", "RUN make", layer=layer)


def test_a_command_below_later_layers_ends_a_base() -> None:
    steps = [
        DEBIAN,
        CMD,
        BuildStep("ENV", "ENV A=b"),
        run(1),
        BuildStep("", 'CMD ["node"]'),
        run(2),
        CMD,
    ]
    assert find_hints(steps, [48_000_000, 5, 7]) == (
        Hint(2, 48_000_005),
        Hint(1, 48_000_000, ("debian:bookworm",)),
    )


def test_a_small_root_of_debian_is_the_slim_one() -> None:
    assert find_hints([DEBIAN, run(1)], [28_000_000, 5]) == (
        Hint(1, 28_000_000, ("debian:bookworm-slim",)),
    )


def test_a_root_of_unknown_make_has_no_name() -> None:
    root = BuildStep("ADD", "ADD file:cafe in /", layer=0)
    assert find_hints([root, run(1)], [5, 5]) == (Hint(1, 5),)


def test_nothing_is_hinted_without_steps_or_layers() -> None:
    assert find_hints([], [5]) == ()
    assert find_hints([DEBIAN], []) == ()
    assert find_hints([run(0), run(1)], [5, 5]) == ()


@pytest.mark.parametrize(
    "text, system",
    [
        (DEBIAN.text, "debian:bookworm"),
        ("RUN # debian.sh stretch", "debian:stretch"),
        ("RUN # debian.sh out/", ""),
        ("ADD alpine-minirootfs-3.24.2-x86_64.tar.gz /", "alpine:3.24"),
        ("RUN umoci raw add-layer --image ...ubuntu:rockcraft-base --tag 26.04", "ubuntu:26.04"),
        ("RUN umoci raw add-layer", ""),
        ("ADD file:cafe in /", ""),
        ("RUN # debian.sh \x1b[2J", ""),
    ],
)
def test_the_root_step_tells_the_system(text: str, system: str) -> None:
    assert distribution_of([BuildStep("", text, layer=0)]) == system


def test_no_steps_tell_nothing() -> None:
    assert distribution_of([]) == ""


@pytest.mark.parametrize(
    "text, is_root",
    [
        ("ADD file:cafe in /", True),
        ("ADD alpine-minirootfs-3.24.2-x86_64.tar.gz /", True),
        ("ADD rootfs.tar.xz /", False),
        ("ADD file:cafe in /srv", False),
        ("ADD", False),
        ("COPY file:cafe in /", False),
        ("RUN umoci raw add-layer", True),
    ],
)
def test_what_makes_a_root(text: str, is_root: bool) -> None:
    assert is_root_step(BuildStep("", text, layer=0)) is is_root


def test_a_step_without_a_layer_is_no_root() -> None:
    assert not is_root_step(BuildStep("", "RUN # debian.sh stretch"))
