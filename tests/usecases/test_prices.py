from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.domain.ledger import Period
from auditor.domain.price_terms import KeptTerms
from auditor.domain.units import GB, GIB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE
from auditor.settings import load_settings
from auditor.usecases.prices import Prices

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"

MAY, JUNE, JULY = (Period.month(f"2026-0{number}") for number in (5, 6, 7))


def on(*day: int) -> Callable[[], datetime]:
    return lambda: datetime(*day, tzinfo=UTC)  # type: ignore[misc, arg-type]


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
    assert Prices(clock=on(2026, 8, 28)).old([ECR], MAY) == ()
    ecr, own = Prices(clock=on(2026, 8, 29)).old(names, MAY)
    assert ecr == (
        f"the list price of Amazon ECR, used for {ECR}, is of 2026-03-01, over 180 days ago: "
        "compare it with the vendor's page, or set what you pay under [price]"
    )
    assert "used for a.example, b.example, c.example and 1 more, is of 2026-01-01" in own
    undated = Prices(clock=on(2026, 1, 1)).old(["europe-docker.pkg.dev"], MAY)
    assert "has no date" in undated[0]
    negotiated = prices_of(tmp_path, '[price]\namount = "0.08"\n')
    assert replace(negotiated, clock=on(2030, 1, 1)).old(names, MAY) == ()


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
    terms = prices.terms("team.azurecr.io")
    assert ([one.key for one in terms.entries], terms.listed) == (["azure-acr-premium"], None)
    assert prices.of("team.azurecr.io") == terms.entries[0].first_unit_price


def test_a_negotiated_price_stands_beside_the_list_price(tmp_path: Path) -> None:
    prices = prices_of(tmp_path, '[price]\namount = "0.08"\n')
    terms = prices.terms(ECR)
    (charged,) = terms.entries
    assert charged.tiers[0].amount == Decimal("0.08")
    assert terms.listed is not None
    assert (terms.listed.key, charged.service) == ("aws-ecr", "Amazon ECR")
    own = prices.terms("registry.example")
    assert (own.entries[0].service, own.listed) == ("Amazon S3 Standard", None)


def test_who_bills_is_told_from_the_host() -> None:
    assert not Prices().is_self_hosted(ECR)
    assert Prices().is_self_hosted("registry.example")
    assert Prices().terms(ECR).entries[0].key == "aws-ecr"
    assert Prices().terms("docker.io").entries[0].key == "aws-s3"


@pytest.mark.parametrize(
    "lines, words",
    [
        ('entry = "aws-erc"', "did you mean aws-ecr"),
        ('entry = "aws-ecr"\namount = "1"', "leave one out"),
        ("replicas = 2", "name the entry too"),
    ],
)
def test_a_price_that_cannot_be_is_said(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        prices_of(tmp_path, f"[price]\n{lines}\n")


CONTRACT = """
[price_book.contract-1]
like = "aws-ecr"
tiers = ["0.09 up to 1000", "0.07"]
source = "contract 17"

[price_book.contract-2]
like = "aws-ecr"
tiers = 0.05
included = 3
included_scope = "account"
valid_from = 2026-06-15

[registries.prod]
address = "prod.example"
[registries.prod.price]
entry = ["contract-1", "contract-2"]
replicas = 2
account = "ours"
"""


def test_prices_of_ones_own_follow_each_other(tmp_path: Path) -> None:
    terms = prices_of(tmp_path, CONTRACT).terms("prod.example")
    assert (terms.replicas, terms.account, terms.listed) == (2, "ours", None)
    first, second = terms.entries
    assert (first.service, first.source, first.hosts) == ("Amazon ECR", "contract 17", None)
    assert [(tier.up_to_units, tier.amount) for tier in first.tiers] == [
        (Decimal(1000), Decimal("0.09")),
        (None, Decimal("0.07")),
    ]
    assert (second.included_units, second.included_scope.value) == (Decimal(3), "account")
    assert terms.entry_at(date(2026, 6, 14)) == first
    assert terms.entry_at(date(2026, 6, 15)) == second


def test_an_own_price_stands_beside_the_public_one(tmp_path: Path) -> None:
    text = CONTRACT.replace("prod.example", ECR)
    listed = prices_of(tmp_path, text).terms(ECR).listed
    assert listed is not None
    assert listed.key == "aws-ecr"


def test_an_entry_of_ones_own_needs_nothing_but_a_price(tmp_path: Path) -> None:
    text = """
    price_book.nas.tiers = ["0.01"]
    price_book.nas.unit = "GiB"
    price_book.nas.currency = "EUR"
    price_book.flat.fee = 99
    price.entry = "nas"
    """
    prices = prices_of(tmp_path, text)
    expected = Price(Decimal("0.01"), "EUR", GIB, "nas, configured")
    assert prices.of("registry.example") == expected
    assert prices.terms("registry.example").entries[0].provider == "nas"


@pytest.mark.parametrize(
    "lines, words",
    [
        ("[price_book.aws-ecr]\ntiers = 1", "is shipped"),
        ('[price_book.a]\nlike = "aws-erc"', "no list price has the key"),
        ("[price_book.a]\nregion = 'x'", "it has no price"),
        ("[price_book.a]\ntiers = ['cheap']", "is no tier"),
        ("[price_book.a]\ntiers = ['2', '1']", "let bounds rise"),
        ("[price_book.A_b]\ntiers = 1", "write it as aws-ecr"),
        ("[price_book.a]\ntires = 1", "did you mean price_book.a.tiers"),
        ("[price_book.a]\ntiers = 1\n[price]\nentry = ['a', 'aws-s3']", "needs valid_from"),
        ("[registries.x]\naddress = 'x.example'\nprice.entry = 'ours'", "x: no entry"),
    ],
)
def test_a_price_book_that_cannot_be_is_said(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        prices_of(tmp_path, lines)
    assert words in f"{raised.value} {raised.value.next_step}"


def test_a_month_that_is_over_keeps_its_price(tmp_path: Path) -> None:
    then = prices_of(tmp_path, '[price]\namount = "0.05"\n').terms("own.example")
    now = replace(
        prices_of(tmp_path, '[price]\namount = "0.08"\n'),
        kept={"own.example": (KeptTerms(JUNE.start, then),)},
        clock=on(2026, 7, 20),
    )
    assert now.terms_in("own.example", JUNE) == then
    assert now.terms_in("own.example", MAY) == then
    assert now.terms_in("own.example", JULY) == now.terms("own.example")
    assert now.terms_in("other.example", JUNE) == now.terms("other.example")
    assert now.at(datetime(2026, 6, 30, tzinfo=UTC))("own.example").amount == Decimal("0.05")
    assert now.at(None)("own.example").amount == Decimal("0.08")
    assert now.changed(["own.example", "other.example"], JULY) == ()
    (said,) = now.changed(["own.example", "other.example"], JUNE)
    for words in (
        "2026-06 of own.example is charged as it was then, 0.05 USD per GB-month",
        "today's price is 0.08 USD per GB-month",
        "`auditor prices apply --since 2026-06`",
    ):
        assert words in said


def test_the_same_price_from_another_source_is_no_change(tmp_path: Path) -> None:
    then = Prices().terms("own.example").as_kept()
    assumed = Prices(kept={"own.example": (KeptTerms(JUNE.start, then),)})
    same = replace(assumed, for_all=Price(Decimal("0.023"), "USD", source="configured"))
    assert same.changed(["own.example"], JUNE) == ()
    dearer = replace(assumed, for_all=Price(Decimal("0.024"), "USD", source="configured"))
    assert len(dearer.changed(["own.example"], JUNE)) == 1
