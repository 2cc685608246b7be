from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from auditor.domain.exactness import Exactness
from auditor.reports import phrases


@pytest.mark.parametrize(
    "amount, text",
    [
        (Decimal("12.345"), "12.34 USD"),
        (Decimal("0.00421"), "0.0042 USD"),
        (Decimal("0.00001"), "< 0.0001 USD"),
        (Decimal(0), "0.0000 USD"),
        (None, "several currencies"),
    ],
)
def test_money_is_never_rounded_to_a_false_zero(amount: Decimal | None, text: str) -> None:
    assert phrases.money_text(amount, "USD") == text


def test_a_bound_is_never_printed_as_if_it_were_exact() -> None:
    assert phrases.size_text(1_830_000_000, Exactness.LOWER_BOUND) == "≥ 1.83 GB"
    assert phrases.exact_size_text(2_000, Exactness.UPPER_BOUND) == "≤ 2.00 kB (2,000 B)"
    assert phrases.exact_size_text(12) == "12 B"
    assert phrases.money_text(Decimal(2), "EUR", Exactness.ESTIMATED) == "~ 2.00 EUR"


def test_unknown_is_said_in_words() -> None:
    assert phrases.growth_text(None) == "no past yet"
    assert phrases.savings_text(None, None) == "not analysed"
    assert phrases.savings_text(1_000, None) == "pull 1.00 kB, stored not analysed"
    assert phrases.time_text(None) == "unknown"


def test_growth_has_its_sign() -> None:
    assert [phrases.growth_text(change) for change in (5, 0, -5)] == ["+5 B", "0 B", "-5 B"]


def test_moments_are_shown_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert phrases.time_text(moment) == "2025-12-31 23:30 UTC"


@pytest.mark.parametrize(
    "part, whole, text",
    [
        (0, 10, ""),
        (5, 0, ""),
        (1, 10**9, "▏"),
        (5, 10, "█████"),
        (10, 10, "██████████"),
        (20, 10, "██████████"),
        (11, 80, "█▍"),
    ],
)
def test_a_bar_is_as_long_as_its_share(part: int, whole: int, text: str) -> None:
    assert phrases.bar(part, whole) == text


def test_the_legend_explains_the_marks_that_are_used() -> None:
    assert phrases.legend([Exactness.EXACT]) == ""
    assert phrases.legend([Exactness.UPPER_BOUND, Exactness.EXACT]).startswith("≤ at most")
    assert "≥" not in phrases.legend([Exactness.UPPER_BOUND])
