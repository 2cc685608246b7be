"""Which blobs a change asks about: those whose holders are others than before."""

from __future__ import annotations

from sqlalchemy import select

from auditor.domain.digest import Digest
from auditor.store.change_reads import Moments, load_changed_in_registry
from auditor.store.charge_reads import iterate_holders, iterate_stored
from auditor.store.engine import Connection
from auditor.store.tables.places import RegistryRow, RepositoryRow
from tests.store.bench import Bench
from tests.store.things import day, image, layer, named, seen

BASE = layer("base", 1_000)
OLD = image("old", BASE, layer("old layer", 10))
NEW = image("new", BASE, layer("new layer", 20))
MOMENTS = Moments(day(0), day(9))


def two_crawls(bench: Bench) -> None:
    """An application moves from one image to another on the same base; a neighbour comes."""
    bench.crawl(seen("app", {"1": OLD}), seen("lonely", {"1": image("only", layer("l", 5))}))
    bench.crawl(
        seen("app", {"1": NEW}),
        seen("neighbour", {"1": OLD}),
        seen("lonely", {"1": image("only", layer("l", 5))}),
        at=1,
        accept_removals=True,
    )


def stored(
    connection: Connection, *, by_scope: bool
) -> dict[Digest, tuple[int | None, int | None]]:
    registry = connection.execute(select(RegistryRow.id)).scalar_one()
    changed = load_changed_in_registry(connection, registry, MOMENTS)
    found = iterate_stored(connection, changed, MOMENTS, by_scope=by_scope)
    return {blob.digest: (blob.before_bytes, blob.after_bytes) for blob in found}


def test_a_blob_that_a_repository_goes_on_holding_is_not_asked_about(bench: Bench) -> None:
    bench.crawl(seen("app", {"1": OLD}))
    bench.crawl(seen("app", {"1": OLD, "2": NEW}), at=1)
    for by_scope in (True, False):
        with bench.database.reading() as connection:
            assert stored(connection, by_scope=by_scope) == {
                named("new"): (None, 100),
                named("new layer"): (None, 20),
            }


def test_what_others_held_before_did_not_come_to_their_scope(bench: Bench) -> None:
    two_crawls(bench)
    with bench.database.reading() as connection:
        found = stored(connection, by_scope=True)
    assert found[named("new layer")] == (None, 20)
    assert found[named("base")] == (1_000, 1_000)


def test_holders_are_those_of_blobs_the_group_holds_and_whose_holders_changed(
    bench: Bench,
) -> None:
    two_crawls(bench)
    with bench.database.reading() as connection:
        registry = connection.execute(select(RegistryRow.id)).scalar_one()
        keys = dict(connection.execute(select(RepositoryRow.name, RepositoryRow.id)).all())
        changed = load_changed_in_registry(connection, registry, MOMENTS)
        found = {
            one.digest: (sorted(one.before), sorted(one.after))
            for one in iterate_holders(connection, changed, MOMENTS, {keys["app"]})
        }
        lonely = list(iterate_holders(connection, changed, MOMENTS, {keys["lonely"]}))
    assert found[named("base")] == (["app"], ["app", "neighbour"])
    assert found[named("new layer")] == ([], ["app"])
    assert lonely == []
