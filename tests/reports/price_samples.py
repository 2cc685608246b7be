"""Prices of registries in every state a report can show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from auditor.domain.ledger import Period
from auditor.domain.price_book import PriceTier
from auditor.domain.price_terms import KeptTerms, PricedRegistry, PriceTerms, Repricing
from auditor.ledger.list_prices import entry

TODAY = date(2026, 11, 26)
OCTOBER = Period.month("2026-10")
_S3 = PriceTerms((entry("aws-s3"),), is_assumed=True)
_CONTRACT = replace(
    entry("aws-ecr"),
    key="contract-17",
    source="=contract 17\x1b[31m",
    tiers=(PriceTier(Decimal(1000), Decimal("0.09")), PriceTier(None, Decimal("0.07"))),
    as_of=None,
)
_OURS = PriceTerms((_CONTRACT,), entry("aws-ecr"), replicas=2, account="ours")
_PLAN = PriceTerms((entry("docker-hub-team"),), seats=7)


def every_state() -> tuple[PricedRegistry, ...]:
    return (
        PricedRegistry("own.example:5000", _S3, ()),
        PricedRegistry("prod.example", _OURS, (KeptTerms(OCTOBER.start, _S3),)),
        PricedRegistry("docker.io", _PLAN, (KeptTerms(OCTOBER.start, _PLAN),)),
    )


def repriced() -> tuple[Repricing, ...]:
    return (Repricing("prod.example", OCTOBER, (_S3, _PLAN), _OURS),)
