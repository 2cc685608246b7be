from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.ledger import ByteTime, Charge, ChargeKind, Period


@pytest.mark.parametrize(
    "text, days", [("2026-11", 30), ("2026-12", 31), ("2024-02", 29), ("2026-02", 28)]
)
def test_a_month_is_the_calendars_in_utc(text: str, days: int) -> None:
    period = Period.month(text)
    assert period.microseconds == days * 86_400_000_000
    assert period.name == text
    assert period.start.tzinfo is UTC


def test_months_follow_one_another_without_a_gap() -> None:
    assert Period.month("2026-12").end == Period.month("2027-01").start


@pytest.mark.parametrize("text", ["", "2026-13", "2026-00", "2026-1", "0000-01", "9999-12", "x"])
def test_what_is_no_month_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="2026-11"):
        Period.month(text)


def test_a_moment_is_in_the_month_of_its_utc_date() -> None:
    late = datetime(2026, 11, 30, 23, tzinfo=timezone(timedelta(hours=-3)))
    assert Period.month_of(late).name == "2026-12"


def test_byte_time_adds_up() -> None:
    assert ByteTime(1, 2, 3, 4) + ByteTime(10, 20, 30, 40) == ByteTime(11, 22, 33, 44)


def test_a_charge_is_quantity_times_price() -> None:
    charge = Charge(
        ChargeKind.STORAGE, "s", "storage", Decimal("2.5"), "GB-Months", Decimal("0.10")
    )
    assert charge.cost == Decimal("0.250")


def test_a_cost_keeps_every_digit() -> None:
    quantity = Decimal("1." + "3" * 100)
    charge = Charge(ChargeKind.STORAGE, "s", "storage", quantity, "GB-Months", Decimal(3))
    assert str(charge.cost) == "3." + "9" * 100
