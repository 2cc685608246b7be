"""Facts go when nothing refers to them any more, and not before."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from auditor.domain.errors import StoreError
from auditor.domain.findings import Claim
from auditor.domain.manifest import Manifest
from auditor.domain.observation import StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.domain.retention import Forgotten
from auditor.store import forgetting
from auditor.store.analyses import ImageResult, KeptFinding, save_results
from auditor.store.batches import table_of
from auditor.store.crawls import begin_crawl
from auditor.store.engine import Database
from auditor.store.finding_rows import KeptRow, RepositoryResult, save_repositories
from auditor.store.tables.facts import (
    BlobRow,
    ImageConfigRow,
    ImageRow,
    LooseManifestRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
    SizeClaimRow,
)
from auditor.store.tables.findings import FindingRow, ImageAnalysisRow, ImageFindingRow
from auditor.store.tables.places import PresenceRow, RepositoryRow, TagRow
from tests.store.bench import NAME, Bench
from tests.store.things import config, day, image, index, layer, named, seen, signature

APP = "team/app"
CONFIG = config("config")
BASE = image("base", layer("os", 1_000), of=CONFIG)
BUILT = image("built", layer("os", 1_000), layer("own", 5), of=config("built config"))
OTHER = image("other", layer("os", 1_000), layer("else", 7), of=CONFIG)
LIST = index("list", BASE, BUILT)


def hold(bench: Bench, *manifests: Manifest) -> None:
    """A repository that holds these without a tag."""
    named_there = {one.config.digest for one in manifests if one.config}
    configs = [one for one in (CONFIG, config("built config")) if one.digest in named_there]
    bench.crawl(seen(APP, {}, *manifests, configs=configs))


def let_go(bench: Bench, *names: str) -> None:
    """As if what held these manifests had ended long ago, and was removed."""
    keys = [row["id"] for row in bench.table(BlobRow) if row["digest"] in packed(names)]
    with bench.database.writing() as connection:
        for table in ("scope_blob", "repository_blob"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - derived, not asked
        for key in keys:
            presences = table_of(PresenceRow)
            connection.execute(presences.delete().where(presences.c.manifest_id == key))
            connection.execute(insert(table_of(LooseManifestRow)).values(manifest_id=key))


def packed(names: tuple[str, ...]) -> set[bytes]:
    return {named(name).to_bytes() for name in names}


def forget(bench: Bench, limit: int = 100) -> Forgotten:
    """Until nothing is loose."""
    found = Forgotten()
    while bench.table(LooseManifestRow):
        with bench.database.writing() as connection:
            forgetting.keep_crawls_out(connection)
            found += forgetting.forget_loose(connection, limit)
    return found


def stored(bench: Bench) -> set[str]:
    """Names of the manifests that are stored."""
    digests = {row["id"]: row["digest"] for row in bench.table(BlobRow)}
    here = {digests[row["id"]] for row in bench.table(ManifestRow)}
    names = ("base", "built", "other", "list", "outer", "signature", "unread")
    return {name for name in names if named(name).to_bytes() in here}


def test_a_manifest_goes_with_all_that_only_it_refers_to(bench: Bench) -> None:
    hold(bench, BASE, OTHER)
    let_go(bench, "other")
    assert forget(bench) == Forgotten(manifests=1, configs=0, blobs=2)
    assert stored(bench) == {"base"}
    let_go(bench, "base")
    assert forget(bench) == Forgotten(manifests=1, configs=1, blobs=3)
    for row_class in (ManifestRow, ManifestBlobRow, ImageRow, ImageConfigRow, BlobRow):
        assert bench.table(row_class) == []


def test_what_another_registry_holds_stays(bench: Bench) -> None:
    hold(bench, OTHER)
    bench.crawl(seen("copy", {"v1": OTHER}), registry="other.example", at=1)
    with bench.database.writing() as connection:
        key = bench.table(ManifestRow)[0]["id"]
        connection.execute(insert(table_of(LooseManifestRow)).values(manifest_id=key))
    assert forget(bench) == Forgotten()
    assert stored(bench) == {"other"}


def test_a_base_stays_while_something_held_is_built_on_it(bench: Bench) -> None:
    hold(bench, BASE, BUILT)
    let_go(bench, "base")
    assert forget(bench) == Forgotten()
    let_go(bench, "built")
    assert forget(bench).manifests == 2, "the base goes with the last that was built on it"
    assert bench.table(BlobRow) == []


def test_what_an_index_lists_stays_and_goes_with_it(bench: Bench) -> None:
    """Also in batches of one: each lets go of the next."""
    outer = index("outer", LIST)
    hold(bench, BASE, BUILT, LIST, outer)
    let_go(bench, "base", "built", "list")
    assert forget(bench, limit=1) == Forgotten()
    let_go(bench, "outer")
    assert forget(bench, limit=1).manifests == 4
    assert bench.table(ManifestChildRow) == bench.table(BlobRow) == []


def test_a_blob_that_is_only_named_goes_with_the_last_that_names_it(bench: Bench) -> None:
    """A child or a subject that was never readable."""
    unread = image("unread")
    hold(bench, index("list", unread), signature("signature", unread, layer("note", 3)))
    let_go(bench, "list")
    forget(bench)
    assert named("unread").to_bytes() in {row["digest"] for row in bench.table(BlobRow)}
    let_go(bench, "signature")
    forget(bench)
    assert bench.table(BlobRow) == []


def test_what_an_artifact_is_about_stays_and_goes_with_it(bench: Bench) -> None:
    hold(bench, BASE, signature("signature", BASE))
    let_go(bench, "base")
    assert forget(bench) == Forgotten()
    let_go(bench, "signature")
    assert forget(bench).manifests == 2


def test_a_manifest_that_a_tag_named_stays_for_as_long_as_that(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": OTHER}, configs=[CONFIG]))
    let_go(bench, "other")
    assert forget(bench) == Forgotten()
    with bench.database.writing() as connection:
        connection.execute(table_of(TagRow).delete())
    let_go(bench, "other")
    assert forget(bench).manifests == 1


def test_sizes_that_disagreed_are_forgotten_with_the_blob(bench: Bench) -> None:
    hold(bench, image("base", layer("os", 1)), image("other", layer("os", 2)))
    assert len(bench.table(SizeClaimRow)) == 2
    let_go(bench, "base", "other")
    forget(bench)
    assert bench.table(SizeClaimRow) == bench.table(BlobRow) == []


def test_what_still_counts_in_a_total_stays(bench: Bench) -> None:
    """A blob whose rollups are older than its holders."""
    hold(bench, OTHER)
    let_go(bench, "other")
    with bench.database.writing() as connection:
        (scope,) = connection.exec_driver_sql("SELECT id FROM storage_scope").scalars()
        (key,) = (
            row["id"] for row in bench.table(BlobRow) if row["digest"] == named("os").to_bytes()
        )
        connection.exec_driver_sql(
            f"INSERT INTO scope_blob VALUES ({scope}, {key}, 1, 1000, FALSE)"  # noqa: S608
        )
    forget(bench)
    assert [row["digest"] for row in bench.table(BlobRow)] == [named("os").to_bytes()]


def test_a_crawl_that_began_a_week_ago_was_killed(bench: Bench) -> None:
    def crawling(at: float) -> bool:
        with bench.database.reading() as connection:
            return forgetting.is_crawling(connection, day(at))

    hold(bench, OTHER)
    assert not crawling(0)
    bench.begin(at=1)
    assert (crawling(2), crawling(8.1)) == (True, False)


def test_no_more_is_forgotten_than_was_counted(bench: Bench) -> None:
    hold(bench, BASE, OTHER)
    for at in (1, 2):
        bench.crawl(seen(APP, {}, BASE, gone=frozenset({OTHER.digest})), at=at)
    with bench.database.reading() as connection:
        assert forgetting.count_forgettable(connection, 1, day(1)) == 0
        assert forgetting.count_forgettable(connection, 1, day(1.5)) == 1
        assert forgetting.count_loose(connection) == 0


@pytest.mark.real
def test_no_crawl_begins_while_facts_are_forgotten(postgres_database: Database) -> None:
    """SQLite lets one writer in at a time anyway."""
    bench = Bench(postgres_database)
    hold(bench, OTHER)
    with bench.database.writing() as connection:
        forgetting.keep_crawls_out(connection)
        with pytest.raises(StoreError, match="lock timeout"):
            begin_impatiently(bench)
    assert bench.begin(at=1).crawl_id


def begin_impatiently(bench: Bench) -> None:
    scope, platform = StorageScope.REGISTRY, DEFAULT_PLATFORM
    with bench.database.writing() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        begin_crawl(connection, NAME, scope=scope, platform=platform, now=day(1))


def test_what_was_found_in_a_manifest_goes_with_it(bench: Bench) -> None:
    hold(bench, BUILT, OTHER)
    ids = {row["digest"]: row["id"] for row in bench.table(BlobRow)}
    built, other = (ids[named(name).to_bytes()] for name in ("built", "other"))
    kept = KeptFinding("apt-lists-kept", "key", 1, (Claim(1, 5),))
    results = [ImageResult(built, None, 0, (kept,)), ImageResult(other, built, 1, (kept,))]
    with bench.database.writing() as connection:
        save_results(connection, "rules", results)
        repository_id, registry_id = connection.execute(
            select(RepositoryRow.id, RepositoryRow.registry_id)
        ).one()
        row = KeptRow("apt-lists-kept", "key", built, "1", "linux/amd64", 1, 1, 5, 5, 5, {})
        save_repositories(connection, [RepositoryResult(repository_id, registry_id, [row])], day(1))
    let_go(bench, "built")
    with bench.database.writing() as connection:
        assert forgetting.forget_loose(connection, 100).manifests == 1
    assert bench.table(FindingRow) == []
    assert [row["manifest_id"] for row in bench.table(ImageFindingRow)] == [other]
    assert [row["base_id"] for row in bench.table(ImageAnalysisRow)] == [None]
