from __future__ import annotations

from dataclasses import replace

from auditor.analysis.bases.slimmer import SLIMMER_BASE, find_slimmer_base
from auditor.analysis.bases.variants import VariantIndex
from auditor.analysis.image_facts import ImageFacts
from auditor.domain.bases import KnownBase
from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding
from tests.analysis.bases.making import MB, base, image_on, layer

ROOT = layer("debian", 48)
FULL = base("python:3.12", layers=[ROOT, layer("tools", 300), layer("full python", 50)])
SLIM = base("python:3.12-slim", layers=[layer("debian slim", 28), layer("python", 15)])
ALPINE = base("python:3.12-alpine", layers=[layer("alpine", 4), layer("musl python", 14)])
DISTROLESS = base("gcr.io/distroless/python3-debian12:1", megabytes=20, is_estimate=True)
COPY = ("COPY dir:cafe in /srv", 10)


def found(image: ImageFacts, *known: KnownBase) -> Finding | None:
    return find_slimmer_base(image, VariantIndex(known))


def finding(image: ImageFacts, *known: KnownBase) -> Finding:
    one = found(image, *known)
    assert one is not None
    return one


def test_the_slim_variant_is_recommended_and_the_others_are_told() -> None:
    one = finding(image_on(FULL, COPY), FULL, ALPINE, SLIM)
    assert one.rule == SLIMMER_BASE.identifier
    assert one.dockerfile == ("FROM python:3.12-slim",)
    assert one.key == "python:3.12"
    assert one.claims == (Claim(0, 48 * MB), Claim(1, 300 * MB), Claim(2, 50 * MB))
    assert (one.added_bytes, one.pull_saving_bytes) == (43 * MB, 355 * MB)
    assert one.low_bytes is not None
    assert one.high_bytes is not None
    assert one.low_bytes < 355 * MB < one.high_bytes
    assert (one.confidence, one.basis) == (Confidence.HIGH, Basis.FROM_CATALOGUE)
    assert (one.breadth, one.first_layer) == (Breadth.BASE, 0)
    assert "python:3.12-alpine (18.0 MB" in one.caveats[-1]
    assert any("64 real pairs" in text for text in one.caveats)


def test_what_both_bases_share_is_neither_claimed_nor_added() -> None:
    shared = base("python:3.12-slim", layers=[ROOT, layer("python", 15)])
    one = finding(image_on(FULL, COPY), shared)
    assert [claim.layer for claim in one.claims] == [1, 2]
    assert (one.added_bytes, one.first_layer) == (15 * MB, 1)


def test_layers_that_the_image_has_again_above_do_not_go() -> None:
    image = image_on(FULL, COPY)
    again = replace(image, layers=(*image.layers, image.layers[1]))
    assert [claim.layer for claim in finding(again, SLIM).claims] == [0, 2]


def test_a_layer_that_a_base_has_twice_is_claimed_once() -> None:
    twice = base("python:3.12", layers=[ROOT, layer("tools", 300), layer("tools", 300)])
    assert [claim.layer for claim in finding(image_on(twice), SLIM).claims] == [0, 1]


def test_alpine_alone_is_recommended_with_less_confidence() -> None:
    one = finding(image_on(FULL, COPY), ALPINE)
    assert (one.confidence, one.basis) == (Confidence.MEDIUM, Basis.MODELLED)
    assert "musl" in one.caveats[0]
    assert finding(image_on(SLIM, COPY), ALPINE).confidence == Confidence.LOW


def test_a_system_base_is_less_sure_than_a_runtime() -> None:
    debian = base("debian:12", layers=[ROOT])
    slim = base("debian:12-slim", layers=[layer("debian slim", 28)])
    assert finding(image_on(debian, COPY), slim).confidence == Confidence.MEDIUM


def test_distroless_and_sizes_without_layers_say_so() -> None:
    python = base("python:3.11", layers=FULL.layers)
    one = finding(image_on(python, COPY), DISTROLESS)
    assert one.confidence == Confidence.LOW
    assert one.basis == Basis.MODELLED
    assert one.added_bytes == 20 * MB
    assert any("no shell" in text for text in one.caveats)
    assert any("Only its size is known" in text for text in one.caveats)


def test_a_stand_in_names_what_was_measured() -> None:
    one = finding(image_on(base("python:3.10", layers=FULL.layers), COPY), SLIM)
    assert one.dockerfile == ("FROM python:3.10-slim",)
    assert one.confidence == Confidence.LOW
    assert one.evidence[1].digest is None
    assert any("the size is that of python:3.12-slim" in text for text in one.caveats)


def test_an_image_that_compiles_keeps_its_compiler() -> None:
    jdk = base("openjdk:8", layers=[ROOT, layer("jdk", 200)])
    jre = base("openjdk:8-jre", layers=[ROOT, layer("jre", 100)])
    one = finding(image_on(jdk, COPY), jre)
    assert [claim.layer for claim in one.claims] == [1]
    assert any("cannot compile" in text for text in one.caveats)
    assert found(image_on(jdk, ("RUN mvn package", 5)), jre) is None
    assert found(image_on(jdk, COPY, repository="team/maven-agent"), jre) is None


def test_nothing_is_found_without_a_verified_named_base_and_something_smaller() -> None:
    image = image_on(FULL, COPY)
    assert found(replace(image, base=None), SLIM) is None
    assert found(image_on(FULL, COPY, confidence="low"), SLIM) is None
    assert found(image_on(base("team/base:1", layers=FULL.layers), COPY), SLIM) is None
    assert found(image_on(base(layers=FULL.layers), COPY), SLIM) is None
    assert found(image, base("python:3.12-slim", layers=[layer("huge", 900)])) is None
    assert found(image) is None


def test_other_libraries_that_alpine_needs_are_added() -> None:
    debian = base("buildpack-deps:stretch", layers=[ROOT])
    alpine = base("buildpack-deps:alpine", layers=[layer("alpine", 4)])
    assert finding(image_on(debian, COPY), alpine).added_bytes == 5 * MB
