"""Which part of a change a blob belongs to, and that parts add up whatever was kept."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.change import (
    BasedImage,
    BlobChange,
    BlobHolders,
    ChangedFigure,
    ChangeKind,
    ChangePart,
    Contributor,
    CorrectionRange,
    Figures,
    HeldManifest,
    Holding,
    RepositoryChange,
)
from auditor.domain.digest import Digest
from auditor.ledger.change import MOST_CONTRIBUTORS, Claims, add_up, explain, fair_share

APP, OTHER = "team/app", "team/other"
SIZE = 100
STORED, FAIR = ChangedFigure.STORED, ChangedFigure.FAIR_SHARE


def d(name: str) -> Digest:
    return Digest.of(name.encode())


def manifest(name: str, *blobs: str, children: str = "", subject: str = "") -> HeldManifest:
    """A manifest whose body is a blob of its name."""
    return HeldManifest(
        d(name),
        frozenset(d(blob) for blob in (name, *blobs)),
        tuple(d(child) for child in children.split()),
        d(subject) if subject else None,
    )


def based(name: str, *base: str, platform: str = "amd64") -> BasedImage:
    return BasedImage(d(name), ("linux", platform, ""), tuple(d(layer) for layer in base))


def holding(
    *manifests: HeldManifest,
    tags: dict[str, str] | None = None,
    images: dict[str, list[BasedImage]] | None = None,
) -> Holding:
    return Holding(
        manifests,
        {tag: d(name) if name else None for tag, name in (tags or {}).items()},
        {d(name): tuple(found) for name, found in (images or {}).items()},
    )


def reasons(
    *changes: RepositoryChange, came: bool = True
) -> dict[str, tuple[ChangeKind, str, str | None]]:
    """Part, repository and tag for every blob that came (or went), by the blob's name."""
    claims = Claims()
    for change in changes:
        claims.take(change)
    names = {d(name): name for name in _NAMES}
    found = claims.came if came else claims.went
    return {
        names[blob]: (claim.kind, claim.repository, claim.tag) for (_, blob), claim in found.items()
    }


_NAMES = ("old", "new", "base", "base2", "index", "signature", "a", "b", "c", "x")


def came(*manifests: HeldManifest, **parts: dict[str, str]) -> RepositoryChange:
    """What came to the application's repository, below tags `tags` after and `before`."""
    return RepositoryChange(
        1, APP, holding(tags=parts.get("before")), holding(*manifests, tags=parts.get("tags"))
    )


def test_a_tag_that_was_not_there_brings_new_tags_bytes() -> None:
    found = reasons(came(manifest("new", "a"), tags={"1.0": "new"}))
    assert found == dict.fromkeys(("new", "a"), (ChangeKind.NEW_TAGS, APP, "1.0"))


def test_a_tag_that_was_there_brings_new_images() -> None:
    change = came(manifest("new", "a"), tags={"latest": "new"}, before={"latest": "old"})
    assert reasons(change)["a"] == (ChangeKind.NEW_IMAGES, APP, "latest")


def test_a_tag_that_was_unreadable_before_was_there() -> None:
    change = came(manifest("new"), tags={"latest": "new"}, before={"latest": ""})
    assert reasons(change)["new"][0] is ChangeKind.NEW_IMAGES


def test_new_tags_bring_only_what_no_moved_tag_brings() -> None:
    tags = {"1.0": "new", "latest": "new"}
    change = came(manifest("new", "a"), tags=tags, before={"latest": "old"})
    assert reasons(change)["a"] == (ChangeKind.NEW_IMAGES, APP, "latest")


def test_what_no_tag_leads_to_is_untagged() -> None:
    change = came(manifest("new", "a"), manifest("x", "b"), tags={"1": "new", "2": "", "3": "old"})
    assert reasons(change)["b"] == (ChangeKind.UNTAGGED, APP, None)


def test_an_index_leads_to_its_images_and_an_image_to_its_signature_and_back() -> None:
    change = came(
        manifest("index", children="new old"),
        manifest("new", "a"),
        manifest("signature", "b", subject="new"),
        tags={"1.0": "index"},
    )
    assert {kind for kind, *_ in reasons(change).values()} == {ChangeKind.NEW_TAGS}
    by_signature = came(
        manifest("new", "a"), manifest("signature", "b", subject="new"), tags={"s": "signature"}
    )
    assert reasons(by_signature)["a"] == (ChangeKind.NEW_TAGS, APP, "s")


def test_a_signature_of_an_image_that_was_there_is_untagged() -> None:
    change = came(manifest("signature", subject="old"), tags={"1.0": "old"}, before={"1.0": "old"})
    assert reasons(change)["signature"][0] is ChangeKind.UNTAGGED


def moved(
    old: Iterable[BasedImage], new: Iterable[BasedImage], *also: HeldManifest
) -> RepositoryChange:
    """The tag `latest` moved from one image to another, made of `base2` and `a`."""
    before = holding(
        manifest("old", "base", "b"), tags={"latest": "old"}, images={"old": list(old)}
    )
    after = holding(
        manifest("new", "base2", "a"), *also, tags={"latest": "new"}, images={"new": list(new)}
    )
    return RepositoryChange(1, APP, before, after)


