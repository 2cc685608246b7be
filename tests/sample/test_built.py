from __future__ import annotations

import gzip
import json
import re
from importlib.resources import files
from typing import Any

import pytest

from auditor.analysis.rules.book import BOOK
from auditor.sample import documents
from auditor.sample.built import BuiltImage, Measure, Role, load_built

FACTS = load_built()
BY_NAME = {image.name: image for image in FACTS.images}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    packed = files("auditor.sample").joinpath("data", "pairs.json.gz").read_bytes()
    return dict(json.loads(gzip.decompress(packed)))


def config_of(image: BuiltImage) -> dict[str, Any]:
    return dict(json.loads(image.config))


def test_there_are_more_than_forty_pairs_of_different_kinds() -> None:
    assert len(FACTS.pairs) > 40
    assert {pair.measure for pair in FACTS.pairs} == set(Measure)
    assert len({rule for pair in FACTS.pairs for rule in pair.shows}) > 20
    assert sum(image.role is Role.BASE for image in FACTS.images) == 11


def test_a_manifest_names_its_config_and_layers_as_they_are() -> None:
    for image in FACTS.images:
        manifest = json.loads(image.manifest)
        assert manifest["config"]["digest"] == image.config_digest
        assert manifest["config"]["size"] == len(image.config)
        diff_ids = config_of(image)["rootfs"]["diff_ids"]
        assert len(diff_ids) == len(image.layers) > 0


def test_every_image_says_that_it_was_built_for_the_demo() -> None:
    for image in FACTS.images:
        annotations = json.loads(image.manifest)["annotations"]
        assert annotations[documents.NOTE] == "built for the demo", image.name


def test_images_stand_on_the_bases_they_name() -> None:
    """By diff IDs everywhere; by digests too, unless the compression was asked for."""
    recompressed = set()
    for image in FACTS.images:
        if image.base is not None:
            base = BY_NAME[image.base]
            below = config_of(base)["rootfs"]["diff_ids"]
            assert config_of(image)["rootfs"]["diff_ids"][: len(below)] == below, image.name
            if image.layers[: len(base.layers)] != base.layers:
                recompressed.add(image.name)
    assert recompressed == {"infra/wiki:1.0", "infra/wiki-search:1.0-lean"}


def test_buildah_states_the_true_name_of_a_base_and_a_wrong_digest() -> None:
    """Why the annotation must be checked: with cached layers no digest in it is the base's."""
    prefix = "org.opencontainers.image.base"
    for image in FACTS.images:
        if image.base is not None:
            annotations = json.loads(image.manifest)["annotations"]
            assert annotations[f"{prefix}.name"] == f"registry.example.com/{image.base}"
            assert annotations[f"{prefix}.digest"] != BY_NAME[image.base].digest


def test_what_is_measured_is_what_was_recorded(record: dict[str, Any]) -> None:
    recorded = {pair["name"]: pair for pair in record["pairs"]}
    for pair in FACTS.pairs:
        assert recorded[pair.name]["saved_bytes"] == pair.saved_bytes
        assert recorded[pair.name]["measures"] == pair.measure
        releases = recorded[pair.name]["wasteful_release_bytes"]
        assert len(releases) == len(pair.wasteful) - 1
        assert (pair.saved_release_bytes is None) == (not releases)


def test_every_pair_saves_what_it_is_about() -> None:
    for pair in FACTS.pairs:
        if pair.measure is Measure.NOTHING:
            assert pair.measured_bytes == 0
            assert pair.wasteful[-1].layers == pair.lean[-1].layers
        else:
            assert pair.measured_bytes > 1_000_000, pair.name


def test_pairs_name_rules_that_exist() -> None:
    rules = {rule.info.identifier for rule in BOOK}
    assert {rule for pair in FACTS.pairs for rule in pair.shows} <= rules


def test_releases_are_in_order_of_time() -> None:
    for pair in FACTS.pairs:
        for side in (pair.wasteful, pair.lean):
            moments = [config_of(image)["created"] for image in side]
            assert moments == sorted(moments)


def test_no_address_of_a_package_index_and_no_folder_of_a_machine_is_recorded(
    record: dict[str, Any],
) -> None:
    text = json.dumps(record)
    hosts = set(re.findall(r"https?://([^/\s\"\\]+)", text))
    assert hosts == {"downloads.example.com:8480"}
    assert "127.0.0.1" not in text
    assert not re.search(r"[\s\"=:]/(?:home|tmp/[a-z]+/|build)\b", text)
    assert not re.search(r"\b(?:index-url|extra-index-url|find-links)\b", text)
