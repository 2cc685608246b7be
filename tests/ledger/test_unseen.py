from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.holdings import Claim, KnownBlob, References
from auditor.ledger.unseen import claims_of, unknown_digests

NAMES = st.lists(st.binary(min_size=1, max_size=2))


@given(st.sets(st.binary(min_size=1, max_size=2)), NAMES)
def test_what_is_wanted_and_not_known_comes_once_and_in_order(
    known: set[bytes], wanted: list[bytes]
) -> None:
    blobs = [KnownBlob(digest, 1, 1) for digest in sorted(known)]
    assert list(unknown_digests(blobs, sorted(wanted))) == sorted(set(wanted) - known)


def claims(
    unseen: set[bytes], tagged: list[bytes], bodies: Mapping[bytes, References]
) -> dict[bytes, set[bool]]:
    found: dict[bytes, set[bool]] = {}
    for claim in claims_of(unseen, tagged, bodies.get):
        found.setdefault(claim.digest, set()).add(claim.is_tagged)
    return found


def test_a_manifest_keeps_its_body_and_what_it_refers_to() -> None:
    bodies = {b"m": References(blobs=(b"config", b"layer"))}
    assert claims({b"m"}, [], bodies) == {
        b"m": {False},
        b"config": {False},
        b"layer": {False},
    }
    assert claims({b"m"}, [b"m", b"m", b"elsewhere"], bodies)[b"layer"] == {True}


def test_a_tag_leads_through_an_index_and_to_a_subject() -> None:
    bodies = {
        b"index": References(children=(b"child", b"known")),
        b"child": References(blobs=(b"layer",)),
        b"artifact": References(blobs=(b"report",), subject=b"image"),
        b"image": References(blobs=(b"base",)),
        b"other": References(blobs=(b"layer", b"rest")),
    }
    found = claims(set(bodies), [b"index", b"artifact"], bodies)
    assert (found[b"layer"], found[b"base"], found[b"rest"]) == ({True, False}, {True}, {False})
    assert found[b"known"] == {True}


def test_a_subject_that_nobody_holds_is_not_kept_by_its_artifact() -> None:
    bodies = {b"artifact": References(subject=b"gone")}
    assert b"gone" not in claims({b"artifact"}, [b"artifact"], bodies)


def test_manifests_that_refer_to_each_other_end() -> None:
    bodies = {b"a": References(children=(b"b",)), b"b": References(children=(b"a",))}
    assert claims({b"a", b"b"}, [b"a"], bodies) == {b"a": {True}, b"b": {True}}


def test_a_body_that_cannot_be_read_keeps_itself() -> None:
    assert list(claims_of({b"m"}, [], lambda _: None)) == [Claim(b"m", is_tagged=False)]


def test_every_body_is_read_once() -> None:
    read: list[bytes] = []
    bodies = {b"i": References(children=(b"c",)), b"c": References(), b"u": References()}

    def references_of(digest: bytes) -> References:
        read.append(digest)
        return bodies[digest]

    list(claims_of(set(bodies), [b"i", b"c"], references_of))
    assert sorted(read) == [b"c", b"i", b"u"]
