"""What is known about a registry from its host alone, until somebody says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from auditor.domain import vendor_hosts
from auditor.domain.observation import StorageScope
from auditor.domain.units import GB, GIB, Price

OBJECT_STORAGE_PRICE = Price(
    amount=Decimal("0.023"),
    currency="USD",
    unit_bytes=GB,
    source="list price of object storage in a US region, 2026; no price is configured",
)
"""What a month of storage costs where neither the user nor the vendor names a price."""


@dataclass(frozen=True, slots=True)
class _Vendor:
    """A hosted registry, recognised by the whole of its host name."""

    name: str
    hosts: re.Pattern[str]
    scope: StorageScope
    price: Price | None = None


def _list_price(amount: str, unit_bytes: int, vendor: str, note: str) -> Price:
    return Price(Decimal(amount), "USD", unit_bytes, f"list price of {vendor}, 2026; {note}")


_VENDORS = (
    _Vendor(
        "Amazon ECR",
        vendor_hosts.AMAZON_ECR,
        StorageScope.REPOSITORY,
        _list_price("0.10", GB, "Amazon ECR", "standard storage in a US region"),
    ),
    _Vendor(
        "Amazon ECR Public",
        vendor_hosts.AMAZON_ECR_PUBLIC,
        StorageScope.REPOSITORY,
        _list_price("0.10", GB, "Amazon ECR Public", "after the free 50 GB"),
    ),
    _Vendor(
        "Google Artifact Registry",
        vendor_hosts.GOOGLE_ARTIFACT_REGISTRY,
        StorageScope.REPOSITORY,
        _list_price(
            "0.10", GB, "Google Artifact Registry", "after 0.5 GB free per billing account"
        ),
    ),
    _Vendor(
        "Docker Hub",
        vendor_hosts.DOCKER_HUB,
        StorageScope.NAMESPACE,
    ),
    _Vendor(
        "GitHub Container Registry",
        vendor_hosts.GITHUB,
        StorageScope.NAMESPACE,
        _list_price("0", GB, "GitHub Container Registry", "container images are free for now"),
    ),
    _Vendor(
        "DigitalOcean",
        vendor_hosts.DIGITALOCEAN,
        StorageScope.REGISTRY,
        _list_price("0.02", GIB, "DigitalOcean", "beyond what the plan includes"),
    ),
)


def default_scope(host: str) -> StorageScope:
    """Within which repositories the registry at `host[:port]` stores a blob once.

    The whole registry unless the host belongs to a vendor known to be narrower. HTTP
    cannot reveal it, so a user's own word counts more.
    """
    vendor = _vendor_at(host)
    return vendor.scope if vendor else StorageScope.REGISTRY


def list_price(host: str) -> Price | None:
    """What the vendor at `host[:port]` lists for a month of storage, None where unknown.

    The price of one more unit: tiers and included amounts are named in its `source`.
    """
    vendor = _vendor_at(host)
    return vendor.price if vendor else None


def _vendor_at(host: str) -> _Vendor | None:
    return next(
        (vendor for vendor in _VENDORS if vendor_hosts.is_host_of(vendor.hosts, host)), None
    )
