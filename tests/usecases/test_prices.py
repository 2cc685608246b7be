from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.domain.units import GB, GIB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE
from auditor.settings import load_settings
from auditor.usecases.prices import Prices

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


def prices_of(tmp_path: Path, text: str) -> Prices:
    file = tmp_path / "auditor.toml"
    file.write_text(text)
    loaded = load_settings(config_file=file, environment={}, overrides={})
    return Prices.from_settings(loaded.settings)


def test_without_a_price_object_storage_is_what_it_costs() -> None:
    price = Prices().of("registry.example")
    assert price == OBJECT_STORAGE_PRICE
    assert (price.amount, price.currency, price.unit_bytes) == (Decimal("0.023"), "USD", GB)


def test_a_vendor_that_lists_a_price_costs_that() -> None:
    assert Prices().of(ECR).amount == Decimal("0.10")
    assert "Amazon ECR" in Prices().of(ECR).source
    assert Prices().of("ghcr.io").amount == 0


@pytest.mark.parametrize("registry", ["oci:images/app", "localhost:5000", "registry.example/below"])
def test_an_address_of_nobody_known_costs_what_object_storage_does(registry: str) -> None:
    assert Prices().of(registry) == OBJECT_STORAGE_PRICE


def test_a_configured_price_counts_before_the_vendors(tmp_path: Path) -> None:
    prices = prices_of(tmp_path, '[price]\namount = "0.5"\ncurrency = "EUR"\nunit = "GiB"\n')
    expected = Price(Decimal("0.5"), "EUR", GIB, "configured")
    assert prices.of(ECR) == prices.of("registry.example") == expected


def test_the_price_of_one_registry_counts_before_that_of_all(tmp_path: Path) -> None:
    prices = prices_of(
        tmp_path,
        """
        [price]
        amount = "1"
        [registries.own]
        address = "own.example:5000"
        [registries.own.price]
        amount = "2"
        [registries.other]
        address = "other.example"
        """,
    )
    assert prices.of("own.example:5000").amount == 2
    assert prices.of("other.example").amount == prices.of("stranger.example").amount == 1


def test_a_price_of_nothing_is_a_price(tmp_path: Path) -> None:
    prices = prices_of(tmp_path, '[price]\namount = "0"\n')
    assert prices.of(ECR).amount == 0
    assert prices.of(ECR).source == "configured"


def test_an_amount_is_kept_as_it_was_written(tmp_path: Path) -> None:
    prices = prices_of(tmp_path, '[price]\namount = "0.0237"\n')
    assert prices.of("registry.example").monthly_cost(10**9 // 2) == Decimal("0.01185")


def test_one_note_says_the_price_and_where_it_comes_from() -> None:
    assert Prices().notes(["a.example", "b.example"]) == (
        f"0.023 USD per GB-month ({OBJECT_STORAGE_PRICE.source})",
    )


def test_different_prices_have_a_note_each_that_names_the_registries() -> None:
    per_gib = Price(Decimal("0.02"), "EUR", GIB, "configured")
    prices = Prices({"b.example": per_gib})
    assert prices.notes(["a.example", "b.example", "c.example"]) == (
        f"0.023 USD per GB-month for a.example, c.example ({OBJECT_STORAGE_PRICE.source})",
        "0.02 EUR per GiB-month for b.example (configured)",
    )


def test_nothing_is_said_about_the_price_of_nothing() -> None:
    assert Prices().notes([]) == ()


def test_a_list_price_warns_once_it_is_old(tmp_path: Path) -> None:
    names = [ECR, "a.example", "b.example", "c.example", "d.example"]
    assert Prices().old([ECR], date(2026, 8, 28)) == ()
    ecr, own = Prices().old(names, date(2026, 8, 29))
    assert ecr == (
        f"the list price of Amazon ECR, used for {ECR}, is of 2026-03-01, over 180 days ago: "
        "compare it with the vendor's page, or set what you pay under [price]"
    )
    assert "used for a.example, b.example, c.example and 1 more, is of 2026-01-01" in own
    assert "has no date" in Prices().old(["europe-docker.pkg.dev"], date(2026, 1, 1))[0]
    negotiated = prices_of(tmp_path, '[price]\namount = "0.08"\n')
    assert negotiated.old(names, date(2030, 1, 1)) == ()


def test_an_entry_of_the_price_book_is_named_by_its_key(tmp_path: Path) -> None:
    prices = prices_of(
        tmp_path,
        """
        [registries.own]
        address = "team.azurecr.io"
        [registries.own.price]
        entry = "azure-acr-premium"
        """,
    )
    charged, listed = prices.entries_of("team.azurecr.io")
    assert (charged.key, listed) == ("azure-acr-premium", None)
    assert prices.of("team.azurecr.io") == charged.first_unit_price


def test_a_negotiated_price_stands_beside_the_list_price(tmp_path: Path) -> None:
    prices = prices_of(tmp_path, '[price]\namount = "0.08"\n')
    charged, listed = prices.entries_of(ECR)
    assert charged.tiers[0].amount == Decimal("0.08")
    assert listed is not None
    assert (listed.key, charged.service) == ("aws-ecr", "Amazon ECR")
    own, unlisted = prices.entries_of("registry.example")
    assert (own.service, unlisted) == ("Amazon S3 Standard", None)


def test_who_bills_is_told_from_the_host() -> None:
    assert not Prices().is_self_hosted(ECR)
    assert Prices().is_self_hosted("registry.example")
    assert Prices().entries_of(ECR)[0].key == "aws-ecr"
    assert Prices().entries_of("docker.io")[0].key == "aws-s3"


@pytest.mark.parametrize(
    "lines, words",
    [
        ('entry = "aws-erc"', "did you mean aws-ecr"),
        ('entry = "aws-ecr"\namount = "1"', "leave one out"),
    ],
)
def test_a_price_that_cannot_be_is_said(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        prices_of(tmp_path, f"[price]\n{lines}\n")
