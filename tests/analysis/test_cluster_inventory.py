import pytest

from auditor.analysis.cluster_inventory import Workload, parse_inventory
from auditor.domain.errors import UsageError


def test_workloads_are_told_by_registry_and_repository() -> None:
    lines = [
        "image,environment,autoscaled,replicas",
        "registry.example:5000/team/app:1.4,production,yes,12",
        "registry.example/team/tool@sha256:abc,dev,no,1",
        "app:2,,,",
        ",production,yes,1",
    ]
    assert parse_inventory(lines) == {
        "registry.example:5000/team/app": Workload("production", is_autoscaled=True),
        "registry.example/team/tool": Workload("dev"),
        "app": Workload(),
    }


def test_production_counts_before_other_environments_and_autoscaling_stays() -> None:
    lines = ["image,environment,autoscaled", "a/b:1,prod,yes", "a/b:2,dev,no"]
    assert parse_inventory(lines) == {"a/b": Workload("prod", is_autoscaled=True)}
    turned = ["image,environment,autoscaled", "a/b:2,dev,no", "a/b:1,prod,yes"]
    assert parse_inventory(turned) == {"a/b": Workload("prod", is_autoscaled=True)}


@pytest.mark.parametrize("lines", [[], ["name,environment"]])
def test_a_list_without_images_is_refused_with_the_columns_it_needs(lines: list[str]) -> None:
    with pytest.raises(UsageError, match="no column named image") as refused:
        parse_inventory(lines, "cluster.csv")
    assert "image,environment,autoscaled" in refused.value.next_step
