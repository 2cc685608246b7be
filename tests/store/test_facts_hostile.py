"""Contents nobody sane would push: they are kept, or refused alike and without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import StoreError
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.platform import Platform
from auditor.registry.decode import MOST_SIZE_BYTES, decode_manifest
from auditor.registry.decode_config import decode_config
from auditor.store.facts import save_facts
from auditor.store.image_reads import StoredImage, find_by_tag, load_image
from auditor.store.manifest_reads import load_manifests, missing_configs
from auditor.store.tables.facts import BlobRow, ManifestRow
from tests.store.bench import NAME, Bench
from tests.store.pieces import MOST_PARAMETERS
from tests.store.things import config, image, index, layer, named, seen

NASTY = "NUL \x00, half a \ud83d pair, \x1b[2J, \u202e, 'quoted\" and \\ back; DROP TABLE blob --"


def save(bench: Bench, *manifests: Manifest, configs: tuple[ImageConfig, ...] = ()) -> None:
    with bench.database.writing() as connection:
        save_facts(connection, manifests, configs)


def stored_image(bench: Bench, repository: str, tag: str) -> StoredImage:
    with bench.database.reading() as connection:
        target = find_by_tag(connection, NAME, repository, tag)
        assert target is not None
        return load_image(connection, target, target.manifest_id)


def test_nasty_text_of_a_config_comes_back_as_it_was_decoded(bench: Bench) -> None:
    body = json.dumps(
        {
            "os": "linux\x00",
            "architecture": "amd64\ud800",
            "variant": NASTY,
            "created": "9999-12-31T23:59:59.999999999Z",
            "config": {"Labels": {NASTY: NASTY, "plain": "ü 漢 🐳"}},
            "history": [{"created_by": NASTY, "comment": NASTY}],
        }
    ).encode()
    decoded = decode_config(body, Digest.of(body))
    bench.crawl(seen("team/app", {"v1": image("image", of=decoded)}, configs=[decoded]))
    assert stored_image(bench, "team/app", "v1").config == decoded
    assert decoded.labels["plain"] == "ü 漢 🐳"


def test_nasty_text_of_a_manifest_comes_back_as_it_was_decoded(bench: Bench) -> None:
    body = json.dumps(
        {
            "mediaType": media_types.OCI_INDEX,
            "manifests": [
                {
                    "mediaType": media_types.OCI_MANIFEST,
                    "digest": named("child").text,
                    "size": 5,
                    "platform": {"os": NASTY, "architecture": NASTY, "os.version": NASTY},
                }
            ],
            "annotations": {NASTY: NASTY},
        }
    ).encode()
    decoded = decode_manifest(body, Digest.of(body))
    save(bench, decoded)
    with bench.database.reading() as connection:
        (found,) = load_manifests(connection, [decoded.digest]).values()
    assert found.children == decoded.children
    assert [row["annotations"] for row in bench.table(ManifestRow)] == [decoded.annotations]


def test_what_json_may_hold_is_kept_even_where_nobody_cleaned_it(bench: Bench) -> None:
    dirty = config("dirty", labels={NASTY: NASTY}, history=(HistoryEntry(NASTY),))
    bench.crawl(seen("team/app", {"v1": image("image", of=dirty)}, configs=[dirty]))
    assert stored_image(bench, "team/app", "v1").config == dirty


def test_a_label_of_a_megabyte_is_kept(bench: Bench) -> None:
    large = config("large", labels={"licence": "x" * 1_000_000})
    bench.crawl(seen("team/app", {"v1": image("image", of=large)}, configs=[large]))
    found = stored_image(bench, "team/app", "v1").config
    assert found is not None
    assert len(found.labels["licence"]) == 1_000_000


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(config("c", platform=Platform("half a \ud83d", "amd64")), id="surrogate"),
        pytest.param(config("c", size_bytes=2**63), id="too large"),
        pytest.param(config("c", size_bytes=-1), id="negative"),
    ],
)
def test_what_no_database_takes_is_refused_whole(bench: Bench, broken: ImageConfig) -> None:
    with pytest.raises(StoreError):
        save(bench, image("good", layer("one", 1)), configs=(broken,))
    assert (bench.table(BlobRow), bench.table(ManifestRow)) == ([], [])


def test_nul_in_text_is_refused_whole_or_kept_whole(bench: Bench) -> None:
    """PostgreSQL cannot keep it; what decodes manifests and listings writes it out first."""
    observation = seen("team/app", {"v\x001": image("image", layer("one", 1))})
    try:
        bench.crawl(observation)
    except StoreError:
        assert bench.ranking() == ()
    else:
        assert bench.row("team/app").tags == 1


def test_sizes_at_the_cap_add_up_to_the_byte(bench: Bench) -> None:
    layers = [layer(f"layer {number}", MOST_SIZE_BYTES) for number in range(100)]
    images = [image(f"image {number}", *layers, size_bytes=1) for number in range(3)]
    bench.crawl(
        seen("one", {f"v{number}": one for number, one in enumerate(images)}),
        seen("two", {"v0": images[0]}),
    )
    layers_bytes = 100 * MOST_SIZE_BYTES
    assert bench.sizes("one") == (
        3 * layers_bytes + 3,
        layers_bytes + 3,
        2,
        layers_bytes // 2 + 3,
    )
    assert bench.totals().logical_bytes == 4 * layers_bytes + 4
    assert bench.row("one").image_bytes is None


def wide_image(count: int) -> Manifest:
    layers = [layer(f"layer {number}", 1) for number in range(count)]
    return image("wide", *layers)


def many_types(count: int) -> Manifest:
    return image(
        "motley",
        *(Descriptor(f"text/x-{number}", named("same"), 1) for number in range(count)),
    )


def wide_index(count: int) -> Manifest:
    return index("wide index", *(image(f"child {number}") for number in range(count)))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("make", [wide_image, many_types, wide_index])
def test_no_statement_binds_more_values_than_a_database_takes(
    bench: Bench, make: Callable[[int], Manifest]
) -> None:
    with bench.statements() as told:
        bench.crawl(seen("team/app", {"v1": make(MOST_PARAMETERS + 1)}))
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
    assert bench.row("team/app").tags == 1


@pytest.mark.usefixtures("small_pieces")
def test_many_manifests_and_configs_at_once_are_saved_and_found(bench: Bench) -> None:
    count = MOST_PARAMETERS + 1
    images = [image(f"image {number}") for number in range(count)]
    configs = [config(f"config {number}") for number in range(count)]
    with bench.statements() as told:
        save(bench, *images, configs=tuple(configs))
        with bench.database.reading() as connection:
            found = load_manifests(connection, [one.digest for one in images])
            missing = missing_configs(connection, [one.digest for one in configs])
    assert (len(found), missing) == (count, set())
    assert max(one.parameters for one in told) <= MOST_PARAMETERS


@pytest.mark.usefixtures("small_pieces")
def test_a_repository_of_very_many_tags_is_saved_and_removed(bench: Bench) -> None:
    one = image("image", layer("one", 5))
    tags = {f"v{number}": one for number in range(MOST_PARAMETERS + 1)}
    with bench.statements() as told:
        bench.crawl(seen("team/app", tags))
        assert bench.row("team/app").tags == len(tags)
        bench.crawl(seen("team/app"), at=1)
        bench.crawl(seen("team/app"), at=2)
    assert bench.row("team/app").tags == 0
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
