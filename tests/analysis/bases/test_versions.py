from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.bases.versions import BaseUse, is_many, versions_of
from auditor.domain.bases import BaseLayer
from tests.analysis.bases.making import layer

ROOT = layer("root", 40)
MB = 1_000_000


def use(
    name: str, *repositories: str, scope: str = "r", keeps: tuple[BaseLayer, ...] = ()
) -> BaseUse:
    return BaseUse(
        scope,
        (name,),
        (ROOT, layer(name, 10)),
        frozenset(repositories),
        frozenset(one.digest for one in keeps),
    )


def test_versions_of_one_base_and_what_they_cost_together() -> None:
    uses = [use("python:3.10", "a"), use("python:3.11", "b", "c"), use("python:3.12", "d")]
    found = versions_of("python", uses)
    assert is_many(found)
    assert (found.family, found.repositories) == ("python", 4)
    assert [one.names for one in found.versions] == [
        ("python:3.11",),
        ("python:3.10",),
        ("python:3.12",),
    ]
    assert (found.stored_bytes, found.one_bytes, found.excess_bytes) == (
        70 * MB,
        50 * MB,
        20 * MB,
    )
    assert [one.own_bytes for one in found.versions] == [10 * MB] * 3
    assert found.versions[0].size_bytes == 50 * MB


def test_a_version_is_counted_once_whatever_it_is_called_and_wherever_it_is() -> None:
    uses = [
        use("node:8", "a"),
        use("node:8", "a", scope="s"),
        use("node:9", "b"),
        use("node:10", "c"),
    ]
    found = versions_of("node", uses)
    assert is_many(found)
    assert [one.repositories for one in found.versions] == [2, 1, 1]
    assert found.stored_bytes == 120 * MB
    assert found.one_bytes == 100 * MB


def test_layers_that_somebody_else_holds_cost_nothing() -> None:
    uses = [use(f"node:{n}", "a", keeps=(layer(f"node:{n}", 10),)) for n in (8, 9, 10)]
    assert not is_many(versions_of("node", uses))


def test_few_versions_are_no_finding() -> None:
    two = versions_of("node", [use("node:8", "a"), use("node:9", "b")])
    assert not is_many(two)
    assert is_many(two, enough=2)


LAYERS = [layer(name, size) for size, name in enumerate("abcdef", 1)]
uses_of_node = st.lists(
    st.builds(
        lambda scope, version, layers, repositories, keeps: BaseUse(
            scope, (f"node:{version}",), tuple(layers), repositories, keeps
        ),
        st.sampled_from(["s", "t"]),
        st.integers(4, 9),
        st.lists(st.sampled_from(LAYERS), min_size=1, max_size=4),
        st.frozensets(st.sampled_from("xyz"), min_size=1),
        st.frozensets(st.sampled_from([one.digest for one in LAYERS]), max_size=2),
    ),
    min_size=1,
    max_size=8,
)


@given(uses_of_node)
def test_one_version_costs_what_counting_from_scratch_says(uses: list[BaseUse]) -> None:
    found = versions_of("node", uses)
    stored = {(one.scope, part.digest): part.size_bytes for one in uses for part in one.layers}
    assert found.stored_bytes == sum(stored.values())
    chosen = found.versions[0].names
    kept = {(one.scope, digest) for one in uses for digest in one.keeps}
    ways = []
    for target in (one for one in uses if set(one.names) <= set(chosen)):
        needed = {
            (scope, part.digest): part.size_bytes
            for scope in {one.scope for one in uses}
            for part in target.layers
        }
        ways.append(sum({**{b: s for b, s in stored.items() if b in kept}, **needed}.values()))
    assert found.one_bytes in ways
    assert is_many(found, enough=1) == (found.excess_bytes > 0)
