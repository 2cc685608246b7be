"""List prices of registries and object storage that ship with the program: facts only.

In US dollars, for a US region, as read on 2026-11-23; docs/reference/prices.md shows them.
Where one host name serves several plans, the cheapest one that takes more than it includes
has the host: what it costs is a lower bound until somebody names the plan.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from auditor.domain import vendor_hosts
from auditor.domain.errors import UsageError
from auditor.domain.price_book import Confidence, IncludedScope, PricedPer, PriceEntry, PriceTier
from auditor.domain.units import GB, GIB

_NO_PLAN = "the host does not tell the plan, this is the cheapest that fits"


def _tiers(*bounds_and_amounts: tuple[str | None, str]) -> tuple[PriceTier, ...]:
    return tuple(
        PriceTier(None if bound is None else Decimal(bound), Decimal(amount))
        for bound, amount in bounds_and_amounts
    )


def _flat(amount: str) -> tuple[PriceTier, ...]:
    return _tiers((None, amount))


_per_gb_month = partial(
    PriceEntry, currency="USD", unit_bytes=GB, per=PricedPer.MONTH, region="global"
)

_ECR = _per_gb_month(
    key="aws-ecr",
    provider="Amazon Web Services",
    service="Amazon ECR",
    region="us-east-1",
    tiers=_flat("0.10"),
    egress_tiers=_flat("0.09"),
    hosts=vendor_hosts.AMAZON_ECR,
    source="articles quoting the Amazon ECR pricing page",
    as_of=date(2026, 3, 1),
    confidence=Confidence.MEDIUM,
    note="transfer within the region is free, between regions disputed (0.01 to 0.09)",
)
_ECR_ARCHIVE = replace(
    _ECR,
    key="aws-ecr-archive",
    service="Amazon ECR archive storage",
    tiers=_tiers(("150000", "0.10"), (None, "0.07")),
    minimum_storage_days=90,
    egress_tiers=(),
    hosts=None,
    note="restoring costs extra (0.03 per GB in Tokyo); 150 TB is taken as 150,000 GB",
)
_ECR_PUBLIC = replace(
    _ECR,
    key="aws-ecr-public",
    service="Amazon ECR Public",
    included_units=Decimal(50),
    included_scope=IncludedScope.ACCOUNT,
    egress_tiers=(),
    hosts=vendor_hosts.AMAZON_ECR_PUBLIC,
    confidence=Confidence.LOW,
    note="500 GB of anonymous transfer a month are free; tiers are not confirmed",
)
_ARTIFACT_REGISTRY = _per_gb_month(
    key="google-artifact-registry",
    provider="Google Cloud",
    service="Google Artifact Registry",
    region="us-central1",
    tiers=_flat("0.10"),
    included_units=Decimal("0.5"),
    included_scope=IncludedScope.ACCOUNT,
    hosts=vendor_hosts.GOOGLE_ARTIFACT_REGISTRY,
    source="Google Artifact Registry pricing page, undated copy",
    confidence=Confidence.MEDIUM,
    note="included once per billing account; gcr.io is served by Artifact Registry; transfer "
    "within the location is free",
)

_ACR_NOTE = "the vendor writes GB and GiB for the same amounts, taken as GiB; overage counts daily"
_ACR_BASIC = PriceEntry(
    key="azure-acr-basic",
    provider="Microsoft Azure",
    service="Azure Container Registry Basic",
    region="eastus",
    currency="USD",
    unit_bytes=GIB,
    per=PricedPer.DAY,
    tiers=_flat("0.003"),
    included_units=Decimal(10),
    plan_fee=Decimal("0.167"),
    hosts=vendor_hosts.AZURE,
    source="Microsoft Learn, Azure Container Registry service tiers; price guide of 2026-06",
    as_of=date(2026, 6, 1),
    confidence=Confidence.MEDIUM,
    note=f"{_NO_PLAN}; {_ACR_NOTE}",
)
_ACR_STANDARD = replace(
    _ACR_BASIC,
    key="azure-acr-standard",
    service="Azure Container Registry Standard",
    included_units=Decimal(100),
    plan_fee=Decimal("0.667"),
    hosts=None,
    note=_ACR_NOTE,
)
_ACR_PREMIUM = replace(
    _ACR_STANDARD,
    key="azure-acr-premium",
    service="Azure Container Registry Premium",
    included_units=Decimal(500),
    plan_fee=Decimal("1.667"),
    is_fee_per_replica=True,
    is_storage_per_replica=True,
    note=f"{_ACR_NOTE}; the fee is per replica; that storage is too, and the included amount "
    "not, is not confirmed",
)

_GHCR = _per_gb_month(
    key="github-ghcr",
    provider="GitHub",
    service="GitHub Container Registry",
    tiers=_flat("0"),
    egress_tiers=_flat("0"),
    hosts=vendor_hosts.GITHUB,
    source="GitHub documents on the billing of packages, 2025 to 2026",
    as_of=date(2026, 1, 1),
    confidence=Confidence.HIGH,
    note="container images are free for now; a change is announced a month before",
)
_GITHUB_PACKAGES = replace(
    _GHCR,
    key="github-packages",
    service="GitHub Packages",
    per=PricedPer.DAY,
    tiers=_flat("0.008"),
    included_units=Decimal("0.5"),
    included_scope=IncludedScope.ACCOUNT,
    egress_tiers=_flat("0.50"),
    hosts=None,
    note="not charged for container images today; 0.5 GB are included in the free plan, 2 or 50 "
    "in others, and some transfer",
)

_DOCKER_HUB = _per_gb_month(
    key="docker-hub",
    provider="Docker",
    service="Docker Hub",
    hosts=vendor_hosts.DOCKER_HUB,
    source="Docker's FAQ and documents, 2025",
    as_of=date(2025, 2, 1),
    confidence=Confidence.HIGH,
    note="charging for storage is postponed indefinitely; the free plan limits pulls (10 an hour "
    "anonymous, 100 signed in)",
)
_DOCKER_HUB_TEAM = replace(
    _DOCKER_HUB,
    key="docker-hub-team",
    service="Docker Hub Team",
    plan_fee=Decimal(16),
    is_fee_per_seat=True,
    hosts=None,
    confidence=Confidence.MEDIUM,
    note="paid monthly; 15 a month when paid by the year; storage is not charged. Pro and "
    "Business are not confirmed",
)
_QUAY = _per_gb_month(
    key="quay-io",
    provider="Red Hat",
    service="Quay.io",
    hosts=vendor_hosts.QUAY,
    source="Red Hat documents for the model, second-hand for the amounts",
    note="the free plan has public repositories only; paid ones follow the number of private "
    "repositories, never bytes",
)
_QUAY_5 = replace(
    _QUAY,
    key="quay-io-5",
    service="Quay.io, 5 private repositories",
    plan_fee=Decimal(15),
    hosts=None,
    note="the amount is not confirmed; bytes are not charged",
)
_QUAY_10 = replace(
    _QUAY_5,
    key="quay-io-10",
    service="Quay.io, 10 private repositories",
    plan_fee=Decimal(30),
)
_QUAY_20 = replace(
    _QUAY_5,
    key="quay-io-20",
    service="Quay.io, 20 private repositories",
    plan_fee=Decimal(60),
)
_GITLAB = _per_gb_month(
    key="gitlab-com",
    provider="GitLab",
    service="GitLab.com container registry",
    unit_bytes=GIB,
    hosts=vendor_hosts.GITLAB,
    source="GitLab documents on storage, undated copy",
    confidence=Confidence.MEDIUM,
    note="the registry does not count towards the 10 GiB of a project; plans are paid per user; "
    "extra storage for the rest was 60 a year per 10 GB in 2022",
)

_JFROG_PRO = _per_gb_month(
    key="jfrog-pro",
    provider="JFrog",
    service="JFrog Cloud Pro",
    tiers=_tiers(("1204", "1.25"), ("2024", "1.00"), (None, "0.75")),
    included_units=Decimal(25),
    included_scope=IncludedScope.ACCOUNT,
    plan_fee=Decimal(150),
    is_egress_metered_as_storage=True,
    hosts=vendor_hosts.JFROG,
    source="JFrog pricing page as read on 2026-10-07",
    as_of=date(2026, 10, 7),
    confidence=Confidence.MEDIUM,
    note=f"{_NO_PLAN}; offered for 50 a month for a time; storage and transfer are one meter; "
    "the page says 1,204, perhaps meaning 1,024",
)
_JFROG_ENTERPRISE_X = replace(
    _JFROG_PRO,
    key="jfrog-enterprise-x",
    service="JFrog Cloud Enterprise X",
    tiers=_tiers(
        ("1124", "1.25"), ("2124", "1.00"), ("6124", "0.75"), ("20124", "0.55"), (None, "0.33")
    ),
    included_units=Decimal(125),
    plan_fee=Decimal(950),
    hosts=None,
    note="the lowest price of the plan; storage and transfer are one meter",
)

_DOCR_NOTE = (
    "untagged images count; the vendor prorates the included amount over 28 days and adds up "
    "overage by day"
)
_DOCR_BASIC = _per_gb_month(
    key="digitalocean-basic",
    provider="DigitalOcean",
    service="DigitalOcean Container Registry Basic",
    unit_bytes=GIB,
    tiers=_flat("0.02"),
    included_units=Decimal(5),
    plan_fee=Decimal(5),
    hosts=vendor_hosts.DIGITALOCEAN,
    source="DigitalOcean documents, Container Registry Pricing, undated copy",
    confidence=Confidence.MEDIUM,
    note=f"{_NO_PLAN}, up to 5 repositories; {_DOCR_NOTE}",
)
_DOCR_STARTER = replace(
    _DOCR_BASIC,
    key="digitalocean-starter",
    service="DigitalOcean Container Registry Starter",
    tiers=(),
    included_units=Decimal(500) / 1024,
    plan_fee=Decimal(0),
    hosts=None,
    note=f"one repository, 500 MiB, and no more to be had; {_DOCR_NOTE}",
)
_DOCR_PROFESSIONAL = replace(
    _DOCR_BASIC,
    key="digitalocean-professional",
    service="DigitalOcean Container Registry Professional",
    included_units=Decimal(100),
    included_scope=IncludedScope.ACCOUNT,
    plan_fee=Decimal(20),
    hosts=None,
    note=f"up to 10 registries share the included amount; {_DOCR_NOTE}",
)

_S3 = _per_gb_month(
    key="aws-s3",
    provider="Amazon Web Services",
    service="Amazon S3 Standard",
    region="us-east-1",
    tiers=_flat("0.023"),
    egress_tiers=_flat("0.09"),
    source="price comparisons of 2026",
    as_of=date(2026, 1, 1),
    confidence=Confidence.MEDIUM,
    note="for a registry of one's own; the first price, large amounts cost less",
)
_GCS = replace(
    _S3,
    key="google-cloud-storage",
    provider="Google Cloud",
    service="Google Cloud Storage Standard",
    region="us-central1",
    tiers=_flat("0.020"),
    egress_tiers=(),
    note="for a registry of one's own; transfer is disputed (0.08 to 0.12)",
)
_BLOB = replace(
    _S3,
    key="azure-blob",
    provider="Microsoft Azure",
    service="Azure Blob Storage hot LRS",
    region="eastus",
    tiers=_flat("0.018"),
    egress_tiers=_flat("0.087"),
)

LIST_PRICES: tuple[PriceEntry, ...] = (
    *(_ECR, _ECR_ARCHIVE, _ECR_PUBLIC, _ARTIFACT_REGISTRY),
    *(_ACR_BASIC, _ACR_STANDARD, _ACR_PREMIUM),
    *(_GHCR, _GITHUB_PACKAGES, _DOCKER_HUB, _DOCKER_HUB_TEAM),
    *(_QUAY, _QUAY_5, _QUAY_10, _QUAY_20, _GITLAB),
    *(_JFROG_PRO, _JFROG_ENTERPRISE_X),
    *(_DOCR_STARTER, _DOCR_BASIC, _DOCR_PROFESSIONAL),
    *(_S3, _GCS, _BLOB),
)
_BY_KEY = MappingProxyType({one.key: one for one in LIST_PRICES})
PRICE_KEYS = tuple(_BY_KEY)


def entry(key: str) -> PriceEntry:
    """The shipped entry of this key; raises UsageError naming all keys."""
    found = _BY_KEY.get(key)
    if found is None:
        raise UsageError(
            f"no list price has the key {key[:80]!r}", next_step=f"use one of {', '.join(_BY_KEY)}"
        )
    return found


def entry_for_host(host: str) -> PriceEntry | None:
    """The shipped entry of the service at `host[:port]`; None for a host of nobody known."""
    return next(
        (one for one in LIST_PRICES if one.hosts and vendor_hosts.is_host_of(one.hosts, host)),
        None,
    )
