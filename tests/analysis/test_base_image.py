from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.base_image import NO_CLAIM, BaseClaim, KnownImage, Prefixes, find_bases
from auditor.domain.chain import chain_ids
from auditor.domain.digest import ChainId, DiffId, Digest
from auditor.domain.views import BaseView

DEBIAN, PYTHON, APP = (
    tuple(DiffId(Digest.of(name.encode()).text) for name in names)
    for names in (["d"], ["d", "p1", "p2"], ["d", "p1", "p2", "a"])
)
OURS = chain_ids(APP)


def known(layers: tuple[DiffId, ...], *names: str, salt: str = "") -> KnownImage:
    return KnownImage(
        digest=Digest.of(f"{layers}{names}{salt}".encode()),
        names=names,
        layer_count=len(layers),
        size_bytes=1000 * len(layers),
        chain=chain_ids(layers)[-1],
    )


debian = known(DEBIAN, "debian:12", "debian:bookworm")
python = known(PYTHON, "python:3.12")
other = known((DiffId(Digest.of(b"x").text),), "alpine:3")


def nearest(
    prefixes: Sequence[ChainId], candidates: Iterable[KnownImage], claim: BaseClaim = NO_CLAIM
) -> BaseView | None:
    return next(iter(find_bases(Prefixes(tuple(prefixes)), candidates, claim)), None)


def test_the_longest_whole_image_below_ours_is_the_base() -> None:
    assert nearest(OURS, [debian, other, python]) == BaseView(
        names=("python:3.12",),
        digest=python.digest,
        basis="layer_chain",
        confidence="high",
        layer_count=3,
        size_bytes=3000,
    )


def test_an_image_with_all_our_layers_is_a_twin_and_no_base() -> None:
    assert nearest(OURS, [known(APP, "app:copy")]) is None


def test_nothing_known_and_nothing_claimed_is_no_base() -> None:
    assert nearest(OURS, []) is None
    assert nearest([], [debian]) is None


def test_part_of_an_image_is_no_base() -> None:
    halfway = replace(python, layer_count=2)
    assert nearest(OURS, [halfway]) is None


def test_an_image_without_layers_is_no_base() -> None:
    assert nearest(OURS, [replace(debian, layer_count=0)]) is None


def test_all_names_of_equal_chains_are_given_and_the_most_named_digest() -> None:
    rebuilt = known(DEBIAN, salt="rebuilt")
    base = nearest(OURS, [rebuilt, debian, known(DEBIAN, "mirror/debian:12")])
    assert base is not None
    assert base.names == ("debian:12", "debian:bookworm", "mirror/debian:12")
    assert base.digest == debian.digest


def test_a_claim_that_the_layers_prove_wins_over_a_longer_chain() -> None:
    base = nearest(OURS, [debian, python], BaseClaim("debian:12-slim", debian.digest))
    assert base is not None
    assert (base.basis, base.confidence, base.layer_count) == ("annotation", "high", 1)
    assert base.digest == debian.digest
    assert base.names == ("debian:12", "debian:12-slim", "debian:bookworm")


def test_a_claimed_base_may_have_all_our_layers() -> None:
    parent = known(APP, "app:parent")
    base = nearest(OURS, [], BaseClaim(known=parent))
    assert base is not None
    assert (base.names, base.layer_count) == (("app:parent",), 4)


def test_a_claim_the_layers_contradict_counts_for_nothing() -> None:
    claim = BaseClaim("alpine:3", other.digest, other)
    base = nearest(OURS, [debian], claim)
    assert base is not None
    assert (base.basis, base.names) == ("layer_chain", ("debian:12", "debian:bookworm"))
    assert nearest(OURS, [], claim) is None


def test_a_claim_about_an_image_nobody_saw_is_kept_with_low_confidence() -> None:
    unseen = Digest.of(b"unseen")
    assert nearest(OURS, [], BaseClaim("internal/base:7", unseen)) == BaseView(
        names=("internal/base:7",),
        digest=unseen,
        basis="annotation",
        confidence="low",
        layer_count=0,
        size_bytes=0,
    )


def test_a_digest_may_be_claimed_without_a_name() -> None:
    base = nearest(OURS, [], BaseClaim(digest=Digest.of(b"unseen")))
    assert base is not None
    assert base.names == ()


def test_what_the_layers_prove_goes_before_an_unproved_claim() -> None:
    base = nearest(OURS, [debian], BaseClaim("internal/base:7", Digest.of(b"unseen")))
    assert base is not None
    assert base.basis == "layer_chain"


_POOL = [
    debian, python, other, known(APP, "app"), known(DEBIAN, "m/debian"), known(DEBIAN, salt="u"),
    known(PYTHON, "m/python"),
]  # fmt: skip
_CLAIMS = st.sampled_from(
    [BaseClaim(), BaseClaim("n"), BaseClaim("n", debian.digest), BaseClaim("n", other.digest)]
)


@given(st.lists(st.sampled_from(_POOL)), _CLAIMS)
def test_order_and_repetition_of_candidates_do_not_matter(
    candidates: list[KnownImage], claim: BaseClaim
) -> None:
    shuffled = sorted(candidates * 2, key=lambda image: str(image.digest)[::-1])
    assert nearest(OURS, candidates, claim) == nearest(OURS, shuffled, claim)
