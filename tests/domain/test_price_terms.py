from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.ledger import Period
from auditor.domain.price_book import PricedPer, PriceEntry, PriceTier
from auditor.domain.price_terms import KeptTerms, PriceTerms, terms_kept_at, terms_kept_since
from auditor.domain.units import GB
from auditor.domain.vendor_hosts import AMAZON_ECR

JUNE, JULY = Period.month("2026-06"), Period.month("2026-07")


def dollars(amount: str, key: str = "own", **more: object) -> PriceEntry:
    entry = PriceEntry(
        key=key,
        provider="p",
        service="s",
        region="r",
        currency="USD",
        unit_bytes=GB,
        per=PricedPer.MONTH,
        tiers=(PriceTier(None, Decimal(amount)),),
    )
    return replace(entry, **more)  # type: ignore[arg-type]


FIRST, SECOND = dollars("0.10", "a"), dollars("0.08", "b", valid_from=date(2026, 6, 15))
THIRD = dollars("0.05", "c", valid_from=date(2026, 7, 1))


def test_a_period_is_cut_where_the_next_price_begins() -> None:
    middle = datetime(2026, 6, 15, tzinfo=UTC)
    terms = PriceTerms((FIRST, SECOND, THIRD))
    assert list(terms.spans(JUNE)) == [
        (Period(JUNE.start, middle), FIRST),
        (Period(middle, JUNE.end), SECOND),
    ]
    assert list(terms.spans(JULY)) == [(JULY, THIRD)]
    assert list(terms.spans(Period.month("2020-01"))) == [(Period.month("2020-01"), FIRST)]


@pytest.mark.parametrize(
    "later, words",
    [
        (dollars("1", "b"), "needs valid_from"),
        (dollars("1", "b", valid_from=date(2026, 6, 15)), "no later than"),
        (dollars("1", "b", valid_from=date(2027, 1, 1), currency="EUR"), "in EUR, b in USD"),
    ],
)
def test_prices_that_do_not_follow_each_other_are_refused(later: PriceEntry, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        PriceTerms((FIRST, SECOND, later))
    assert words in str(raised.value)


def test_what_a_unit_costs_counts_every_copy_that_is_paid_for() -> None:
    copied = dollars("0.10", is_storage_per_replica=True)
    day = date(2026, 6, 1)
    assert PriceTerms((copied,), replicas=3).words_at(day) == "0.30 USD per GB-month, own"
    assert PriceTerms((FIRST,), replicas=3).words_at(day) == "0.10 USD per GB-month, a"
    assert PriceTerms((dollars("1", tiers=()),)).words_at(day) == "no price per unit, own"
    binary = dollars("1", unit_bytes=2**30)
    assert PriceTerms((binary,)).words_at(day) == "1 USD per GiB-month, own"


def test_terms_charge_alike_whatever_they_say_about_their_source() -> None:
    terms = PriceTerms((FIRST,))
    renamed = dollars("0.10", "z", hosts=AMAZON_ECR, note="n", as_of=date(2026, 1, 1))
    assert terms.charges_as(PriceTerms((renamed,), listed=SECOND), JUNE)
    assert terms.charges_as(PriceTerms((FIRST, THIRD)), JUNE)
    assert not terms.charges_as(PriceTerms((FIRST, THIRD)), JULY)
    assert not terms.charges_as(PriceTerms((FIRST,), seats=3), JUNE)


def test_what_is_kept_knows_no_hosts() -> None:
    hosted = replace(FIRST, hosts=AMAZON_ECR)
    kept = PriceTerms((hosted,), listed=hosted).as_kept()
    assert kept == PriceTerms((FIRST,), listed=FIRST)
    assert PriceTerms((FIRST,)).as_kept() == PriceTerms((FIRST,))


def test_a_moment_has_the_terms_kept_before_it_or_else_the_first() -> None:
    one, other = PriceTerms((FIRST,)), PriceTerms((THIRD,))
    kept = (KeptTerms(JUNE.start, one), KeptTerms(JULY.start, other))
    assert terms_kept_at(kept, JUNE.start) == one
    assert terms_kept_at(kept, JULY.start) == other
    assert terms_kept_at(kept, datetime(2020, 1, 1, tzinfo=UTC)) == one
    assert terms_kept_at((), JUNE.start) is None
    assert terms_kept_since(kept, JUNE.start) == (one, other)
    assert terms_kept_since(kept, JULY.start) == (other,)
    assert terms_kept_since((), JULY.start) == ()
