from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditor.analysis.bases.fleet as module
from auditor.analysis.bases.fleet import (
    BaseUser,
    Sharing,
    added_bytes,
    kept_bytes,
    plan_fleet_swap,
    total_size,
)
from auditor.domain.base_fleet import FleetPlan
from auditor.domain.bases import BaseLayer
from tests.analysis.bases.making import layer
from tests.oracles.fleet import FleetImage, users_of

OLD = (layer("root", 40), layer("old", 60))
NEW = (layer("slim root", 30), layer("new", 20))
MB = 1_000_000


def app(repository: str, *layers: BaseLayer, scope: str = "r", old: int = 2) -> FleetImage:
    return FleetImage(scope, repository, (*OLD[:old], *layers, layer(f"own {repository}", 5)), old)


def plan(*images: FleetImage, new: tuple[BaseLayer, ...] = NEW) -> FleetPlan:
    users, sharing = users_of(images, new)
    return plan_fleet_swap(users, new, sharing)


def told(found: FleetPlan) -> list[tuple[str, int, int]]:
    return [
        (step.repository, step.freed_bytes // MB, step.cumulative_bytes // MB)
        for step in found.steps
    ]


def test_the_first_pays_for_the_new_base_and_the_last_frees_the_old_one() -> None:
    found = plan(app("a"), app("b"), app("c"))
    assert told(found) == [("a", -50, -50), ("b", 0, -50), ("c", 100, 50)]
    assert (found.break_even, found.freed_bytes, found.kept_bytes) == (3, 50 * MB, 0)


def test_layers_that_others_hold_stay() -> None:
    stays = FleetImage("r", "z", (OLD[1], layer("z", 1)))
    found = plan(app("a"), stays)
    assert told(found) == [("a", -10, -10)]
    assert (found.break_even, found.kept_bytes) == (None, 60 * MB)


def test_an_image_of_the_same_repository_may_keep_the_old_base() -> None:
    stays = FleetImage("r", "a", OLD)
    found = plan(app("a"), stays)
    assert told(found) == [("a", -50, -50)]


def test_a_new_base_that_is_there_already_costs_nothing() -> None:
    found = plan(app("a"), FleetImage("r", "b", NEW))
    assert told(found) == [("a", 100, 100)]
    assert found.break_even == 1


def test_layers_of_both_bases_stay_and_cost_nothing() -> None:
    found = plan(app("a"), new=(OLD[0], layer("new", 20)))
    assert told(found) == [("a", 40, 40)]


def test_what_frees_most_per_repository_goes_first() -> None:
    single = FleetImage("r", "lone", (layer("other root", 90), layer("x", 1)), 1)
    found = plan(app("a"), app("b"), single)
    assert [step.repository for step in found.steps] == ["lone", "a", "b"]


def test_each_storage_scope_pays_for_itself() -> None:
    found = plan(app("a", scope="one"), app("a", scope="two"))
    assert [step.cumulative_bytes // MB for step in found.steps] == [50, 100]


def test_nobody_moves_nothing_is_freed() -> None:
    assert plan(FleetImage("r", "a", OLD)) == FleetPlan((), None, 0)
    assert total_size((*OLD, *OLD)) == 100 * MB


def test_with_very_many_groups_the_order_is_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WEIGHED", 0)
    assert told(plan(app("a"), app("b")))[-1] == ("b", 100, 50)


def test_counts_that_do_not_fit_free_nothing() -> None:
    user = BaseUser("r", "a", frozenset({OLD[0].digest}))
    found = plan_fleet_swap([user], (), Sharing({}, {OLD[0].digest: 40}))
    assert (found.freed_bytes, found.kept_bytes) == (0, 0)


LAYERS = [layer(name, size) for size, name in enumerate("abcdefgh", 1)]
stacks = st.lists(st.sampled_from(LAYERS), min_size=1, max_size=5).map(tuple)
fleets = st.lists(
    st.builds(
        lambda scope, repository, layers, old: FleetImage(
            scope, repository, layers, min(old, len(layers))
        ),
        st.sampled_from(["s", "t"]),
        st.sampled_from(["a", "b", "c", "d"]),
        stacks,
        st.integers(0, 3),
    ),
    max_size=10,
)


def stored(images: list[FleetImage]) -> int:
    blobs = {(one.scope, part.digest): part.size_bytes for one in images for part in one.layers}
    return sum(blobs.values())


@given(fleets, stacks)
def test_every_step_frees_what_counting_from_scratch_says(
    images: list[FleetImage], new: tuple[BaseLayer, ...]
) -> None:
    users, sharing = users_of(images, new)
    found = plan_fleet_swap(users, new, sharing)
    before, moved = stored(images), set()
    assert {(user.scope, user.repository) for user in users} == {
        (one.scope, one.repository) for one in images if one.old_base_layers
    }
    for step in found.steps:
        moved.add((step.scope, step.repository))
        after = [
            FleetImage(one.scope, one.repository, (*new, *one.layers[one.old_base_layers :]))
            if one.old_base_layers and (one.scope, one.repository) in moved
            else one
            for one in images
        ]
        assert step.cumulative_bytes == before - stored(after)
    totals = [step.cumulative_bytes for step in found.steps]
    assert found.break_even == next((at for at, one in enumerate(totals, 1) if one > 0), None)


@given(fleets, stacks)
def test_what_goes_comes_and_stays_adds_up_to_the_old_base(
    images: list[FleetImage], new: tuple[BaseLayer, ...]
) -> None:
    users, sharing = users_of(images, new)
    # Of the images on a base, those on the same one: the first that is met.
    old = next((one.layers[: one.old_base_layers] for one in images if one.old_base_layers), ())
    movers = [user for user in users if user.releases <= {one.digest for one in old}]
    gone = plan_fleet_swap(movers, new, sharing).freed_bytes + added_bytes(movers, new, sharing)
    there = {
        (user.scope, one.digest): one.size_bytes
        for user in movers
        for one in old
        if one not in new and sharing.holders.get((user.scope, one.digest), 0)
    }
    assert gone + kept_bytes(movers, old, new, sharing) == sum(there.values())
