"""The sections of the settings that say what storage costs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from auditor.domain.errors import UsageError
from auditor.domain.price_book import Confidence, IncludedScope, PricedPer, PriceEntry, PriceTier
from auditor.domain.price_terms import PriceTerms
from auditor.domain.units import GB, GIB, Price
from auditor.domain.vendor_defaults import OBJECT_STORAGE_PRICE
from auditor.ledger.list_prices import PRICE_KEYS, entry
from auditor.settings_sections import Section, Strings

_UNIT_BYTES = {"GB": GB, "GiB": GIB}
_TIER = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(?: up to (\d{1,12}(?:\.\d{1,12})?))?", re.ASCII)
_Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
_Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
_Value = TypeVar("_Value")
_Unit = Literal["GB", "GiB"]
_Line = Annotated[str, Field(max_length=200)]


def _one_or_more(value: object) -> object:
    """A single amount as a list of one."""
    return [str(value)] if isinstance(value, int | float | Decimal) else value


def _check_tiers(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        if not _TIER.fullmatch(text):
            raise ValueError(f'{text[:40]!r} is no tier; write "0.09 up to 1000" or "0.07"')
    return texts


_Tiers = Annotated[Strings, BeforeValidator(_one_or_more), AfterValidator(_check_tiers)]


class BookEntrySettings(Section):
    """A price of one's own: of a contract, of own storage, of a plan nobody lists.

    What is not said is as the shipped entry says that `like` names. `tiers` are prices per
    unit, each but the last with its bound; a bound counts from the first unit.
    """

    like: str = ""
    provider: _Line = ""
    service: _Line = ""
    region: _Line = ""
    currency: _Currency | None = None
    unit: _Unit | None = None
    per: PricedPer | None = None
    tiers: _Tiers = ()
    included: _Amount | None = None
    included_scope: IncludedScope | None = None
    fee: _Amount | None = None
    fee_per_seat: bool | None = None
    fee_per_replica: bool | None = None
    storage_per_replica: bool | None = None
    minimum_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    source: _Line = ""
    as_of: date | None = None
    valid_from: date | None = None

    def to_entry(self, key: str) -> PriceEntry:
        """The entry as the domain knows it. Raises UsageError where it cannot be true."""
        base = entry(self.like) if self.like else _plain(key)
        tiers = tuple(_tier(text) for text in self.tiers)
        if not (self.like or tiers or self.fee):
            raise UsageError("it has no price", next_step="set tiers, a fee, or like")
        return replace(
            base,
            key=key,
            provider=self.provider or base.provider,
            service=self.service or base.service,
            region=self.region or base.region,
            currency=self.currency or base.currency,
            unit_bytes=_UNIT_BYTES[self.unit] if self.unit else base.unit_bytes,
            per=self.per or base.per,
            tiers=tiers or base.tiers,
            included_units=_said(self.included, base.included_units),
            included_scope=self.included_scope or base.included_scope,
            plan_fee=_said(self.fee, base.plan_fee),
            is_fee_per_seat=_said(self.fee_per_seat, base.is_fee_per_seat),
            is_fee_per_replica=_said(self.fee_per_replica, base.is_fee_per_replica),
            is_storage_per_replica=_said(self.storage_per_replica, base.is_storage_per_replica),
            minimum_storage_days=_said(self.minimum_days, base.minimum_storage_days),
            hosts=None,
            source=self.source or "configured",
            as_of=self.as_of,
            confidence=Confidence.HIGH,
            note="",
            valid_from=self.valid_from,
        )


class PriceSettings(Section):
    """What storage costs; without an `amount` or an `entry` the vendor's list price counts.

    Several entries follow each other, each from its `valid_from` on.
    """

    entry: Strings = ()
    amount: _Amount = OBJECT_STORAGE_PRICE.amount
    currency: _Currency = OBJECT_STORAGE_PRICE.currency
    unit: _Unit = "GB"
    replicas: Annotated[int, Field(ge=1, le=1000)] = 1
    seats: Annotated[int, Field(ge=0, le=10**7)] | None = None
    account: Annotated[str, Field(max_length=100)] = ""

    @property
    def is_configured(self) -> bool:
        """Whether somebody named an amount."""
        return "amount" in self.model_fields_set

    def to_price(self) -> Price:
        """The price as the domain knows it."""
        return Price(self.amount, self.currency, _UNIT_BYTES[self.unit], "configured")

    def to_terms(self, book: Mapping[str, BookEntrySettings]) -> PriceTerms | None:
        """What the entries say, of the own book or the shipped one; None for no entry.

        Raises UsageError for a key that neither has, and for entries out of order.
        """
        if not self.entry:
            return None
        entries = tuple(_entry(key, book) for key in self.entry)
        return PriceTerms(entries, replicas=self.replicas, seats=self.seats, account=self.account)

    @model_validator(mode="after")
    def _no_currency_without_amount(self) -> Self:
        if self.model_fields_set & {"currency", "unit"} and not self.is_configured:
            raise ValueError("a currency or unit without an amount; set the amount too")
        if self.entry and self.is_configured:
            raise ValueError("an amount and an entry of the price book; leave one out")
        if self.model_fields_set & {"replicas", "seats", "account"} and not self.entry:
            raise ValueError("replicas, seats and account belong to an entry; name the entry too")
        return self


def check_book(book: Mapping[str, BookEntrySettings]) -> Mapping[str, BookEntrySettings]:
    """Raise ValueError for an entry that cannot be, or that takes a shipped one's name."""
    for name, section in book.items():
        if name in PRICE_KEYS:
            raise ValueError(f'{name} is shipped; choose another name, with like = "{name}"')
        try:
            section.to_entry(name)
        except UsageError as error:
            raise ValueError(f"{name}: {error}; {error.next_step}") from None
    return book


def check_terms(price: PriceSettings | None, book: Mapping[str, BookEntrySettings]) -> None:
    """Raise ValueError for an entry that no price book has, and for a wrong order of them."""
    try:
        if price:
            price.to_terms(book)
    except UsageError as error:
        raise ValueError(f"{error}; {error.next_step}") from None


def _entry(key: str, book: Mapping[str, BookEntrySettings]) -> PriceEntry:
    if key in book:
        return book[key].to_entry(key)
    if key in PRICE_KEYS:
        return entry(key)
    known = (*book, *PRICE_KEYS)
    near = difflib.get_close_matches(key, known, n=1)
    raise UsageError(
        f"no entry of the price book has the key {key[:80]!r}",
        next_step=f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}",
    )


def _plain(key: str) -> PriceEntry:
    return PriceEntry(
        key=key,
        provider=key,
        service=key,
        region="",
        currency=OBJECT_STORAGE_PRICE.currency,
        unit_bytes=GB,
        per=PricedPer.MONTH,
    )


def _tier(text: str) -> PriceTier:
    amount, _, bound = text.partition(" up to ")
    return PriceTier(Decimal(bound) if bound else None, Decimal(amount))


def _said(value: _Value | None, other: _Value) -> _Value:
    return other if value is None else value
