"""The oracle itself, on examples small enough to work out by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.observation import StorageScope
from tests.oracles.model import Memory, Registry, Repository
from tests.oracles.random_registries import changes, registries
from tests.oracles.sizes import RepositorySizes, Roots, measure

LAYER = Descriptor("layer", Digest.of(b"layer"), 100)
LIED = Descriptor("layer", LAYER.digest, 101)
CONFIG = Descriptor("config", Digest.of(b"config"), 999)
CONFIGS = {CONFIG.digest: ImageConfig(CONFIG.digest, 10)}


def image(name: str, *layers: Descriptor) -> Manifest:
    return Manifest(
        Digest.of(name.encode()), "image", 1, ManifestKind.IMAGE, config=CONFIG, layers=layers
    )


ONE, TWO = image("one", LAYER, LAYER), image("two", LIED)
INDEX = Manifest(
    Digest.of(b"index"),
    "index",
    5,
    ManifestKind.INDEX,
    children=(Descriptor("image", ONE.digest, 7), Descriptor("image", Digest.of(b"gone"), 7)),
)
SIGNATURE = Manifest(
    Digest.of(b"signature"),
    "artifact",
    3,
    ManifestKind.ARTIFACT,
    subject=Descriptor("index", INDEX.digest, 5),
)
MANIFESTS = {one.digest: one for one in (ONE, TWO, INDEX, SIGNATURE)}
CONTENTS = {
    "team/b": Roots({"latest": INDEX.digest, "1": INDEX.digest}, frozenset(MANIFESTS)),
    "team/a": Roots({"latest": TWO.digest, "unread": None}, frozenset({TWO.digest})),
}


def test_a_shared_layer_is_split_and_the_odd_byte_goes_to_the_first_name() -> None:
    figures = measure(CONTENTS, MANIFESTS, CONFIGS, StorageScope.NAMESPACE)
    # The layer is declared with 100 and 101 bytes, the config measured with 10.
    assert figures.repositories == {
        "team/a": RepositorySizes(2, 1, 112, 112, 1, 1 + 51 + 5),
        "team/b": RepositorySizes(2, 1, 120, 120, 9, 9 + 50 + 5),
    }
    assert (figures.stored_bytes, figures.logical_bytes) == (121, 232)
    assert (figures.tags, figures.images) == (4, 2)
    assert figures.scopes["team"].shared_by[LAYER.digest] == {"team/a", "team/b"}


def test_scopes_of_one_repository_share_nothing() -> None:
    figures = measure(CONTENTS, MANIFESTS, CONFIGS, StorageScope.REPOSITORY)
    assert figures.stored_bytes == 232
    assert all(
        sizes.exclusive_bytes == sizes.fair_share_bytes == sizes.stored_bytes
        for sizes in figures.repositories.values()
    )


def test_foreign_layers_are_not_stored() -> None:
    foreign = image("foreign", Descriptor("layer", LAYER.digest, 100, is_foreign=True))
    roots = {"a": Roots({"t": foreign.digest}, frozenset({foreign.digest}))}
    figures = measure(roots, {foreign.digest: foreign}, CONFIGS, StorageScope.REGISTRY)
    assert figures.repositories["a"].stored_bytes == 11


def test_what_was_seen_counts_for_as_long_as_it_is_held() -> None:
    held = Roots({}, frozenset({TWO.digest}), frozenset({TWO.digest, ONE.digest}))
    figures = measure({"a": held}, MANIFESTS, CONFIGS, StorageScope.REGISTRY)
    assert figures.reached["a"] == {TWO.digest}
    assert figures.repositories["a"].tags == 0


@given(registries(is_sparse=True), st.sampled_from(StorageScope), st.booleans())
def test_the_laws_hold_for_the_oracle(
    registry: Registry, scope: StorageScope, lists_untagged: bool
) -> None:
    figures = Memory().crawl(registry, scope, lists_untagged=lists_untagged)
    for sizes in figures.repositories.values():
        assert (
            0
            <= sizes.exclusive_bytes
            <= sizes.fair_share_bytes
            <= sizes.stored_bytes
            <= sizes.logical_bytes
        )
    shares = sum(sizes.fair_share_bytes for sizes in figures.repositories.values())
    assert shares == figures.stored_bytes


@given(st.data(), registries())
def test_memory_keeps_what_is_still_held_and_loses_the_rest(
    data: st.DataObject, before: Registry
) -> None:
    memory = Memory()
    first = memory.crawl(before, StorageScope.REGISTRY)
    after = data.draw(changes(before))
    second = memory.crawl(after, StorageScope.REGISTRY)
    for name, repository in after.repositories.items():
        remembered = first.reached.get(name, frozenset()) & repository.held
        assert remembered <= second.reached[name] <= repository.held


def test_what_was_gone_and_is_back_without_a_tag_is_not_counted_again() -> None:
    def crawl(tags: dict[str, Digest], *held: Manifest) -> int:
        digests = frozenset(one.digest for one in held)
        repositories = {"team/a": Repository(tags, digests)}
        registry = Registry(repositories, MANIFESTS, CONFIGS)
        return memory.crawl(registry, StorageScope.REGISTRY).images

    memory = Memory()
    both, second = {"1": ONE.digest, "2": TWO.digest}, {"2": TWO.digest}
    assert crawl(both, ONE, TWO) == 2
    assert crawl(second, ONE, TWO) == 2  # untagged, and still there when asked for
    assert crawl(second, TWO) == 1
    assert crawl(second, ONE, TWO) == 1  # back, and nobody asks for it
    assert crawl(both, ONE, TWO) == 2
