"""The worked examples of docs/explanation/sizes.md, counted by the program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import RepositoryObservation, StorageScope
from auditor.store.engine import open_database
from auditor.store.schema import upgrade_schema
from tests.store.bench import Bench
from tests.store.things import config, image, layer, seen

PAGE = (Path(__file__).parent.parent / "docs/explanation/sizes.md").read_text()
EXAMPLES = [part for part in PAGE.split("\n## ") if "| image | manifest |" in part]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def rows(example: str, heading: str) -> list[list[str]]:
    """The rows of the table with this heading."""
    _, _, rest = example.partition(f"{heading}\n")
    table = rest.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table]


def crawled(example: str) -> Iterator[RepositoryObservation]:
    """What a crawl sees of an example. What has the same layers is the same image."""
    found: dict[str, dict[str, tuple[Manifest, ImageConfig]]] = defaultdict(dict)
    for name, manifest, of, layers in rows(example, "| image | manifest | config | layers |"):
        repository, _, tag = name.partition(":")
        parts = [part.rsplit(" ", 1) for part in layers.split(" + ")]
        made = [layer(part, number(size)) for part, size in parts]
        described = config(f"config of {layers}", number(of))
        whole = image(layers, *made, of=described, size_bytes=number(manifest))
        found[repository][tag] = whole, described
    for repository, tags in found.items():
        manifests = {tag: whole for tag, (whole, _) in tags.items()}
        yield seen(repository, manifests, configs=[described for _, described in tags.values()])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.partition("\n")[0])
def test_an_example_adds_up_as_the_program_does(example: str, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'auditor.db'}")
    upgrade_schema(database)
    bench = Bench(database)
    scope = StorageScope.REPOSITORY if 'scope = "repository"' in example else StorageScope.REGISTRY
    bench.crawl(*crawled(example), scope=scope)
    *each, last = rows(example, "| repository | logical | stored | exclusive | fair share |")
    written = {name: tuple(number(text) for text in figures) for name, *figures in each}
    assert written == {row.repository: bench.sizes(row.repository) for row in bench.ranking()}
    totals = bench.totals()
    assert last[0] == "all"
    assert [number(last[1]), number(last[2])] == [totals.logical_bytes, totals.stored_bytes]
    assert number(last[4]) == sum(sizes[3] for sizes in written.values())
    database.dispose()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3