def test_layers_of_another_base_are_a_base_move_on_both_sides() -> None:
    change = moved([based("old", "base")], [based("new", "base2")])
    kinds = {name: kind for name, (kind, *_) in reasons(change).items()}
    assert kinds == {
        "new": ChangeKind.NEW_IMAGES, "a": ChangeKind.NEW_IMAGES, "base2": ChangeKind.BASE_MOVES,
    }  # fmt: skip
    kinds = {name: kind for name, (kind, *_) in reasons(change, came=False).items()}
    assert kinds == {
        "old": ChangeKind.NEW_IMAGES, "b": ChangeKind.NEW_IMAGES, "base": ChangeKind.BASE_MOVES,
    }  # fmt: skip


@pytest.mark.parametrize(
    "old, new",
    [
        ([based("old")], [based("new", "base2")]),
        ([based("old", "base")], [based("new")]),
        ([based("old", "base", platform="arm64")], [based("new", "base2")]),
        ([based("old", "base"), based("x", "base2")], [based("new", "base2")]),
        ([], [based("new", "base2")]),
    ],
)
def test_without_two_known_bases_of_one_platform_nothing_is_a_base_move(
    old: list[BasedImage], new: list[BasedImage]
) -> None:
    assert reasons(moved(old, new))["base2"][0] is ChangeKind.NEW_IMAGES


def test_a_tag_that_was_unreadable_has_no_base_to_move_from() -> None:
    after = holding(
        manifest("new", "base2"), tags={"t": "new"}, images={"new": [based("new", "base2")]}
    )
    change = RepositoryChange(1, APP, holding(tags={"t": ""}), after)
    assert reasons(change)["base2"][0] is ChangeKind.NEW_IMAGES


def test_the_same_layer_of_a_moved_tags_own_is_no_base_move() -> None:
    """Of a scope: the base image's tag moved as well, and that is why the layer came."""
    base = RepositoryChange(
        1, OTHER, holding(tags={"3": "x"}), holding(manifest("c", "base2"), tags={"3": "c"})
    )
    app = moved([based("old", "base")], [based("new", "base2")])
    for order in ((base, app), (app, base)):
        assert reasons(*order)["base2"] == (ChangeKind.NEW_IMAGES, OTHER, "3")


def test_a_tag_that_is_gone_removes_and_so_does_a_manifest_without_one() -> None:
    change = RepositoryChange(
        1, APP, holding(manifest("old", "a"), manifest("x"), tags={"1.0": "old"}), holding()
    )
    assert reasons(change, came=False) == {
        "old": (ChangeKind.REMOVALS, APP, "1.0"),
        "a": (ChangeKind.REMOVALS, APP, "1.0"),
        "x": (ChangeKind.REMOVALS, APP, None),
    }


def test_of_equal_reasons_the_first_repository_and_tag_are_named() -> None:
    one = came(manifest("new", "a"), tags={"b": "new", "a": "new"})
    two = RepositoryChange(1, "a/first", holding(), holding(manifest("x", "a"), tags={"z": "x"}))
    assert reasons(one)["a"][2] == "a"
    for order in ((one, two), (two, one)):
        assert reasons(*order)["a"] == (ChangeKind.NEW_TAGS, "a/first", "z")


def test_units_do_not_know_each_other() -> None:
    claims = Claims()
    claims.take(came(manifest("new"), tags={"t": "new"}))
    claims.take(RepositoryChange(2, OTHER, holding(), holding(manifest("new"))))
    kinds = {unit: claim.kind for (unit, _), claim in claims.came.items()}
    assert kinds == {1: ChangeKind.NEW_TAGS, 2: ChangeKind.UNTAGGED}


def test_a_share_is_split_equally_and_odd_bytes_go_by_name() -> None:
    holders = BlobHolders(1, d("a"), 11, frozenset("ab"), frozenset("abc"))
    assert fair_share(holders, {"a"}) == BlobChange(1, d("a"), 6, 4)
    assert fair_share(holders, {"b", "c"}) == BlobChange(1, d("a"), 5, 7)
    assert fair_share(holders, {"x"}) == BlobChange(1, d("a"), None, None)
    assert fair_share(holders, {"c"}) == BlobChange(1, d("a"), None, 3)


def parts_by_kind(parts: Iterable[ChangePart]) -> dict[ChangeKind, tuple[int, int]]:
    return {
        part.kind: (part.added_bytes, part.removed_bytes)
        for part in parts
        if part.added_bytes or part.removed_bytes
    }


def whole_change() -> tuple[Claims, list[BlobChange]]:
    claims = Claims()
    claims.take(moved([based("old", "base")], [based("new", "base2")], manifest("x")))
    blobs = [BlobChange(1, d(name), SIZE, None) for name in ("old", "b", "base")]
    blobs += [BlobChange(1, d(name), None, SIZE) for name in ("new", "a", "x")]
    blobs += [BlobChange(1, d("base2"), SIZE, SIZE), BlobChange(1, d("c"), None, None)]
    return claims, blobs


