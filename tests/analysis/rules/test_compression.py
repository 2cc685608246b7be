from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_facts import BuildStep, ImageFacts, LayerFacts
from auditor.analysis.rules.compression import LEAST_SMALL_LAYERS, RULES
from auditor.domain.digest import Digest
from auditor.domain.findings import Claim, Finding
from auditor.domain.views import BaseView

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
TAR = "application/vnd.oci.image.layer.v1.tar"
DOCKER_TAR = "application/vnd.docker.image.rootfs.diff.tar"
MB = 1_000_000


def image(*layers: tuple[str, int], base_layers: int = 0) -> ImageFacts:
    made = tuple(
        LayerFacts(Digest.of(str(at).encode()), size, media_type)
        for at, (media_type, size) in enumerate(layers)
    )
    base = BaseView(("base:1",), None, "layer_chain", "high", base_layers, 0)
    return ImageFacts(Digest.of(b"image"), made, (), base=base if base_layers else None)


def found_in(facts: ImageFacts) -> dict[str, Finding]:
    found = [finding for rule in RULES for finding in rule.find(facts)]
    assert len({finding.rule for finding in found}) == len(found)
    return {finding.rule: finding for finding in found}


@pytest.mark.parametrize("media_type", [GZIP, DOCKER_GZIP])
def test_zstd_would_save_a_twelfth_of_gzip(media_type: str) -> None:
    finding = found_in(image((media_type, 100 * MB), (media_type, 10 * MB)))["gzip-layers"]
    assert finding.claims == (Claim(0, 8_500_000), Claim(1, 850_000))
    assert (finding.low_bytes, finding.high_bytes) == (1_100_000, 26_400_000)
    assert "2 layers of its own, 110 MB" in finding.what


def test_buildah_s_gzip_is_bigger_so_more_is_saved() -> None:
    facts = replace(image((GZIP, 100 * MB)), labels={"io.buildah.version": "1.28"})
    finding = found_in(facts)["gzip-layers"]
    assert finding.pull_saving_bytes == 13_700_000
    assert "1 layer of its own" in finding.what


def test_layers_of_the_base_and_tiny_ones_are_left_alone() -> None:
    facts = image((GZIP, 100 * MB), (GZIP, 10 * MB), (GZIP, 99_999), base_layers=1)
    assert found_in(facts)["gzip-layers"].claims == (Claim(1, 850_000),)
    assert found_in(facts)["gzip-layers"].first_layer == 1
    assert found_in(image((GZIP, 100 * MB), base_layers=1)) == {}


@pytest.mark.parametrize("media_type", [ZSTD, "application/vnd.example.model", ""])
def test_zstd_and_what_is_not_known_are_no_findings(media_type: str) -> None:
    assert found_in(image((media_type, 100 * MB))) == {}


@pytest.mark.parametrize("media_type", [TAR, DOCKER_TAR])
def test_plain_tar_is_told(media_type: str) -> None:
    finding = found_in(image((GZIP, 1), (media_type, 100 * MB)))["uncompressed-layers"]
    assert finding.claims == (Claim(1, 58_600_000),)
    assert (finding.low_bytes, finding.high_bytes) == (11_000_000, 72_000_000)


def test_foreign_layers_are_not_stored_here() -> None:
    facts = image((TAR, 100 * MB))
    assert found_in(replace(facts, layers=(replace(facts.layers[0], is_foreign=True),))) == {}


def fragmented(count: int, instruction: str = "RUN") -> ImageFacts:
    facts = image(*[(ZSTD, 20_000)] * count, (ZSTD, 100_000))
    steps = tuple(
        BuildStep(instruction, "a step", layer=at, size_bytes=20_000) for at in range(count + 1)
    )
    return replace(facts, steps=(BuildStep("ENV", "ENV A=b"), *steps))


def test_very_many_small_layers_are_told_with_what_a_pull_asks_for() -> None:
    finding = found_in(fragmented(LEAST_SMALL_LAYERS + 2))["over-fragmented-layers"]
    assert "42 layers below 100 kB hold 840 kB in all" in finding.what
    assert "14 round trips" in finding.what
    assert finding.pull_saving_bytes == 41 * 32


def test_a_few_small_layers_are_nothing() -> None:
    assert found_in(fragmented(LEAST_SMALL_LAYERS - 1)) == {}


def test_one_layer_per_package_is_no_fault() -> None:
    assert found_in(fragmented(60, instruction="")) == {}
    assert found_in(replace(fragmented(60), steps=())) == {}


LAYERS = st.lists(
    st.tuples(st.sampled_from([GZIP, DOCKER_GZIP, TAR, ZSTD, "x"]), st.integers(0, 10**10)),
    max_size=60,
)


@given(LAYERS, st.integers(0, 5), st.booleans())
def test_no_claim_is_more_than_its_layer_nor_of_the_base(
    layers: list[tuple[str, int]], base_layers: int, is_buildah: bool
) -> None:
    facts = image(*layers, base_layers=min(base_layers, len(layers)))
    steps = tuple(BuildStep("RUN", "step", layer=at) for at in range(len(layers)))
    labels = {"io.buildah.version": "1"} if is_buildah else {}
    for finding in found_in(replace(facts, steps=steps, labels=labels)).values():
        assert finding.claims
        for claim in finding.claims:
            assert claim.layer >= facts.base_layers
            assert 0 < claim.size_bytes <= facts.layers[claim.layer].size_bytes
        low, high = finding.low_bytes, finding.high_bytes
        assert low is None or high is None or low <= finding.pull_saving_bytes <= high
