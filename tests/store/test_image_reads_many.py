"""Images of very many layers, and layers of very many images."""

from __future__ import annotations

import pytest

from auditor.domain.chain import chain_ids
from auditor.store.image_reads import (
    find_base_by_digest,
    find_bases_by_chain,
    images_below,
    load_tags_of,
)
from tests.store.bench import Bench
from tests.store.keys import blob_keys, repository_key
from tests.store.pieces import MOST_PARAMETERS
from tests.store.things import image, index, layer, named, seen

pytestmark = pytest.mark.usefixtures("small_pieces")

APP = "team/app"
MANY = MOST_PARAMETERS + 1


def test_an_image_of_very_many_layers_is_compared_with_others(bench: Bench) -> None:
    """The last layers of it are those of nobody else; the first one is a base."""
    layers = [layer(f"layer {number}", 1) for number in range(MANY)]
    base = image("base", layers[0])
    bench.crawl(seen(APP, {"base": base, "app": image("app", *layers)}))
    chains = chain_ids([one.digest for one in layers])
    with bench.statements() as told, bench.database.reading() as connection:
        found = find_bases_by_chain(connection, chains, over_diff_ids=False)
    assert {one.digest for one in found} == {base.digest, named("app")}
    assert max(one.parameters for one in told) <= MOST_PARAMETERS


def test_a_base_that_very_many_images_are_is_found_in_all_of_them(bench: Bench) -> None:
    """Built anew every night, layers stay alike and only the date in the config changes."""
    same = layer("layer", 5)
    images = [image(f"{number}", same) for number in range(MANY)]
    bench.crawl(seen(APP, {f"v{number}": one for number, one in enumerate(images)}))
    chains = chain_ids([same.digest])
    with bench.statements() as told, bench.database.reading() as connection:
        found = find_bases_by_chain(connection, chains, over_diff_ids=False)
    assert len(found) == MANY
    assert {len(one.names) for one in found} == {1}
    assert max(one.parameters for one in told) <= MOST_PARAMETERS


def test_an_index_of_very_many_images_is_shown_with_the_tags_of_all(bench: Bench) -> None:
    images = [image(f"{number}") for number in range(MANY)]
    wide = index("wide", *images)
    bench.crawl(seen(APP, {"last": images[-1], "v1": wide}, *images))
    (key,) = blob_keys(bench, wide.digest)
    repository = repository_key(bench, APP)
    with bench.statements() as told, bench.database.reading() as connection:
        found = [image_id for image_id, _ in images_below(connection, key)]
        assert load_tags_of(connection, repository, [*found, key]) == ("last", "v1")
        assert find_base_by_digest(connection, wide.digest, None) is not None
    assert found == blob_keys(bench, *(one.digest for one in images))
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
