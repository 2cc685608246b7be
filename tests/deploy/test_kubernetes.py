"""The Kubernetes manifests against the API's own schemas, and against the restricted profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.deploy.shapes import KUBERNETES, assert_is_a_command, load, manifests

RELEASES = ("1.29", "1.33")
ALL = list(manifests())


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for _, one in ALL if one["kind"] == kind]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("file, manifest", ALL, ids=lambda one: one if isinstance(one, str) else "")
def test_a_manifest_is_what_the_api_takes(
    file: str, manifest: dict[str, Any], release: str
) -> None:
    kubernetes_validate.validate(manifest, release, strict=True)


def test_the_list_names_every_file_but_the_example_of_a_secret() -> None:
    listed = set(load(KUBERNETES / "kustomization.yaml")["resources"])
    files = {path.name for path in KUBERNETES.glob("*.yaml")}
    assert listed == files - {"kustomization.yaml", "secret.example.yaml"}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for _, one in ALL:
        if one["kind"] in ("Deployment", "Job"):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in pods():
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield f"{name}/{container['name']}", container


@pytest.mark.parametrize("name, pod", list(pods()), ids=[name for name, _ in pods()])
def test_a_pod_keeps_to_the_restricted_profile(name: str, pod: dict[str, Any]) -> None:
    """Source: kubernetes.io, Pod Security Standards, Restricted."""
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == 10001
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert {next(key for key in volume if key != "name") for volume in pod["volumes"]} <= {
        "configMap",
        "secret",
        "emptyDir",
    }


@pytest.mark.parametrize(
    "name, container", list(containers()), ids=[name for name, _ in containers()]
)
def test_a_container_is_locked_bounded_and_runs_a_command_there_is(
    name: str, container: dict[str, Any]
) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"]["cpu"]
    assert_is_a_command(container["args"])


def test_what_serves_has_probes_and_waits_for_its_schema() -> None:
    by_name = {one["metadata"]["name"]: one["spec"] for one in of_kind("Deployment")}
    (web,) = by_name["web"]["template"]["spec"]["containers"]
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert by_name["web"]["replicas"] >= 2
    for spec in by_name.values():
        (wait,) = spec["template"]["spec"]["initContainers"]
        assert wait["args"][:2] == ["db", "wait"]


def test_selectors_find_the_pods_they_are_meant_for() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for one in of_kind("Deployment")
        if (name := one["metadata"]["name"])
    }
    for one in of_kind("Deployment"):
        assert one["spec"]["selector"]["matchLabels"] == labels[one["metadata"]["name"]]
    assert of_kind("Service")[0]["spec"]["selector"] == labels["web"]
    budget = of_kind("PodDisruptionBudget")[0]["spec"]
    assert budget["selector"]["matchLabels"] == labels["web"]
