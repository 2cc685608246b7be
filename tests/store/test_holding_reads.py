from __future__ import annotations

from auditor.domain.holdings import KnownBlob
from auditor.domain.observation import StorageScope
from auditor.store.holding_reads import iterate_known_blobs
from tests.store.bench import NAME, Bench
from tests.store.things import image, index, layer, named, seen

SHARED = layer("shared", 1_000)
APP = image("app", SHARED, layer("own", 300))
OLD = image("old", SHARED, layer("only old", 70))


def known(bench: Bench, registry: str = NAME) -> dict[bytes, KnownBlob]:
    with bench.database.reading() as connection:
        blobs = list(iterate_known_blobs(connection, registry))
    assert [blob.digest for blob in blobs] == sorted({blob.digest for blob in blobs})
    return {blob.digest: blob for blob in blobs}


def test_blobs_add_up_to_the_stored_bytes_of_their_registry_alone(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"1": APP}))
    bench.crawl(seen("other", {"1": OLD}), registry="elsewhere.example")
    blobs = known(bench)
    assert sum(blob.counted_bytes for blob in blobs.values()) == bench.totals(NAME).stored_bytes
    assert set(blobs) == {named(name).to_bytes() for name in ("app", "shared", "own")}
    assert known(bench, "nowhere.example") == {}


def test_what_no_tag_leads_to_says_so(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"1": APP}, OLD))
    is_tagged = {digest: blob.is_tagged for digest, blob in known(bench).items()}
    assert is_tagged == {
        named("app").to_bytes(): True,
        named("shared").to_bytes(): True,
        named("own").to_bytes(): True,
        named("old").to_bytes(): False,
        named("only old").to_bytes(): False,
    }


def test_a_tag_leads_through_indexes(bench: Bench) -> None:
    both = index("both", APP, OLD)
    bench.crawl(seen("team/app", {"1": both}, APP, OLD))
    assert all(blob.is_tagged for blob in known(bench).values())


def test_a_blob_is_counted_in_every_scope_that_keeps_it(bench: Bench) -> None:
    bench.crawl(
        seen("a", {"1": APP}),
        seen("b", {"1": OLD}),
        scope=StorageScope.REPOSITORY,
    )
    blobs = known(bench)
    digest = SHARED.digest.to_bytes()
    assert blobs[digest] == KnownBlob(digest, 1_000, 2_000)
    assert sum(blob.counted_bytes for blob in blobs.values()) == bench.totals(NAME).stored_bytes


def test_tags_of_another_registry_lead_nowhere_here(bench: Bench) -> None:
    bench.crawl(seen("a", {}, APP))
    bench.crawl(seen("a", {"1": APP}), registry="elsewhere.example")
    assert not any(blob.is_tagged for blob in known(bench).values())
