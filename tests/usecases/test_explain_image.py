"""One image layer by layer: which one is meant, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.exactness import Exactness
from auditor.domain.image_config import HistoryEntry
from auditor.domain.observation import StorageScope
from auditor.domain.platform import Platform
from tests.fakes.contents import (
    CONFIG_BYTES,
    CREATED,
    LAYER_TYPE,
    MANIFEST_BYTES,
    Contents,
    config_of,
    layer,
)
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import REGISTRY, Bench, day, reference, target

APP = "team/app"
OVERHEAD = MANIFEST_BYTES + CONFIG_BYTES
STEPS = (
    HistoryEntry("/bin/sh -c #(nop) ADD file:abc in / ", CREATED),
    HistoryEntry("/bin/sh -c #(nop)  ENV A=b", is_empty_layer=True),
    HistoryEntry("RUN /bin/sh -c pip install flask # buildkit", CREATED + timedelta(minutes=1)),
)


def one_image() -> Contents:
    """team/app:1.4 and latest: two layers and how they were made."""
    contents = Contents()
    stack = (layer(3000, "bottom"), layer(200, "top"))
    config = config_of("app", stack, history=STEPS, labels={"z": "last", "a": "first"})
    image = contents.tag(APP, "1.4", contents.image("app", *stack, config=config))
    contents.tag(APP, "latest", image)
    return contents


def test_an_image_is_told_layer_by_layer_bottom_first(either_bench: Bench) -> None:
    contents = one_image()
    either_bench.crawl(contents)
    view = either_bench.image(f"{APP}:1.4")
    assert (view.registry, view.repository, view.reference) == (REGISTRY, APP, "1.4")
    assert view.digest == contents.tags[APP]["1.4"]
    assert [(row.position, row.digest, row.size_bytes) for row in view.layers] == [
        (0, layer(3000, "bottom").digest, 3000),
        (1, layer(200, "top").digest, 200),
    ]
    assert [row.created_by for row in view.layers] == [STEPS[0].created_by, STEPS[2].created_by]
    assert view.layers[1].step == "RUN pip install flask"
    assert view.layers[1].created_at == STEPS[2].created_at
    assert {row.media_type for row in view.layers} == {LAYER_TYPE}
    assert (view.history_note, view.steps_without_layer) == ("", 1)


def test_the_rest_of_what_is_known_stands_beside_the_layers(either_bench: Bench) -> None:
    either_bench.crawl(one_image())
    view = either_bench.image(f"{APP}:1.4")
    assert view.pull_bytes == 3200 + OVERHEAD
    assert (view.manifest_bytes, view.config_bytes) == (MANIFEST_BYTES, CONFIG_BYTES)
    assert (view.created_at, view.since) == (CREATED, day(0))
    assert view.labels == (("a", "first"), ("z", "last"))
    assert (view.platform, view.platforms) == (
        Platform("linux", "amd64"),
        (Platform("linux", "amd64"),),
    )
    assert view.tags == ("1.4", "latest")
    assert (view.exactness, view.conflicts, view.base) == (Exactness.EXACT, (), None)
    assert [row.from_base for row in view.layers] == [None, None]


# --- which image -------------------------------------------------------------------------


def test_without_a_tag_latest_is_meant(bench: Bench) -> None:
    bench.crawl(one_image())
    assert bench.image(APP) == bench.image(f"{APP}:latest")
    assert bench.image(APP).reference == "latest"


def test_an_image_can_be_named_by_digest(either_bench: Bench) -> None:
    contents = one_image()
    either_bench.crawl(contents)
    digest = contents.tags[APP]["1.4"]
    view = either_bench.image(f"{APP}@{digest}")
    assert (view.reference, view.digest) == (digest.text, digest)
    assert view.tags == ("1.4", "latest")


def test_of_a_tag_and_a_digest_the_digest_counts(bench: Bench) -> None:
    contents = one_image()
    other = contents.tag(APP, "other", contents.image("other"))
    bench.crawl(contents)
    assert bench.image(f"{APP}:1.4@{other}").digest == other


@pytest.mark.parametrize("what", ["nope", f"@{Digest.of(b'unseen')}"])
def test_what_is_not_stored_is_unknown_with_a_next_step(bench: Bench, what: str) -> None:
    bench.crawl(one_image())
    with pytest.raises(UnknownReferenceError, match="is not stored, or could not be read") as error:
        bench.image(f"{APP}{what}" if what.startswith("@") else f"{APP}:{what}")
    assert error.value.next_step == f"see `auditor show {APP}` for what there is"


def test_a_digest_of_another_repository_is_unknown_here(bench: Bench) -> None:
    contents = one_image()
    other = contents.tag("team/api", "1", contents.image("api"))
    bench.crawl(contents)
    with pytest.raises(UnknownReferenceError, match="is not stored"):
        bench.image(f"{APP}@{other}")


def test_a_tag_that_was_never_readable_is_unknown(bench: Bench) -> None:
    contents = one_image()
    broken = contents.tag(APP, "broken", contents.image("broken"))
    bench.crawl(FakeSource(contents.registry(), faults=Faults(manifests={broken})))
    with pytest.raises(UnknownReferenceError, match="could not be read"):
        bench.image(f"{APP}:broken")


def test_an_unknown_repository_is_answered_with_near_ones(bench: Bench) -> None:
    bench.crawl(one_image())
    with pytest.raises(UnknownReferenceError) as error:
        bench.image("tema/app:1.4")
    assert error.value.candidates == (f"{REGISTRY}/{APP}",)


def test_a_moved_tag_shows_what_it_points_at_now(bench: Bench) -> None:
    contents = one_image()
    bench.crawl(contents)
    newer = contents.tag(APP, "latest", contents.image("newer"))
    bench.crawl(contents)
    view = bench.image(f"{APP}:latest")
    assert (view.digest, view.since, view.tags) == (newer, day(1), ("latest",))
    assert bench.image(f"{APP}:1.4").tags == ("1.4",)


# --- which platform ----------------------------------------------------------------------


def multi_platform(*platforms: str) -> Contents:
    contents = Contents()
    images = []
    for number, text in enumerate(platforms):
        config = config_of(text, platform=Platform.parse(text))
        images.append(contents.image(text, layer(number + 1), config=config))
    attestation = config_of("attestation", platform=Platform("unknown", "unknown"))
    images.append(contents.image("attestation", config=attestation))
    contents.tag(APP, "1", contents.index("multi", *images))
    return contents


@pytest.mark.parametrize(
    "wanted, preferred, chosen",
    [
        ("", "linux/amd64", "linux/amd64"),
        ("", "linux/arm64", "linux/arm64/v8"),
        ("", "linux/s390x", "linux/arm/v7"),
        ("linux/arm64", "linux/amd64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/amd64", "linux/arm64/v8"),
        ("linux/arm", "linux/amd64", "linux/arm/v7"),
        ("windows/amd64", "linux/amd64", "windows/amd64"),
    ],
)
def test_of_an_index_the_wanted_then_the_preferred_then_the_first_image_is_shown(
    bench: Bench, wanted: str, preferred: str, chosen: str
) -> None:
    offered = ("linux/arm/v7", "linux/amd64", "linux/arm64/v8", "windows/amd64")
    bench.crawl(multi_platform(*offered))
    view = bench.image(f"{APP}:1", wanted, preferred=Platform.parse(preferred))
    assert str(view.platform) == chosen
    assert tuple(map(str, view.platforms)) == offered, "attestations are for no platform"
    assert view.tags == ("1",)


def test_an_image_that_leaves_its_variant_out_is_the_usual_one(bench: Bench) -> None:
    bench.crawl(multi_platform("linux/amd64", "linux/arm64"))
    assert str(bench.image(f"{APP}:1", "linux/arm64/v8").platform) == "linux/arm64"


def test_a_platform_that_is_not_offered_is_unknown_and_the_others_are_named(bench: Bench) -> None:
    bench.crawl(multi_platform("linux/amd64", "linux/arm64/v8"))
    with pytest.raises(UnknownReferenceError, match="has no image for linux/s390x") as error:
        bench.image(f"{APP}:1", "linux/s390x")
    assert error.value.next_step == "it has: linux/amd64, linux/arm64/v8"


def test_an_image_of_an_unknown_platform_is_shown_to_whoever_asks_for_none(bench: Bench) -> None:
    contents = Contents()
    contents.tag(APP, "1", contents.image("scratch", config=config_of("scratch", platform=None)))
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert (view.platform, view.platforms) == (None, ())
    with pytest.raises(UnknownReferenceError) as error:
        bench.image(f"{APP}:1", "linux/amd64")
    assert error.value.next_step == "it has: none"


@pytest.mark.parametrize("kind", ["artifact", "index"])
def test_what_is_no_image_has_no_layers_to_explain(bench: Bench, kind: str) -> None:
    contents = Contents()
    signature = contents.artifact("signature")
    is_index = kind == "index"
    contents.tag(APP, "1", contents.index("of artifacts", signature) if is_index else signature)
    bench.crawl(contents)
    with pytest.raises(UnknownReferenceError, match=f"is no image but an {kind}") as error:
        bench.image(f"{APP}:1")
    assert error.value.next_step == "only images have layers to explain"


# --- what is not quite known -------------------------------------------------------------


def test_a_history_that_does_not_fit_the_layers_is_said_and_not_guessed(bench: Bench) -> None:
    contents = Contents()
    stack = (layer(1), layer(2), layer(3))
    config = config_of("odd", stack, history=(HistoryEntry("RUN a"), HistoryEntry("RUN b")))
    contents.tag(APP, "1", contents.image("odd", *stack, config=config))
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert "which step made which layer is unknown" in view.history_note
    assert {(row.created_by, row.step, row.created_at) for row in view.layers} == {
        (None, None, None)
    }


def unreadable_config(contents: Contents) -> FakeSource:
    config = contents.manifests[contents.tags[APP]["1.4"]].config
    assert config is not None
    return FakeSource(contents.registry(), faults=Faults(configs={config.digest}))


def test_an_image_whose_config_could_not_be_read_is_at_least_this_big(either_bench: Bench) -> None:
    source = unreadable_config(one_image())
    either_bench.crawl(source)
    view = either_bench.image(f"{APP}:1.4")
    assert view.history_note == "the image config could not be read"
    assert (view.exactness, view.pull_bytes) == (Exactness.LOWER_BOUND, 3200 + OVERHEAD)
    assert (view.platform, view.created_at, view.labels) == (None, None, ())
    assert view.config_digest is not None
    source.faults = Faults()
    either_bench.crawl(source)
    view = either_bench.image(f"{APP}:1.4")
    assert (view.exactness, view.history_note) == (Exactness.EXACT, "")
    assert view.platform == Platform("linux", "amd64")


def test_a_layer_that_manifests_declare_differently_makes_the_size_an_estimate(
    either_bench: Bench,
) -> None:
    contents = one_image()
    liar = replace(layer(3000, "bottom"), size_bytes=2000)
    contents.tag("team/liar", "1", contents.image("liar", liar))
    either_bench.crawl(contents)
    for text in (f"{APP}:1.4", "team/liar:1"):
        view = either_bench.image(text)
        assert view.exactness is Exactness.ESTIMATED
        assert view.layers[0].size_bytes == 3000
        assert [conflict.claims for conflict in view.conflicts] == [(2000, 3000)]


def test_a_size_that_was_measured_is_exact_whatever_is_declared(bench: Bench) -> None:
    contents = one_image()
    image = contents.tags[APP]["1.4"]
    wrong = replace(contents.describe(image), size_bytes=1)
    contents.tag(APP, "index", contents.index("index", strangers=[wrong]))
    bench.crawl(contents)
    view = bench.image(f"{APP}:1.4")
    assert view.exactness is Exactness.EXACT
    assert [conflict.claims for conflict in view.conflicts] == [(1, MANIFEST_BYTES)]


def test_a_size_both_disputed_and_incomplete_is_an_estimate(bench: Bench) -> None:
    contents = one_image()
    liar = replace(layer(3000, "bottom"), size_bytes=4000)
    contents.tag("team/liar", "1", contents.image("liar", liar))
    bench.crawl(unreadable_config(contents))
    assert bench.image(f"{APP}:1.4").exactness is Exactness.ESTIMATED


# --- layers and their neighbours ---------------------------------------------------------


@pytest.mark.parametrize(
    "scope, holders", [(StorageScope.REGISTRY, 3), (StorageScope.NAMESPACE, 2)]
)
def test_a_layer_tells_how_many_repositories_of_its_scope_keep_it(
    either_bench: Bench, scope: StorageScope, holders: int
) -> None:
    contents = Contents()
    base = layer(9000, "base")
    for repository in (APP, "team/api", "other/web"):
        image = contents.image(repository, base, layer(1, repository))
        contents.tag(repository, "1", image)
    either_bench.crawl(contents, target(scope=scope))
    view = either_bench.image(f"{APP}:1")
    assert [row.shared_by_repositories for row in view.layers] == [holders, 1]


def test_a_layer_listed_twice_is_downloaded_once_and_shown_twice(bench: Bench) -> None:
    contents = Contents()
    contents.tag(APP, "1", contents.image("twice", layer(500), layer(7), layer(500)))
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert [row.size_bytes for row in view.layers] == [500, 7, 500]
    assert view.pull_bytes == 507 + OVERHEAD


def test_a_foreign_layer_is_pulled_but_kept_by_nobody_here(bench: Bench) -> None:
    contents = Contents()
    windows = layer(10**9, "windows", is_foreign=True)
    contents.tag(APP, "1", contents.image("foreign", windows, layer(10)))
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert view.pull_bytes == 10**9 + 10 + OVERHEAD
    assert [(row.is_foreign, row.shared_by_repositories) for row in view.layers] == [
        (True, 0),
        (False, 1),
    ]
    assert bench.rows()[APP].sizes.stored_bytes == 10 + OVERHEAD


def test_an_image_without_layers_is_its_manifest_and_config(bench: Bench) -> None:
    contents = Contents()
    image = contents.image("empty", config=config_of("empty"))
    contents.change(image, layers=())
    contents.tag(APP, "1", image)
    bench.crawl(contents)
    view = bench.browse().image(reference(APP, "1"))
    assert (view.layers, view.pull_bytes, view.base) == ((), OVERHEAD, None)


def test_a_base_that_only_its_build_step_tells_is_a_guess(bench: Bench) -> None:
    stack = (layer(28_000_000, "root"), layer(1_000, "own"))
    steps = ("# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", "RUN make # buildkit")
    history = tuple(HistoryEntry(step) for step in steps)
    contents = Contents()
    config = config_of("guess", stack, history=history)
    contents.tag("team/app", "1", contents.image("guess", *stack, config=config))
    bench.crawl(contents)
    base = bench.image("team/app:1").base
    assert base is not None
    assert (base.names, base.basis, base.confidence) == (
        ("debian:bookworm-slim",),
        "history",
        "low",
    )
