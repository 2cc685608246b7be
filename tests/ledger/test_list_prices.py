from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.price_book import PriceEntry
from auditor.domain.units import GIB
from auditor.ledger.list_prices import LIST_PRICES, entry, entry_for_host

PAGE = Path(__file__).parents[2] / "docs/reference/prices.md"
HOSTS = {
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com": "aws-ecr",
    "123456789012.dkr-ecr.eu-west-1.on.aws": "aws-ecr",
    "public.ecr.aws": "aws-ecr-public",
    "europe-west1-docker.pkg.dev": "google-artifact-registry",
    "eu.gcr.io:443": "google-artifact-registry",
    "team.azurecr.io": "azure-acr-basic",
    "GHCR.io.": "github-ghcr",
    "index.docker.io": "docker-hub",
    "quay.io": "quay-io",
    "registry.gitlab.com": "gitlab-com",
    "team.jfrog.io": "jfrog-pro",
    "registry.digitalocean.com": "digitalocean-basic",
}


def row_of(key: str) -> list[str]:
    found = re.findall(rf"^\| `{re.escape(key)}` \|(.+)\|$", PAGE.read_text(), re.MULTILINE)
    assert len(found) == 1, key
    return [cell.strip() for cell in found[0].split("|")]


def plain(amount: Decimal) -> str:
    return f"{amount:,f}"


def amounts_of(one: PriceEntry) -> set[Decimal]:
    tiers = (*one.tiers, *one.egress_tiers)
    amounts = {tier.amount for tier in tiers}
    amounts |= {tier.up_to_units for tier in tiers if tier.up_to_units is not None}
    return amounts | ({one.included_units, one.plan_fee} - {Decimal(0)})


@pytest.mark.parametrize("host, key", HOSTS.items())
def test_a_host_tells_its_service(host: str, key: str) -> None:
    found = entry_for_host(host)
    assert found is not None
    assert found is entry(key)


@pytest.mark.parametrize("host", ["", "localhost:5000", "ghcr.io.example.org", "s3.amazonaws.com"])
def test_a_host_of_nobody_known_has_no_entry(host: str) -> None:
    assert entry_for_host(host) is None


def test_every_entry_that_a_host_can_tell_is_told_by_one_here() -> None:
    assert {one.key for one in LIST_PRICES if one.hosts} == set(HOSTS.values())


def test_a_host_is_of_one_entry_only() -> None:
    patterns = [one.hosts.pattern for one in LIST_PRICES if one.hosts]
    assert len(patterns) == len(set(patterns))
    for host in HOSTS:
        name = host.partition(":")[0].rstrip(".").lower()
        assert len([one for one in LIST_PRICES if one.hosts and one.hosts.fullmatch(name)]) == 1


def test_a_key_of_nothing_names_the_keys_there_are() -> None:
    with pytest.raises(UsageError, match="aws-ecr, aws-ecr-archive"):
        entry("aws-ecs")


def test_keys_are_used_once() -> None:
    assert len({one.key for one in LIST_PRICES}) == len(LIST_PRICES)


@pytest.mark.parametrize("one", LIST_PRICES, ids=lambda one: one.key)
def test_every_entry_says_where_it_is_from(one: PriceEntry) -> None:
    assert one.source
    assert one.note
    assert one.currency == "USD"
    assert one.as_of is not None or "undated" in one.source or one.confidence == "low"


@pytest.mark.parametrize("key", ["docker-hub", "docker-hub-team", "quay-io-5", "gitlab-com"])
def test_services_that_do_not_charge_by_bytes_have_no_price_for_them(key: str) -> None:
    assert entry(key).tiers == ()
    assert entry(key).first_unit_price is None


def test_free_is_a_price_of_zero() -> None:
    price = entry("github-ghcr").first_unit_price
    assert price is not None
    assert price.amount == 0


def test_five_hundred_mebibytes_are_what_the_smallest_plan_includes() -> None:
    assert entry("digitalocean-starter").included_units * GIB == 500 * 2**20


@pytest.mark.parametrize("one", LIST_PRICES, ids=lambda one: one.key)
def test_the_page_of_prices_says_what_the_program_counts_with(one: PriceEntry) -> None:
    service, words, source, as_of, confidence = row_of(one.key)
    assert service == f"{one.service}, {one.region}"
    missing = {
        plain(amount)
        for amount in amounts_of(one)
        if not re.search(rf"(?<![\d.,]){re.escape(plain(amount))}(?![\d]|[.,]\d)", words)
    }
    assert missing == set()
    assert one.unit_name in words or not one.tiers
    assert one.note in words
    assert source == one.source
    assert as_of == (one.as_of.isoformat() if one.as_of else "undated")
    assert confidence == one.confidence


def test_the_page_of_prices_has_no_other_rows() -> None:
    keys = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert keys == [one.key for one in LIST_PRICES]


def test_a_price_names_its_service_its_year_and_what_is_included() -> None:
    ecr = entry("aws-ecr").first_unit_price
    assert ecr is not None
    assert (ecr.amount, ecr.currency) == (Decimal("0.10"), "USD")
    assert ecr.source == "list price of Amazon ECR, 2026; us-east-1"
    google = entry("google-artifact-registry").first_unit_price
    assert google is not None
    assert google.source.endswith("after the included 0.5 GB")


def test_free_storage_is_a_price_of_zero_and_an_unknown_price_is_none() -> None:
    free = entry("github-ghcr").first_unit_price
    assert free is not None
    assert free.amount == 0
    assert entry("docker-hub").first_unit_price is None


@pytest.mark.parametrize("host", ["ghcr.io.example.org", "notdocker.io", "my-ghcr.io", "xgcr.io"])
def test_a_host_that_only_looks_like_a_vendor_has_no_list_price(host: str) -> None:
    assert entry_for_host(host) is None
