"""Images that were really built, wasteful and lean, crawled and analysed; foretold beside measured.

`make pairs` built them (docs/reference/pairs.md); the sample registry serves what it recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.domain.finding_views import FindingRow, FindingsQuery
from auditor.sample.built import Measure, Role, load_built
from auditor.sample.server import SampleRegistry
from auditor.usecases import run_demo
from auditor.usecases.browse import Browse
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from tests.oracles.pairs import Comparison, compare, foretold, shortfalls


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browse]:
    """The organisation that was built for the demo, crawled and analysed."""
    names = {image.repository for image in load_built().images}
    with pytest.MonkeyPatch.context() as patch, SampleRegistry.start(only=names) as registry:
        patch.setattr(run_demo, "_start", lambda: registry)
        folder = tmp_path_factory.mktemp("pairs")
        demo = run_demo.prepare_demo(folder, history=False, listener=lambda _: None)
        browse = Browse(prepare_database(demo.database_url), Prices())
        yield browse
        browse.database.dispose()


@pytest.fixture(scope="module")
def found(browse: Browse) -> tuple[FindingRow, ...]:
    return tuple(browse.iterate_findings(FindingsQuery()))


@pytest.fixture(scope="module")
def compared(found: tuple[FindingRow, ...]) -> tuple[Comparison, ...]:
    return compare(lambda pair: foretold(pair, found))


def test_savings_come_out_as_they_were_foretold(compared: tuple[Comparison, ...]) -> None:
    assert shortfalls(compared) == []


def test_most_of_twenty_pairs_are_foretold_without_excuse(
    compared: tuple[Comparison, ...],
) -> None:
    sure = [row for row in compared if not row.predicted.is_low_confidence]
    assert len(compared) >= 20
    assert len(sure) >= 18


def test_every_rule_a_pair_was_built_to_show_finds_something(
    found: tuple[FindingRow, ...],
) -> None:
    """Or one of its rules does: several look at the same bytes, and one of them gets them.

    Two names of one image cost nothing where a registry stores a blob once.
    """
    by_image: dict[str, set[str]] = {}
    for row in found:
        by_image.setdefault(row.repository, set()).add(row.finding.rule)
    silent = [
        pair.name
        for pair in load_built().pairs
        if pair.shows
        and pair.measure is not Measure.NOTHING
        and not by_image[pair.wasteful[-1].repository] & set(pair.shows)
    ]
    assert silent == []


def test_every_base_is_named_and_a_root_file_system_has_none(browse: Browse) -> None:
    for image in load_built().images:
        if image.role is Role.LEAN:
            continue
        base = browse.image(browse.resolve(image.name)).base
        names = () if base is None else base.names
        if image.base is None:
            assert names == (), image.name
        else:
            assert any(name.endswith(f"/{image.base}") for name in names), image.name
