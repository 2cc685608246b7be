"""The largest blobs of a repository, and with whom it shares them."""

from __future__ import annotations

import pytest

from auditor.domain.digest import Digest
from auditor.domain.observation import StorageScope
from auditor.domain.views import BlobView, SharedWith
from auditor.store.sharing_reads import load_largest_blobs, load_shared_with
from tests.store.bench import Bench
from tests.store.keys import NOTHING, repository_key
from tests.store.things import config, image, index, layer, named, seen, signature

APP = "team/app"
OTHER = "other.example"


def largest(bench: Bench, repository: str = APP, *, limit: int = 99) -> dict[Digest, BlobView]:
    with bench.database.reading() as connection:
        blobs = load_largest_blobs(connection, repository_key(bench, repository), limit=limit)
    return {blob.digest: blob for blob in blobs}


def shared(bench: Bench, repository: str = APP, *, limit: int = 99) -> list[SharedWith]:
    with bench.database.reading() as connection:
        return list(load_shared_with(connection, repository_key(bench, repository), limit=limit))


def test_who_holds_nothing_has_no_blobs_and_shares_none(bench: Bench) -> None:
    bench.crawl(seen(APP))
    assert (largest(bench), shared(bench)) == ({}, [])
    with bench.database.reading() as connection:
        assert load_largest_blobs(connection, NOTHING) == ()
        assert load_shared_with(connection, NOTHING) == ()


def test_blobs_come_largest_first_and_alike_ones_by_digest(bench: Bench) -> None:
    """In whatever order the database came to know them."""
    sizes = {f"layer {number}": 10 * (number % 4) for number in range(12)}
    by_digest = sorted(sizes, key=lambda name: named(name).to_bytes())
    late, early = (
        image(name, *(layer(one, sizes[one]) for one in names))
        for name, names in (("late", by_digest[:6]), ("early", by_digest[6:]))
    )
    bench.crawl(seen(APP, {"v1": early}))
    bench.crawl(seen(APP, {"v1": early, "v2": late}), at=1)
    everything = {named(name): size for name, size in sizes.items()}
    everything |= {early.digest: 100, late.digest: 100}
    in_order = sorted(everything, key=lambda one: (-everything[one], one.to_bytes()))
    assert list(largest(bench)) == in_order
    assert {digest: blob.size_bytes for digest, blob in largest(bench).items()} == everything
    for limit in (0, 1, 5, 14):
        assert list(largest(bench, limit=limit)) == in_order[:limit]


def test_no_more_than_twenty_are_told_unless_more_are_asked_for(bench: Bench) -> None:
    layers = [layer(f"layer {number}", number) for number in range(30)]
    one = image("one", *layers)
    bench.crawl(*(seen(f"app-{number:02}", {"v1": one}) for number in range(25)))
    with bench.database.reading() as connection:
        assert len(load_largest_blobs(connection, repository_key(bench, "app-00"))) == 20
        assert len(load_shared_with(connection, repository_key(bench, "app-00"))) == 20


def test_a_blob_tells_what_it_is_and_in_how_many_manifests_and_repositories(
    bench: Bench,
) -> None:
    of = config("config")
    one, two = (image(name, layer("x", 1_000), of=of) for name in ("one", "two"))
    both, signed = index("both", one, two), signature("signature", one, layer("signed", 7))
    bench.crawl(
        seen(APP, {"v1": both}, one, two, signed, configs=[of]),
        seen("team/other", {"v1": one}),
        seen("team/third", {"v1": image("three", layer("far away", 9, is_foreign=True))}),
    )
    found = {
        digest: (blob.role, blob.manifests, blob.shared_by_repositories)
        for digest, blob in largest(bench).items()
    }
    assert found == {
        named("x"): ("layer", 2, 2),
        named("config"): ("config", 2, 2),
        named("one"): ("manifest", 1, 2),
        named("two"): ("manifest", 1, 1),
        named("both"): ("manifest", 1, 1),
        named("signature"): ("manifest", 1, 1),
        named("signed"): ("layer", 1, 1),
        named("{}"): ("config", 1, 1),
    }
    assert named("far away") not in largest(bench, "team/third")


def test_what_a_blob_is_elsewhere_does_not_matter_here(bench: Bench) -> None:
    """A layer here may be the config of somebody else's image, by chance or on purpose."""
    bench.crawl(seen(APP, {"v1": image("one", layer("x", 1_000))}))
    before = largest(bench)
    of = config("x", size_bytes=1_000)
    bench.crawl(seen("elsewhere", {"v1": image("two", of=of)}, configs=[of]), registry=OTHER)
    assert largest(bench)[named("x")].role == before[named("x")].role == "layer"


@pytest.mark.parametrize(
    "scope, expected",
    [
        (StorageScope.REGISTRY, {"team/other": 3, "web": 3}),
        (StorageScope.NAMESPACE, {"team/other": 2}),
        (StorageScope.REPOSITORY, {}),
    ],
)
def test_blobs_are_shared_within_a_scope_of_one_registry_only(
    bench: Bench, scope: StorageScope, expected: dict[str, int]
) -> None:
    one = image("one", layer("x", 1_000))
    tags = {"v1": one}
    bench.crawl(seen(APP, tags), seen("elsewhere", tags), registry=OTHER, scope=scope)
    bench.crawl(seen(APP, tags), seen("team/other", tags), seen("web", tags), scope=scope)
    assert shared(bench) == [SharedWith(name, 1_100, 2) for name in expected]
    holders = max(expected.values(), default=1)
    assert {blob.shared_by_repositories for blob in largest(bench).values()} == {holders}


def test_who_shares_most_comes_first_and_alike_ones_by_the_bytes_of_their_names(
    bench: Bench,
) -> None:
    x, y, z = layer("x", 1_000), layer("y", 500), layer("z", 300)
    holding = {"much": [x], "two": [y, z], "B": [y], "a": [y], "é": [y], "none": []}
    bench.crawl(
        seen(APP, {"v1": image("mine", x, y, z)}),
        *(seen(name, {"v1": image(name, *layers)}) for name, layers in holding.items()),
    )
    expected = [
        SharedWith("much", 1_000, 1),
        SharedWith("two", 800, 2),
        *(SharedWith(name, 500, 1) for name in ("B", "a", "é")),
    ]
    assert shared(bench) == expected
    for limit in (0, 2, 4):
        assert shared(bench, limit=limit) == expected[:limit]
    assert shared(bench, "none") == []
    assert shared(bench, "a") == [
        SharedWith(name, 500, 1) for name in ("B", "team/app", "two", "é")
    ]


def test_a_blob_of_many_manifests_is_shared_once(bench: Bench) -> None:
    many = {f"v{number}": image(f"{number}", layer("x", 1_000)) for number in range(5)}
    bench.crawl(seen(APP, many), seen("team/other", {"v1": image("other", layer("x", 1_000))}))
    assert shared(bench) == [SharedWith("team/other", 1_000, 1)]
    assert shared(bench, "team/other") == [SharedWith(APP, 1_000, 1)]


def test_who_is_removed_shares_nothing_any_more(bench: Bench) -> None:
    one = image("one", layer("x", 1_000))
    bench.crawl(seen(APP, {"v1": one}), seen("team/other", {"v1": one}))
    bench.crawl(seen(APP, {"v1": one}), at=1, accept_removals=True)
    assert shared(bench) == []
    assert {blob.shared_by_repositories for blob in largest(bench).values()} == {1}
