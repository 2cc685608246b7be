from __future__ import annotations

from auditor.domain.base_fleet import BaseVersions, FleetPlan, FleetStep


def test_a_plan_frees_what_its_last_step_has_reached() -> None:
    steps = (FleetStep("s", "a", -5, -5), FleetStep("s", "b", 8, 3))
    assert FleetPlan(steps, 2, 0).freed_bytes == 3
    assert FleetPlan((), None, 0).freed_bytes == 0


def test_many_versions_cost_what_one_would_not() -> None:
    assert (
        BaseVersions("python", (), stored_bytes=50, one_bytes=20, repositories=3).excess_bytes == 30
    )
