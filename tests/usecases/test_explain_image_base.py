"""Which image another one was built on: told by annotation, by layers, or not at all."""

from __future__ import annotations

import pytest

from auditor.analysis.base_image import ANNOTATION, HIGH, LAYER_CHAIN, LOW
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.platform import Platform
from auditor.domain.views import BaseView, ImageView
from tests.fakes.contents import CONFIG_BYTES, MANIFEST_BYTES, Contents, config_of, layer
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import REGISTRY, Bench, target

APP, PYTHON = "team/app", "library/python"
NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
DEBIAN, INTERPRETER, CODE = layer(5000, "debian"), layer(900, "python"), layer(10, "code")
OVERHEAD = MANIFEST_BYTES + CONFIG_BYTES


def with_base(*stack: Descriptor, **annotations: str) -> Contents:
    """Debian and python below library, and an app of these layers."""
    contents = Contents()
    contents.tag("library/debian", "12", contents.image("debian", DEBIAN))
    contents.tag(PYTHON, "3.11", contents.image("python", DEBIAN, INTERPRETER))
    written = {"name": NAME, "digest": DIGEST}
    image = contents.image(
        "app",
        *(stack or (DEBIAN, INTERPRETER, CODE)),
        annotations={written[key]: value for key, value in annotations.items()},
    )
    contents.tag(APP, "1", image)
    return contents


def explained(bench: Bench, contents: Contents) -> tuple[ImageView, BaseView]:
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert view.base is not None
    return view, view.base


def test_the_base_is_the_known_image_with_the_longest_common_bottom(either_bench: Bench) -> None:
    contents = with_base()
    view, base = explained(either_bench, contents)
    assert base == BaseView(
        names=(f"{REGISTRY}/{PYTHON}:3.11",),
        digest=contents.tags[PYTHON]["3.11"],
        basis=LAYER_CHAIN,
        confidence=HIGH,
        layer_count=2,
        size_bytes=5900 + OVERHEAD,
    )
    assert [row.from_base for row in view.layers] == [True, True, False]


def test_every_name_of_the_base_is_told_also_of_an_index_that_lists_it(bench: Bench) -> None:
    contents = with_base()
    python = contents.tags[PYTHON]["3.11"]
    contents.tag(PYTHON, "3", python)
    contents.tag("mirror/python", "multi", contents.index("multi", python))
    _, base = explained(bench, contents)
    assert base.names == (
        f"{REGISTRY}/{PYTHON}:3",
        f"{REGISTRY}/{PYTHON}:3.11",
        f"{REGISTRY}/mirror/python:multi",
    )


def test_a_base_may_be_known_from_another_registry(bench: Bench) -> None:
    contents = with_base()
    bench.crawl(contents, target("hub.example"))
    only_app = Contents(contents.manifests, contents.configs)
    only_app.tag(APP, "1", contents.tags[APP]["1"])
    bench.crawl(only_app, target("own.example"))
    browse = bench.browse()
    base = browse.image(browse.resolve(f"own.example/{APP}:1")).base
    assert base is not None
    assert base.names == (f"hub.example/{PYTHON}:3.11",)


def test_a_base_whose_tag_is_gone_is_still_known(bench: Bench) -> None:
    contents = with_base()
    bench.crawl(contents)
    contents.remove(PYTHON)
    bench.crawl(contents, accept_removals=True)
    bench.crawl(contents, accept_removals=True)
    assert PYTHON not in bench.rows()
    base = bench.image(f"{APP}:1").base
    assert base is not None
    assert base.names == (f"{REGISTRY}/{PYTHON}:3.11",)


def test_an_image_alone_in_the_world_has_no_base(bench: Bench) -> None:
    contents = with_base(layer(1, "own"), CODE)
    bench.crawl(contents)
    view = bench.image(f"{APP}:1")
    assert view.base is None
    assert [row.from_base for row in view.layers] == [None, None]


def test_the_same_layers_under_another_name_are_no_base(bench: Bench) -> None:
    contents = with_base()
    contents.tag("copy/app", "1", contents.tags[APP]["1"])
    contents.tag("rebuilt/app", "1", contents.image("again", DEBIAN, INTERPRETER, CODE))
    _, base = explained(bench, contents)
    assert base.layer_count == 2


