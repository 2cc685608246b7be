from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.exactness import Exactness
from auditor.domain.holdings import Claim, Files, HeldBlob, KnownBlob
from auditor.domain.reconciliation import Part, PartKind
from auditor.domain.units import GIB, Price
from auditor.ledger.reconcile import (
    bytes_for,
    doubted,
    parts_of_storage,
    priced,
    with_unattributed,
)

D = Decimal
EXACT, LOWER, UPPER, ESTIMATED = Exactness
NO_FILES = dict.fromkeys((PartKind.UPLOADS, PartKind.BOOKKEEPING, PartKind.OTHER), Files())
DIGESTS = st.integers(0, 30).map(lambda number: b"\x01" + bytes([number]))
SIZES = st.integers(0, 10**15)
KNOWN = st.builds(KnownBlob, DIGESTS, SIZES, SIZES, st.booleans())
HELD = st.builds(HeldBlob, DIGESTS, SIZES)
CLAIMS = st.builds(Claim, DIGESTS, st.booleans())
FILES = st.fixed_dictionaries(dict.fromkeys(NO_FILES, st.builds(Files, SIZES, SIZES)))
PRICES = st.builds(
    Price, st.decimals(0, 5, places=4), st.just("USD"), st.sampled_from([10**9, GIB])
)


def digest_of(item: KnownBlob | HeldBlob | Claim) -> bytes:
    return item.digest


def split(
    known: Sequence[KnownBlob] = (),
    held: Sequence[HeldBlob] = (),
    claims: Sequence[Claim] = (),
) -> dict[PartKind, int]:
    """What has bytes, by name."""
    parts, _ = parts_of_storage(known, held, claims, NO_FILES)
    return {part.kind: part.size_bytes for part in parts if part.count}


@given(
    st.lists(KNOWN, unique_by=lambda blob: blob.digest),
    st.lists(HELD),
    st.lists(CLAIMS),
    FILES,
)
def test_parts_add_up_to_every_byte_that_is_held(
    known: list[KnownBlob],
    held: list[HeldBlob],
    claims: list[Claim],
    files: dict[PartKind, Files],
) -> None:
    for items in (known, held, claims):
        items.sort(key=digest_of)
    parts, untagged = parts_of_storage(known, held, claims, files)
    others = sum(each.size_bytes for each in files.values())
    assert sum(part.size_bytes for part in parts) == sum(b.size_bytes for b in held) + others
    by_kind = {part.kind: part.size_bytes for part in parts}
    assert by_kind[PartKind.REFERENCED] == sum(blob.counted_bytes for blob in known)
    assert untagged == sum(blob.counted_bytes for blob in known if not blob.is_tagged)


@given(st.lists(st.integers(-(10**15), 10**15)), st.integers(0, 10**16))
def test_what_has_no_name_is_a_row_of_its_own_and_completes_the_sum(
    sizes: list[int], actual_bytes: int
) -> None:
    named = [Part(PartKind.OTHER, size) for size in sizes]
    parts = with_unattributed(named, actual_bytes, EXACT)
    assert parts[-1].kind is PartKind.UNATTRIBUTED
    assert sum(part.size_bytes for part in parts) == actual_bytes


@given(
    st.lists(st.integers(-(10**15), 10**15), min_size=1), PRICES, st.decimals(0, 10**9, places=2)
)
def test_costs_add_up_to_the_invoice(sizes: list[int], price: Price, amount: Decimal) -> None:
    parts = priced([Part(PartKind.OTHER, size) for size in sizes], price, amount)
    assert sum(part.cost for part in parts) == amount


def test_without_an_invoice_each_part_costs_what_the_price_says() -> None:
    parts = priced([Part(PartKind.OTHER, 3 * 10**9)], Price(D("0.02"), "USD"), None)
    assert parts[0].cost == D("0.06")


def test_an_amount_pays_for_so_many_bytes() -> None:
    assert bytes_for(D("1.5"), Price(D("0.03"), "USD")) == 50 * 10**9
    assert bytes_for(D("0.03"), Price(D("0.03"), "USD", GIB)) == GIB


