"""Bases of bases: find_bases beyond the nearest."""

from __future__ import annotations

from datetime import date

from auditor.analysis.base_image import (
    NO_CLAIM,
    BaseClaim,
    Hint,
    KnownImage,
    Prefixes,
    find_bases,
    known_images,
)
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.chain import chain_ids
from auditor.domain.digest import DiffId, Digest
from auditor.domain.platform import DEFAULT_PLATFORM

DIGESTS = tuple(Digest.of(name.encode()) for name in "dpna")
DIFFS = tuple(DiffId(Digest.of(f"diff {name}".encode()).text) for name in "dpna")
PREFIXES = Prefixes(chain_ids(DIFFS), chain_ids(DIGESTS))


def by_diff_ids(height: int, *names: str) -> KnownImage:
    digest = Digest.of(repr(names).encode())
    return KnownImage(digest, names, height, height * 10, chain_ids(DIFFS)[height - 1])


def by_digests(height: int, *names: str) -> KnownImage:
    return KnownImage(None, names, height, height * 10, chain_ids(DIGESTS)[height - 1])


Shape = list[tuple[int, tuple[str, ...], str, str]]


def shape(
    *candidates: KnownImage, claim: BaseClaim = NO_CLAIM, hints: tuple[Hint, ...] = ()
) -> Shape:
    found = find_bases(PREFIXES, candidates, claim, hints)
    return [(one.layer_count, one.names, one.basis, one.confidence) for one in found]


def test_each_known_prefix_is_the_base_of_the_one_above() -> None:
    assert shape(by_diff_ids(1, "debian:12"), by_digests(3, "node:22"), by_diff_ids(2, "b:1")) == [
        (3, ("node:22",), "layer_chain", "high"),
        (2, ("b:1",), "layer_chain", "high"),
        (1, ("debian:12",), "layer_chain", "high"),
    ]


def test_one_stack_known_by_both_identities_has_all_names() -> None:
    (base,) = find_bases(PREFIXES, [by_digests(2, "b:1"), by_diff_ids(2, "mirror/b:1")])
    assert base.names == ("b:1", "mirror/b:1")
    assert base.digest is not None


def test_the_claimed_base_is_nearest_and_what_lies_above_it_is_passed_over() -> None:
    debian = by_diff_ids(1, "debian:12")
    claim = BaseClaim("claimed:1", debian.digest, debian)
    assert shape(debian, by_diff_ids(3, "node:22"), claim=claim) == [
        (1, ("claimed:1", "debian:12"), "annotation", "high"),
    ]


def test_hints_stand_below_what_is_known() -> None:
    hints = (Hint(3, 30), Hint(2, 20), Hint(1, 10, ("debian:trixie",)), Hint(0, 0), Hint(4, 40))
    assert shape(by_diff_ids(2, "b:1"), hints=hints) == [
        (2, ("b:1",), "layer_chain", "high"),
        (1, ("debian:trixie",), "history", "low"),
    ]
    assert shape(hints=hints)[0] == (3, (), "history", "low")


def test_an_unproved_claim_stands_before_hints() -> None:
    found = shape(claim=BaseClaim("inner:1"), hints=(Hint(1, 10),))
    assert found == [(0, ("inner:1",), "annotation", "low"), (1, (), "history", "low")]


def test_a_claim_that_the_layers_contradict_is_left_out() -> None:
    wrong = KnownImage(Digest.of(b"w"), ("w",), 1, 5, chain_ids(DIGESTS[1:2])[-1])
    assert shape(claim=BaseClaim("w", wrong.digest, wrong)) == []


def test_what_to_look_up_are_the_chains_of_both_identities() -> None:
    assert PREFIXES.chains == {*chain_ids(DIFFS), *chain_ids(DIGESTS)}
    assert (PREFIXES.layer_count, Prefixes().layer_count) == (4, 0)


def test_a_base_of_the_catalogue_is_a_candidate_once_for_each_identity() -> None:
    layers = tuple(BaseLayer(digest, 10) for digest in DIGESTS[:2])
    base = KnownBase(
        ("b:1",), DEFAULT_PLATFORM, 20, date(2026, 1, 1), "t", layers=layers, diff_ids=DIFFS[:1]
    )
    assert [one.layer_count for one in known_images(base)] == [1, 2]
    nothing = KnownBase(("b:1",), DEFAULT_PLATFORM, 20, date(2026, 1, 1), "t")
    assert known_images(nothing) == ()