def test_an_annotation_is_believed_when_the_layers_agree(bench: Bench) -> None:
    debian = with_base().tags["library/debian"]["12"]
    contents = with_base(name="docker.io/library/debian:12", digest=debian.text)
    view, base = explained(bench, contents)
    assert (base.basis, base.confidence, base.layer_count) == (ANNOTATION, HIGH, 1)
    assert base.names == ("docker.io/library/debian:12", f"{REGISTRY}/library/debian:12")
    assert [row.from_base for row in view.layers] == [True, False, False]


def test_an_annotation_may_name_an_index(bench: Bench) -> None:
    first = with_base()
    arm = first.image("arm", layer(1), config=config_of("arm", platform=Platform("linux", "arm")))
    index = first.index("multi", arm, first.tags[PYTHON]["3.11"])
    contents = with_base(digest=index.text)
    contents.manifests |= {key: first.manifests[key] for key in (arm, index)}
    contents.configs |= first.configs
    contents.tag(PYTHON, "multi", index)
    _, base = explained(bench, contents)
    assert (base.digest, base.basis) == (contents.tags[PYTHON]["3.11"], ANNOTATION)
    assert base.layer_count == 2


def test_an_annotation_that_the_layers_contradict_counts_for_nothing(bench: Bench) -> None:
    contents = with_base(digest=Digest.of(b"image wrong").text, name="wrong:1")
    contents.tag("library/wrong", "1", contents.image("wrong", layer(77)))
    _, base = explained(bench, contents)
    assert (base.basis, base.layer_count) == (LAYER_CHAIN, 2)
    assert base.names == (f"{REGISTRY}/{PYTHON}:3.11",)


@pytest.mark.parametrize(
    "name, digest",
    [("alpine:3", ""), ("", Digest.of(b"unseen").text), ("alpine:3", "not a digest")],
)
def test_a_claim_about_an_image_nobody_saw_is_told_with_little_confidence(
    bench: Bench, name: str, digest: str
) -> None:
    contents = with_base(layer(1, "own"), CODE, name=name, digest=digest)
    view, base = explained(bench, contents)
    assert (base.basis, base.confidence, base.layer_count) == (ANNOTATION, LOW, 0)
    assert base.names == ((name,) if name else ())
    assert [row.from_base for row in view.layers] == [None, None]


def test_an_annotation_that_says_nothing_is_none(bench: Bench) -> None:
    contents = with_base(layer(1, "own"), CODE, name="", digest="not a digest")
    bench.crawl(contents)
    assert bench.image(f"{APP}:1").base is None


def test_without_a_config_the_stored_layers_tell_the_base(bench: Bench) -> None:
    contents = with_base()
    config = contents.manifests[contents.tags[APP]["1"]].config
    assert config is not None
    bench.crawl(FakeSource(contents.registry(), faults=Faults(configs={config.digest})))
    base = bench.image(f"{APP}:1").base
    assert base is not None
    assert (base.names, base.layer_count) == ((f"{REGISTRY}/{PYTHON}:3.11",), 2)


def test_layers_packed_anew_are_recognised_by_their_contents(bench: Bench) -> None:
    contents = with_base()
    app = contents.manifests[contents.tags[APP]["1"]]
    repacked = (layer(4000, "debian again"), *app.layers[1:])
    contents.change(app.digest, layers=repacked)
    _, base = explained(bench, contents)
    assert (base.basis, base.layer_count) == (LAYER_CHAIN, 2)


def test_a_claimed_base_of_unknown_contents_is_verified_by_its_stored_layers(bench: Bench) -> None:
    first = with_base()
    odd = first.image("odd", DEBIAN, config=config_of("says nothing of its layers"))
    contents = with_base(digest=odd.text)
    contents.manifests[odd] = first.manifests[odd]
    contents.configs |= first.configs
    contents.tag("library/odd", "1", odd)
    for repository in ("library/debian", PYTHON):
        contents.remove(repository)
    view, base = explained(bench, contents)
    assert (base.digest, base.confidence, base.layer_count) == (odd, HIGH, 1)
    assert [row.from_base for row in view.layers] == [True, False, False]


def test_an_image_of_another_platform_is_no_proof_of_a_claim(bench: Bench) -> None:
    first = with_base()
    arm = first.image("arm", DEBIAN, config=config_of("arm", platform=Platform("linux", "arm")))
    contents = with_base(layer(1, "own"), digest=arm.text)
    contents.manifests[arm] = first.manifests[arm]
    contents.configs |= first.configs
    contents.tag("library/arm", "1", arm)
    _, base = explained(bench, contents)
    assert (base.digest, base.confidence) == (arm, LOW)
