"""What another client makes of the sample registry."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import Any

import pytest

from auditor.sample.server import SampleRegistry

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed"),
]


def _skopeo(*arguments: str) -> bytes:
    done = subprocess.run(["skopeo", *arguments], check=True, capture_output=True, timeout=60)
    return done.stdout


def _json(*arguments: str) -> Any:
    return json.loads(_skopeo(*arguments))


def test_skopeo_lists_the_tags(registry: SampleRegistry) -> None:
    listed = _json("list-tags", "--tls-verify=false", f"docker://{registry.address}/library/node")
    assert {"22", "20", "8", "latest"} <= set(listed["Tags"])


@pytest.mark.parametrize(
    "reference", ["node:22", "redis:latest", "alpine:3.7", "golang:buildcache"]
)
def test_skopeo_reads_raw_manifests(registry: SampleRegistry, reference: str) -> None:
    image = f"docker://{registry.address}/library/{reference}"
    raw = _skopeo("inspect", "--raw", "--tls-verify=false", image)
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    name = image.rpartition(":")[0]
    assert _skopeo("inspect", "--raw", "--tls-verify=false", f"{name}@{digest}") == raw


@pytest.mark.parametrize("reference", ["python:3.12", "redis:latest", "ubuntu:16.04"])
def test_skopeo_understands_images_and_configs(registry: SampleRegistry, reference: str) -> None:
    image = f"docker://{registry.address}/library/{reference}"
    shown = _json("inspect", "--no-tags", "--tls-verify=false", "--override-arch=amd64", image)
    assert (shown["Os"], shown["Architecture"]) == ("linux", "amd64")
    assert shown["Layers"]
    config = _json("inspect", "--config", "--tls-verify=false", "--override-arch=amd64", image)
    made_layers = [entry for entry in config["history"] if not entry.get("empty_layer")]
    assert len(made_layers) == len(shown["Layers"])
