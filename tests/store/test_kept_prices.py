from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from auditor.domain.ledger import Period
from auditor.domain.price_terms import KeptTerms, PriceTerms
from auditor.ledger.list_prices import LIST_PRICES, entry
from auditor.store.kept_prices import apply_terms, keep_terms, load_kept_terms
from tests.store.bench import Bench

MAY, JUNE, JULY = (Period.month(f"2026-0{number}") for number in (5, 6, 7))
S3, ECR = PriceTerms((entry("aws-s3"),), is_assumed=True), PriceTerms((entry("aws-ecr"),))


def keep(bench: Bench, terms: PriceTerms, month: Period, days: float = 3) -> None:
    mark = bench.begin()
    with bench.database.writing() as connection:
        keep_terms(connection, mark.registry_id, terms, month.start + timedelta(days=days))


def kept(bench: Bench) -> dict[str, tuple[KeptTerms, ...]]:
    with bench.database.reading() as connection:
        return dict(load_kept_terms(connection))


def test_every_shipped_entry_comes_back_as_it_was_kept(bench: Bench) -> None:
    for listed in LIST_PRICES:
        terms = PriceTerms((listed,), entry("aws-ecr"), replicas=2, seats=3, account="ours")
        keep(bench, terms, JUNE)
        ((one,),) = kept(bench).values()
        assert one == KeptTerms(JUNE.start, terms.as_kept())


def test_a_new_price_counts_from_its_month_on(bench: Bench) -> None:
    keep(bench, S3, MAY)
    keep(bench, S3, JUNE)
    keep(bench, ECR, JULY)
    keep(bench, ECR, JULY, days=9)
    ((*found,),) = kept(bench).values()
    assert found == [KeptTerms(MAY.start, S3.as_kept()), KeptTerms(JULY.start, ECR.as_kept())]


def test_a_month_that_is_not_over_has_the_last_word_of_it(bench: Bench) -> None:
    keep(bench, S3, MAY)
    keep(bench, ECR, JUNE)
    keep(bench, S3, JUNE, days=20)
    ((*found,),) = kept(bench).values()
    assert [one.terms for one in found] == [S3.as_kept()] * 2


def test_applied_terms_take_the_place_of_all_that_were_kept_from_there_on(bench: Bench) -> None:
    keep(bench, S3, MAY)
    keep(bench, ECR, JULY)
    (registry,) = kept(bench)
    dearer = PriceTerms((replace(entry("aws-s3"), plan_fee=Decimal("1.25")),))
    with bench.database.writing() as connection:
        apply_terms(connection, registry, dearer, JUNE.start)
    assert kept(bench)[registry] == (
        KeptTerms(MAY.start, S3.as_kept()),
        KeptTerms(JUNE.start, dearer),
    )
