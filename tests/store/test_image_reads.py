"""One image as it is stored: what names it, what it lists, and what it may be built on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.chain import chain_ids
from auditor.domain.digest import ChainId, DiffId, Digest
from auditor.domain.image_config import HistoryEntry
from auditor.domain.manifest import Manifest
from auditor.domain.observation import StorageScope
from auditor.domain.platform import Platform
from auditor.domain.views import SizeConflict
from auditor.store.image_reads import (
    StoredBase,
    StoredImage,
    StoredLayer,
    StoredTarget,
    find_base_by_digest,
    find_bases_by_chain,
    find_by_digest,
    find_by_tag,
    images_below,
    load_image,
    load_image_conflicts,
    load_tags_of,
)
from tests.store.bench import NAME, Bench
from tests.store.keys import NOTHING, blob_keys, repository_key
from tests.store.things import (
    AMD64,
    ARM64,
    LAYER_TYPE,
    WINDOWS,
    config,
    day,
    image,
    index,
    layer,
    named,
    seen,
    signature,
)

APP = "team/app"
OTHER = "other.example"


def id_of(bench: Bench, manifest: Manifest) -> int:
    (key,) = blob_keys(bench, manifest.digest)
    return key


def by_tag(
    bench: Bench, tag: str, repository: str = APP, registry: str = NAME
) -> StoredTarget | None:
    with bench.database.reading() as connection:
        return find_by_tag(connection, registry, repository, tag)


def by_digest(
    bench: Bench, digest: Digest, repository: str = APP, registry: str = NAME
) -> StoredTarget | None:
    with bench.database.reading() as connection:
        return find_by_digest(connection, registry, repository, digest)


def test_a_tag_and_a_digest_name_what_is_here_now(bench: Bench) -> None:
    one, signed = image("one"), signature("signature", image("one"))
    bench.crawl(seen(APP, {"v1": one}), seen("team/other", {"v1": signed}), at=1)
    bench.crawl(seen(APP, {"v1": signed}), registry=OTHER)
    target = by_tag(bench, "v1")
    assert target is not None
    assert target == by_digest(bench, one.digest)
    assert (target.digest, target.kind, target.since) == (one.digest, "image", day(1))
    assert (target.repository_id, target.manifest_id) == (
        repository_key(bench, APP),
        id_of(bench, one),
    )
    elsewhere = [by_tag(bench, "v1", "team/other"), by_tag(bench, "v1", registry=OTHER)]
    assert [found and found.kind for found in elsewhere] == ["artifact", "artifact"]
    assert by_digest(bench, signed.digest) is None


def test_a_tag_that_moved_names_its_new_target_and_the_digest_the_old_one(bench: Bench) -> None:
    one, two = image("one"), image("two")
    bench.crawl(seen(APP, {"v1": one}))
    bench.crawl(seen(APP, {"v1": two}), at=1)
    by_name, before = by_tag(bench, "v1"), by_digest(bench, one.digest)
    assert by_name is not None
    assert before is not None
    assert (by_name.digest, by_name.since) == (two.digest, day(1))
    assert (before.digest, before.since) == (one.digest, day(0))


def test_what_is_gone_or_was_never_read_is_named_by_nothing(bench: Bench) -> None:
    one, two = image("one"), image("two")
    bench.crawl(seen(APP, {"v1": one, "v2": two, "never": None}), seen("gone", {"v1": one}))
    gone = frozenset({one.digest})
    bench.crawl(seen(APP, {"v2": two, "never": None}, gone=gone), at=1, accept_removals=True)
    assert by_tag(bench, "v1") is by_tag(bench, "never") is by_tag(bench, "v1", "gone") is None
    assert by_digest(bench, one.digest) is by_digest(bench, one.digest, "gone") is None
    assert by_tag(bench, "v2") is not None
    assert by_digest(bench, named("never pushed")) is None


HOSTILE = ["%", "_", "a'b", '"', "back\\slash", "'; DROP TABLE tag --", ":tag", "🐳", "é"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_taken_by_the_letter(bench: Bench, name: str) -> None:
    bench.crawl(seen(name, {name: image("one"), "latest": image("two")}), registry=name)
    found = by_tag(bench, name, name, name)
    assert found is not None
    assert found.digest == named("one")
    for wrong in ("x", name.upper() + "X", name + " ", ""):
        assert by_tag(bench, wrong, name, name) is None
        assert by_tag(bench, name, wrong, name) is None
        assert by_tag(bench, name, name, wrong) is None


def below(bench: Bench, manifest: Manifest) -> list[tuple[int, Platform]]:
    with bench.database.reading() as connection:
        return list(images_below(connection, id_of(bench, manifest)))


def test_images_below_come_nearest_first_in_the_order_of_the_index_and_once(bench: Bench) -> None:
    where = {"amd": AMD64, "arm": ARM64, "windows": Platform("windows", "amd64")}
    configs = {name: config(f"of {name}", platform=platform) for name, platform in where.items()}
    images = {name: image(name, of=of) for name, of in configs.items()}
    amd, arm, windows = images.values()
    inner = index("inner", arm, amd)
    outer = index("outer", windows, inner, image("never pushed"), amd, windows)
    bench.crawl(seen(APP, {"v1": outer}, inner, *images.values(), configs=configs.values()))
    keys = {name: id_of(bench, one) for name, one in images.items()}
    expected = [(keys[name], where[name]) for name in ("windows", "amd", "arm")]
    assert below(bench, outer) == expected
    assert below(bench, inner) == expected[:0:-1]
    assert below(bench, amd) == [(keys["amd"], AMD64)]


def test_what_is_no_image_and_lists_none_has_none_below(bench: Bench) -> None:
    signed, empty = signature("signature", image("one")), index("empty")
    bench.crawl(seen(APP, {"v1": signed, "v2": empty}))
    assert below(bench, signed) == below(bench, empty) == []
    with bench.database.reading() as connection:
        assert images_below(connection, NOTHING) == ()


def test_a_long_index_keeps_its_order(bench: Bench) -> None:
    images = [image(f"{number}") for number in range(120)]
    bench.crawl(seen(APP, {"v1": index("index", *images[::-1])}, *images))
    keys = [id_of(bench, one) for one in (images[0], images[-1])]
    found = [key for key, _ in below(bench, index("index"))]
    assert (len(found), [found[-1], found[0]]) == (120, keys)


def stored(bench: Bench, tag: str, repository: str = APP) -> StoredImage:
    with bench.database.reading() as connection:
        target = find_by_tag(connection, NAME, repository, tag)
        assert target is not None
        return load_image(connection, target, target.manifest_id)


def test_an_image_comes_back_with_all_that_is_stored_of_it(bench: Bench) -> None:
    of = config(
        "config",
        12,
        platform=WINDOWS,
        created_at=day(-1),
        tars=("a", "b"),
        history=(
            HistoryEntry("RUN x", day(-2), is_empty_layer=True, comment="c"),
            HistoryEntry(""),
        ),
        labels={"k": "v"},
    )
    layers = (layer("b", 20), layer("a", 10), layer("b", 20), layer("f", 9, is_foreign=True))
    one = image("one", *layers, of=of, annotations={"base": "x"})
    bench.crawl(
        seen(APP, {"v1": one}, configs=[of]),
        seen("team/other", {"v1": image("two", layer("a", 10))}),
    )
    bench.crawl(seen(APP, {"v1": image("three", layer("a", 10))}), registry=OTHER)
    found = stored(bench, "v1")
    assert found == StoredImage(
        manifest_id=id_of(bench, one),
        digest=one.digest,
        media_type=one.media_type,
        manifest_bytes=100,
        annotations={"base": "x"},
        config_digest=of.digest,
        config_bytes=12,
        config=of,
        layers=(
            StoredLayer(named("b"), 20, LAYER_TYPE, is_foreign=False, repositories=1),
            StoredLayer(named("a"), 10, LAYER_TYPE, is_foreign=False, repositories=2),
            StoredLayer(named("b"), 20, LAYER_TYPE, is_foreign=False, repositories=1),
            StoredLayer(named("f"), 9, LAYER_TYPE, is_foreign=True, repositories=0),
        ),
    )


def test_an_image_without_a_config_and_one_whose_config_was_never_read_are_told_apart(
    bench: Bench,
) -> None:
    unread = config("unread", 33)
    bench.crawl(seen(APP, {"none": image("none"), "unread": image("unread image", of=unread)}))
    none, found = stored(bench, "none"), stored(bench, "unread")
    assert (none.config_digest, none.config_bytes, none.config) == (None, 0, None)
    assert (found.config_digest, found.config_bytes, found.config) == (unread.digest, 33, None)
    assert none.layers == found.layers == ()


def test_a_config_that_names_no_platform_comes_back_without_one(bench: Bench) -> None:
    of = config("config", platform=None, created_at=None)
    bench.crawl(seen(APP, {"v1": image("one", of=of)}, configs=[of]))
    assert stored(bench, "v1").config == of


@pytest.mark.parametrize(
    "scope, repositories",
    [
        (StorageScope.REGISTRY, [3, 3, 3]),
        (StorageScope.NAMESPACE, [2, 2, 1]),
        (StorageScope.REPOSITORY, [1, 1, 1]),
    ],
)
def test_layers_are_counted_in_the_scope_of_the_repository_that_is_asked(
    bench: Bench, scope: StorageScope, repositories: list[int]
) -> None:
    names, tags = (APP, "team/b", "web"), {"v1": image("one", layer("x", 1_000))}
    bench.crawl(*(seen(name, tags) for name in names), scope=scope)
    layers = [stored(bench, "v1", name).layers for name in names]
    assert [found.repositories for (found,) in layers] == repositories


def test_tags_of_manifests_are_those_of_now_by_their_bytes(bench: Bench) -> None:
    one, two, three = image("one"), image("two"), image("three")
    first = {"b": one, "B": one, "é": two, "moved": one, "gone": one, "x": three}
    bench.crawl(seen(APP, first), seen("team/other", {"elsewhere": one}))
    later = first | {"moved": three}
    del later["gone"]
    bench.crawl(seen(APP, later), at=1, accept_removals=True)
    keys = {name: id_of(bench, image(name)) for name in ("one", "two", "three")}
    repository = repository_key(bench, APP)
    with bench.database.reading() as connection:

        def ask(*names: str) -> tuple[str, ...]:
            return load_tags_of(connection, repository, [keys[name] for name in names])

        assert ask("one", "two") == ("B", "b", "é")
        assert ask("three") == ("moved", "x")
        assert ask() == ()
        assert load_tags_of(connection, NOTHING, list(keys.values())) == ()


def test_only_disputed_sizes_of_the_image_itself_are_told(bench: Bench) -> None:
    of = config("config", 10)
    one = image("one", layer("x", 5), layer("x", 5), layer("y", 1), of=of)
    others = [image("two", layer("x", 8), layer("z", 1)), image("three", layer("z", 2))]
    wrong = replace(of, size_bytes=11)
    four = image("four", of=wrong)
    everything = [one, *others, four]
    bench.crawl(seen(APP, {one.digest.short: one for one in everything}, configs=[of]))
    with bench.database.reading() as connection:
        found = load_image_conflicts(connection, id_of(bench, one))
        assert load_image_conflicts(connection, NOTHING) == ()
    expected = {
        named("x"): SizeConflict(named("x"), 8, (5, 8), is_measured=False),
        named("config"): SizeConflict(named("config"), 10, (10, 11), is_measured=True),
    }
    assert found == tuple(expected[one] for one in sorted(expected, key=Digest.to_bytes))


def chain(*names: str) -> ChainId:
    """The chain of these layers, or of the tars in them."""
    return chain_ids([named(name) for name in names])[-1]


def bases(bench: Bench, *chains: ChainId, over_diff_ids: bool = False) -> dict[Digest, StoredBase]:
    with bench.database.reading() as connection:
        found = find_bases_by_chain(connection, chains, over_diff_ids=over_diff_ids)
    return {base.digest: base for base in found}


def test_a_base_is_found_by_its_whole_chain_and_told_with_all_its_names(bench: Bench) -> None:
    of = config("config", tars=("tar x", "tar y"))
    one = image("one", layer("x", 1_000), layer("y", 10), of=of)
    more = image("more", layer("x", 1_000), layer("y", 10), layer("z", 1))
    bench.crawl(seen(APP, {"v1": one, "latest": one, "more": more}, configs=[of]))
    bench.crawl(seen("lib/base", {"1": index("index", more, one)}, one, more), registry=OTHER)
    found = bases(bench, chain("x"), chain("x", "y"))
    assert found == {
        one.digest: StoredBase(
            manifest_id=found[one.digest].manifest_id,
            digest=one.digest,
            names=(
                "other.example/lib/base:1",
                "registry.example/team/app:latest",
                "registry.example/team/app:v1",
            ),
            layer_count=2,
            size_bytes=1_120,
            layer_chain=chain("x", "y"),
            diff_chain=chain_ids([DiffId(named(tar).text) for tar in ("tar x", "tar y")])[-1],
        )
    }
    assert set(bases(bench, chain("x", "y"), chain("x", "y", "z"))) == {one.digest, more.digest}
    assert bases(bench) == bases(bench, chain("y", "x")) == {}


def test_chains_of_contents_and_of_stored_layers_are_not_taken_for_each_other(
    bench: Bench,
) -> None:
    packed = [config(f"config {number}", tars=("tar",)) for number in range(2)]
    ones = [image(f"{of.digest}", layer(f"{of.digest} x", 5), of=of) for of in packed]
    bench.crawl(seen(APP, {one.digest.short: one for one in ones}, configs=packed))
    contents, as_stored = chain("tar"), chain(f"{packed[0].digest} x")
    assert set(bases(bench, contents, over_diff_ids=True)) == {one.digest for one in ones}
    assert set(bases(bench, as_stored)) == {ones[0].digest}
    assert bases(bench, contents) == bases(bench, as_stored, over_diff_ids=True) == {}


def test_a_base_that_lost_its_name_or_its_place_is_still_known_by_it(bench: Bench) -> None:
    one = image("one", layer("x", 1_000))
    bench.crawl(seen(APP, {"v1": one}), seen("gone", {"v1": one}))
    gone = frozenset({one.digest})
    for number in (1, 2):
        bench.crawl(seen(APP, {"v1": image("two")}, gone=gone), at=number, accept_removals=True)
    assert bases(bench, chain("x"))[one.digest].names == (f"{NAME}/gone:v1", f"{NAME}/{APP}:v1")


def test_a_base_inside_an_index_inside_an_index_has_the_name_of_the_outer_one(
    bench: Bench,
) -> None:
    one = image("one", layer("x", 1_000))
    inner = index("inner", one)
    bench.crawl(seen(APP, {"v1": index("outer", inner)}, inner, one))
    assert bases(bench, chain("x"))[one.digest].names == (f"{NAME}/{APP}:v1",)


def test_a_claimed_base_is_the_image_itself_or_that_of_the_platform_in_an_index(
    bench: Bench,
) -> None:
    configs = [config("amd"), config("arm", platform=ARM64)]
    amd, arm = (image(f"{of.platform}", layer("x", 1), of=of) for of in configs)
    both, signed = index("both", arm, amd), signature("signature", amd)
    bench.crawl(seen(APP, {"v1": both, "s": signed}, amd, arm, configs=configs))

    def find(digest: Digest, platform: Platform | None) -> Digest | None:
        with bench.database.reading() as connection:
            base = find_base_by_digest(connection, digest, platform)
        return base.digest if base else None

    assert find(both.digest, AMD64) == find(amd.digest, AMD64) == amd.digest
    assert find(both.digest, Platform("linux", "arm64")) == arm.digest
    assert find(both.digest, None) == arm.digest, "the first of the index"
    assert find(both.digest, WINDOWS) is find(arm.digest, AMD64) is None
    assert find(signed.digest, None) is find(named("x"), None) is find(named("?"), None) is None