def test_what_the_unit_held_already_counts_nowhere() -> None:
    claims, blobs = whole_change()
    parts = explain(STORED, Figures(300, 300), claims, blobs)
    assert [part.kind for part in parts] == [
        kind for kind in ChangeKind if kind is not ChangeKind.SHARED
    ]
    assert parts_by_kind(parts) == {
        ChangeKind.NEW_IMAGES: (200, 200),
        ChangeKind.BASE_MOVES: (0, 100),
        ChangeKind.UNTAGGED: (100, 0),
    }
    by_kind = {part.kind: part for part in parts}
    assert by_kind[ChangeKind.UNTAGGED].contributors == (Contributor(APP, None, d("x"), 100),)
    assert set(by_kind[ChangeKind.NEW_IMAGES].contributors) == {
        Contributor(APP, "latest", d("new"), 200),
        Contributor(APP, "latest", d("old"), -200),
    }


def test_a_share_that_changed_is_shared_with_others() -> None:
    blobs = [BlobChange(1, d("a"), 50, 33), BlobChange(1, d("b"), 10, 20)]
    parts = explain(FAIR, Figures(60, 53), Claims(), blobs)
    assert parts_by_kind(parts) == {ChangeKind.SHARED: (10, 17)}
    shared = next(part for part in parts if part.kind is ChangeKind.SHARED)
    assert shared.contributors == (
        Contributor("", None, d("a"), -17),
        Contributor("", None, d("b"), 10),
    )


def test_what_is_left_over_is_a_correction_as_far_as_claims_allow_and_other_beyond() -> None:
    allowed = CorrectionRange(-5, 7, (d("a"),))
    for kept, corrected, other in ((3, (3, 0), (0, 0)), (9, (7, 0), (2, 0)), (-6, (0, 5), (0, 1))):
        *_, sizes, rest = explain(STORED, Figures(100, 100 + kept), Claims(), [], allowed)
        assert (sizes.added_bytes, sizes.removed_bytes) == corrected
        assert (rest.added_bytes, rest.removed_bytes) == other
        assert [one.digest for one in sizes.contributors] == [d("a")]
    *_, sizes, rest = explain(STORED, Figures(100, 90), Claims(), [])
    assert (sizes.net_bytes, rest.net_bytes) == (0, -10)


def test_a_correction_of_several_digests_names_none() -> None:
    allowed = CorrectionRange(-5, 7, (d("a"), d("b")))
    *_, sizes, _ = explain(STORED, Figures(100, 103), Claims(), [], allowed)
    assert (sizes.net_bytes, sizes.contributors) == (3, ())


def test_at_most_ten_contributors_are_named_the_biggest_first() -> None:
    claims = Claims()
    names = [f"m{number}" for number in range(12)]
    claims.take(RepositoryChange(1, APP, holding(), holding(*map(manifest, names))))
    blobs = [BlobChange(1, d(name), None, size) for size, name in enumerate(names)]
    part = explain(STORED, Figures(0, 66), claims, blobs)[3]
    assert [one.net_bytes for one in part.contributors] == list(range(11, 1, -1))
    assert len(part.contributors) == MOST_CONTRIBUTORS


def test_changes_of_several_registries_add_up_part_by_part() -> None:
    claims, blobs = whole_change()
    one = explain(FAIR, Figures(0, 0), claims, blobs)
    both = add_up(FAIR, [one, one])
    assert [part.kind for part in both] == list(ChangeKind)
    assert parts_by_kind(both) == {
        kind: (2 * added, 2 * removed) for kind, (added, removed) in parts_by_kind(one).items()
    }
    assert all(len(part.contributors) <= MOST_CONTRIBUTORS for part in both)
    assert parts_by_kind(add_up(FAIR, [])) == {}


@given(
    st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=6),
    st.integers(-99, 99),
    st.integers(-9, 0),
    st.integers(0, 9),
    st.sampled_from(ChangedFigure),
)
def test_parts_add_up_to_whatever_was_kept(
    charged: list[tuple[int | None, int | None]],
    net: int,
    least: int,
    most: int,
    figure: ChangedFigure,
) -> None:
    claims = Claims()
    names = [manifest(f"m{number}") for number in range(len(charged))]
    claims.take(RepositoryChange(1, APP, holding(*names), holding(*names)))
    blobs = [BlobChange(1, one.digest, *both) for one, both in zip(names, charged, strict=True)]
    if figure is STORED:
        blobs = [one for one in blobs if None in (one.before_bytes, one.after_bytes)]
    parts = explain(figure, Figures(200, 200 + net), claims, blobs, CorrectionRange(least, most))
    assert sum(part.net_bytes for part in parts) == net
    assert len({part.kind for part in parts}) == len(parts)
