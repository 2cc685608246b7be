from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.crawler.plan import (
    MOST_LANES,
    OFFERED_DIGESTS,
    TAGS_PER_LANE,
    chosen_tags,
    config_to_read,
    digests_to_offer,
    split_into_lanes,
)
from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.manifest import ManifestKind
from tests.fakes.contents import Contents

DIGESTS = [Digest.of(str(number).encode()) for number in range(3 * OFFERED_DIGESTS)]
A, B, C, D, E = DIGESTS[:5]


def test_nothing_is_offered_where_nothing_is_known() -> None:
    assert digests_to_offer(None, [], []) == ()


def test_what_the_tag_pointed_at_is_offered_first_then_the_newest() -> None:
    assert digests_to_offer(A, [B, C], [D, E]) == (A, C, B, D, E)


def test_each_digest_is_offered_once() -> None:
    assert digests_to_offer(A, [A, B], [B, A, C]) == (A, B, C)


def test_no_more_is_offered_than_one_request_should_carry() -> None:
    fetched, known = DIGESTS[1 : OFFERED_DIGESTS + 20], DIGESTS[OFFERED_DIGESTS + 20 :]
    offered = digests_to_offer(A, fetched, known)
    assert len(offered) == OFFERED_DIGESTS
    assert offered[0] == A
    assert offered[1] == fetched[-1]


def test_what_was_known_fills_up_what_is_left() -> None:
    offered = digests_to_offer(None, DIGESTS[:2], DIGESTS[2:])
    assert offered == (B, A, *DIGESTS[2:OFFERED_DIGESTS])


@pytest.mark.parametrize(
    "tags, lanes",
    [
        (0, 0),
        (1, 1),
        (TAGS_PER_LANE, 1),
        (TAGS_PER_LANE + 1, 2),
        (TAGS_PER_LANE * MOST_LANES, MOST_LANES),
        (TAGS_PER_LANE * MOST_LANES * 10, MOST_LANES),
    ],
)
def test_a_repository_has_as_many_lanes_as_its_tags_are_worth(tags: int, lanes: int) -> None:
    assert len(split_into_lanes([f"v{number}" for number in range(tags)])) == lanes


@given(st.sets(st.text("abv.-0123456789", min_size=1, max_size=5), max_size=300))
def test_every_tag_is_read_in_one_lane_and_in_order(tags: set[str]) -> None:
    lanes = split_into_lanes(sorted(tags, reverse=True))
    assert [tag for lane in lanes for tag in lane] == sorted(tags)
    assert all(lanes)
    assert len(lanes) <= MOST_LANES


def test_aliases_of_one_version_are_neighbours() -> None:
    tags = [f"{major}{rest}" for major in range(10, 60) for rest in ("", ".4", ".4.2")]
    inside = sum(
        {f"{major}", f"{major}.4", f"{major}.4.2"} <= set(lane)
        for lane in split_into_lanes(tags)
        for major in range(10, 60)
    )
    assert inside >= 50 - len(split_into_lanes(tags))


@pytest.mark.parametrize("media_type", sorted(media_types.IMAGE_CONFIG_TYPES))
def test_the_config_of_an_image_is_read(media_type: str) -> None:
    contents = Contents()
    manifest = contents.manifests[contents.image("a")]
    assert manifest.config is not None
    config = replace(manifest.config, media_type=media_type)
    assert config_to_read(replace(manifest, config=config)) == config


def test_no_other_config_is_read() -> None:
    contents = Contents()
    image = contents.manifests[contents.image("a")]
    assert image.config is not None
    chart = replace(image.config, media_type="application/vnd.cncf.helm.config.v1+json")
    assert config_to_read(replace(image, config=chart)) is None
    assert config_to_read(replace(image, kind=ManifestKind.ARTIFACT)) is None
    assert config_to_read(contents.manifests[contents.index("i")]) is None
    assert config_to_read(contents.manifests[contents.artifact("s")]) is None


def test_a_manifest_of_schema_1_has_no_config_to_read() -> None:
    contents = Contents()
    image = contents.manifests[contents.image("a")]
    assert config_to_read(replace(image, config=None)) is None


@pytest.mark.parametrize(
    "globs, chosen",
    [
        ((), ("3.12", "3.12-slim", "3.13.1", "latest")),
        (("3.??",), ("3.12",)),
        (("3.*-slim", "latest"), ("3.12-slim", "latest")),
        (("3.1[23]*",), ("3.12", "3.12-slim", "3.13.1")),
        (("LATEST",), ()),
    ],
)
def test_tags_are_chosen_by_any_of_the_globs(
    globs: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    assert chosen_tags(("3.12", "3.12-slim", "3.13.1", "latest"), globs) == chosen
