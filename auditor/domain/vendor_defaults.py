"""What is known about a registry from its host alone, until somebody says otherwise."""

from __future__ import annotations

from decimal import Decimal

from auditor.domain import vendor_hosts
from auditor.domain.observation import StorageScope
from auditor.domain.units import GB, Price

OBJECT_STORAGE_PRICE = Price(
    amount=Decimal("0.023"),
    currency="USD",
    unit_bytes=GB,
    source="list price of object storage in a US region, 2026; no price is configured",
)
"""What a month of storage costs where neither the user nor the vendor names a price."""


_NARROWER_SCOPES = (
    (vendor_hosts.AMAZON_ECR, StorageScope.REPOSITORY),
    (vendor_hosts.AMAZON_ECR_PUBLIC, StorageScope.REPOSITORY),
    (vendor_hosts.GOOGLE_ARTIFACT_REGISTRY, StorageScope.REPOSITORY),
    (vendor_hosts.DOCKER_HUB, StorageScope.NAMESPACE),
    (vendor_hosts.GITHUB, StorageScope.NAMESPACE),
)


def default_scope(host: str) -> StorageScope:
    """Within which repositories the registry at `host[:port]` stores a blob once.

    The whole registry unless the host belongs to a vendor known to be narrower. HTTP
    cannot reveal it, so a user's own word counts more.
    """
    narrower = (scope for hosts, scope in _NARROWER_SCOPES if vendor_hosts.is_host_of(hosts, host))
    return next(narrower, StorageScope.REGISTRY)
