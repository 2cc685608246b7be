from __future__ import annotations

import pytest

from auditor.domain.observation import StorageScope
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE, default_scope


@pytest.mark.parametrize(
    "host,scope",
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", StorageScope.REPOSITORY),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", StorageScope.REPOSITORY),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", StorageScope.REPOSITORY),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", StorageScope.REPOSITORY),
        ("public.ecr.aws", StorageScope.REPOSITORY),
        ("europe-west1-docker.pkg.dev", StorageScope.REPOSITORY),
        ("gcr.io", StorageScope.REPOSITORY),
        ("eu.gcr.io:443", StorageScope.REPOSITORY),
        ("docker.io", StorageScope.NAMESPACE),
        ("Registry-1.Docker.IO", StorageScope.NAMESPACE),
        ("index.docker.io.", StorageScope.NAMESPACE),
        ("ghcr.io", StorageScope.NAMESPACE),
        ("registry.gitlab.com", StorageScope.REGISTRY),
        ("team.azurecr.io", StorageScope.REGISTRY),
        ("quay.io", StorageScope.REGISTRY),
        ("localhost:5000", StorageScope.REGISTRY),
        ("[::1]:5000", StorageScope.REGISTRY),
        ("", StorageScope.REGISTRY),
    ],
)
def test_the_storage_scope_follows_the_vendor(host: str, scope: StorageScope) -> None:
    assert default_scope(host) is scope


@pytest.mark.parametrize("host", ["ghcr.io.example.org", "notdocker.io", "my-ghcr.io", "xgcr.io"])
def test_a_host_that_only_looks_like_a_vendor_is_none(host: str) -> None:
    assert default_scope(host) is StorageScope.REGISTRY


def test_a_terabyte_in_object_storage_costs_twenty_three_dollars() -> None:
    assert OBJECT_STORAGE_PRICE.monthly_cost(10**12) == 23
