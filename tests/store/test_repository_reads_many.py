"""Repositories of very many tags, and indexes that list very many images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from auditor.store.repository_reads import count_tags, count_untagged_images, load_tags
from tests.store.bench import Bench
from tests.store.keys import repository_key
from tests.store.pieces import MOST_PARAMETERS
from tests.store.things import AMD64, image, index, layer, seen

pytestmark = pytest.mark.usefixtures("small_pieces")

APP = "team/app"
MANY = MOST_PARAMETERS + 1


@contextmanager
def no_long_statement(bench: Bench) -> Iterator[None]:
    """Fails where a statement inside binds more values than any database takes."""
    with bench.statements() as told:
        yield
    assert max(one.parameters for one in told) <= MOST_PARAMETERS


def pulls(bench: Bench, limit: int) -> Sequence[int | None]:
    """What the first tags download, one page of them."""
    with bench.database.reading() as connection:
        key = repository_key(bench, APP)
        return [tag.pull_bytes for tag in load_tags(connection, key, AMD64, offset=0, limit=limit)]


def test_very_many_tags_fit_on_one_page(bench: Bench) -> None:
    tags = {f"v{number:05}": image(f"{number}", layer("x", number)) for number in range(MANY)}
    bench.crawl(seen(APP, tags))
    with no_long_statement(bench):
        found = pulls(bench, MANY)
    largest = MANY - 1 + 100
    assert (len(found), found[0], found[-1]) == (MANY, largest, largest)
    key = repository_key(bench, APP)
    with no_long_statement(bench), bench.database.reading() as connection:
        assert count_tags(connection, key) == MANY
        assert count_untagged_images(connection, key) == 0


def test_a_tag_of_an_index_that_lists_very_many_images_is_shown(bench: Bench) -> None:
    """Sixteen megabytes of index, the most that is read, have room for over a hundred thousand."""
    wide = index("wide", *(image(f"{number}") for number in range(MANY)))
    bench.crawl(seen(APP, {"v1": wide}))
    with no_long_statement(bench):
        assert pulls(bench, 1) == [None]
