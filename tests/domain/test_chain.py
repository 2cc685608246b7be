from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.chain import chain_ids
from auditor.domain.digest import DiffId, Digest

LAYERS = st.lists(st.binary(max_size=2).map(lambda body: DiffId(Digest.of(body).text)), max_size=6)


def test_no_layers_have_no_chain() -> None:
    empty: list[DiffId] = []
    assert chain_ids(empty) == ()


def test_the_chain_of_one_layer_is_the_layer() -> None:
    layer = DiffId(Digest.of(b"x").text)
    assert [chain.text for chain in chain_ids([layer])] == [layer.text]


def test_a_chain_is_the_digest_of_the_chain_below_and_the_layer() -> None:
    below, above = (DiffId(Digest.of(body).text) for body in (b"a", b"b"))
    expected = Digest.of(f"{below} {above}".encode())
    assert chain_ids([below, above])[-1].text == expected.text


@given(LAYERS, LAYERS)
def test_equal_chains_mean_equal_layers(one: list[DiffId], two: list[DiffId]) -> None:
    common = 0
    for left, right in zip(one, two, strict=False):
        if left != right:
            break
        common += 1
    equal = [a == b for a, b in zip(chain_ids(one), chain_ids(two), strict=False)]
    assert equal == [position < common for position in range(len(equal))]