def test_what_is_known_and_there_is_referenced_and_nothing_else() -> None:
    known, held = [KnownBlob(b"a", 5, 5)], [HeldBlob(b"a", 5)]
    assert split(known, held) == {PartKind.REFERENCED: 5}
    assert split(known, held, [Claim(b"a", is_tagged=False)]) == {PartKind.REFERENCED: 5}


def test_what_is_known_and_not_there_is_taken_off_again() -> None:
    found = split([KnownBlob(b"a", 5, 5)])
    assert found == {PartKind.REFERENCED: 5, PartKind.MISSING: -5}


def test_another_size_than_known_is_named_whichever_way_it_goes() -> None:
    for size, difference in ((7, 2), (1, -4)):
        found = split([KnownBlob(b"a", 5, 5)], [HeldBlob(b"a", size)])
        assert found == {PartKind.REFERENCED: 5, PartKind.SIZE_MISMATCH: difference}


def test_of_two_copies_the_one_of_the_known_size_counts() -> None:
    held = [HeldBlob(b"a", 3), HeldBlob(b"a", 5)]
    found = split([KnownBlob(b"a", 5, 5)], held)
    assert found == {PartKind.REFERENCED: 5, PartKind.FURTHER_COPIES: 3}
    assert split((), held) == {PartKind.UNREFERENCED: 3, PartKind.FURTHER_COPIES: 5}


def test_what_is_counted_in_three_scopes_and_held_once_says_so() -> None:
    known = [KnownBlob(b"a", 5, 15)]
    found = split(known, [HeldBlob(b"a", 5)])
    assert found == {PartKind.REFERENCED: 15, PartKind.KEPT_ONCE: -10}
    assert split(known) == {PartKind.REFERENCED: 15, PartKind.MISSING: -15}


def test_what_only_unseen_manifests_keep_is_theirs_and_a_tag_counts_more() -> None:
    held = [HeldBlob(name, 1) for name in (b"a", b"b", b"c", b"d")]
    claims = [
        Claim(b"a", is_tagged=False),
        Claim(b"b", is_tagged=False),
        Claim(b"b", is_tagged=True),
        Claim(b"c", is_tagged=True),
        Claim(b"x", is_tagged=True),
    ]
    found = split((), held, claims)
    kinds = (PartKind.UNTAGGED, PartKind.NOT_CRAWLED, PartKind.UNREFERENCED)
    assert [found[kind] for kind in kinds] == [1, 2, 1]


def marks(*, files: bool, bodies: bool) -> dict[PartKind, Exactness]:
    parts = [Part(kind, 0) for kind in PartKind]
    doubtful = doubted(parts, files_unread=files, bodies_unread=bodies)
    return {part.kind: part.exactness for part in doubtful}


def test_bodies_that_were_not_read_make_doubtful_what_they_may_refer_to() -> None:
    found = marks(files=False, bodies=True)
    assert {kind for kind in PartKind if found[kind] is not EXACT} == {
        PartKind.NOT_CRAWLED,
        PartKind.UNTAGGED,
        PartKind.UNREFERENCED,
    }
    assert (found[PartKind.UNTAGGED], found[PartKind.UNREFERENCED]) == (LOWER, UPPER)


def test_files_that_were_not_read_make_everything_but_the_expected_doubtful() -> None:
    found = marks(files=True, bodies=False)
    assert found[PartKind.REFERENCED] is EXACT
    assert (found[PartKind.MISSING], found[PartKind.OTHER]) == (LOWER, LOWER)
    assert (found[PartKind.UNREFERENCED], found[PartKind.SIZE_MISMATCH]) == (ESTIMATED, ESTIMATED)
    assert set(marks(files=False, bodies=False).values()) == {EXACT}


def test_more_that_may_be_there_leaves_less_without_a_name() -> None:
    wanted = {EXACT: EXACT, LOWER: UPPER, ESTIMATED: ESTIMATED}
    for exactness, of_the_rest in wanted.items():
        assert with_unattributed([], 1, exactness)[0].exactness is of_the_rest
