from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from auditor.domain.exactness import Exactness
from tests.web.fake_views import NOW
from web.filters import age, growth, mark, money, percent, plural, sentence, size, when


def test_a_size_carries_its_exact_bytes() -> None:
    assert size(1_830_123_456) == (
        '<data class="figure" value="1830123456" title="1,830,123,456 bytes">1.83 GB</data>'
    )


def test_an_unknown_size_is_said_in_words_and_never_zero() -> None:
    assert size(None) == '<span class="quiet">unknown</span>'
    assert size(None, missing="not analysed") == '<span class="quiet">not analysed</span>'
    assert "0 B" in size(0)


@pytest.mark.parametrize(
    "exactness, sign, words",
    [
        (Exactness.LOWER_BOUND, "≥", "at least"),
        (Exactness.UPPER_BOUND, "≤", "at most"),
        (Exactness.ESTIMATED, "~", "about"),
    ],
)
def test_a_bound_is_marked_for_eyes_and_for_ears(
    exactness: Exactness, sign: str, words: str
) -> None:
    marked = size(5_000, exactness)
    assert f'aria-hidden="true">{sign} ' in marked
    assert f'class="visually-hidden">{words} ' in marked


def test_an_exact_figure_has_no_mark() -> None:
    assert mark(Exactness.EXACT) == ""


@pytest.mark.parametrize(
    "change_bytes, text",
    [(1_500_000, "+1.50 MB"), (-1_500_000, "\N{MINUS SIGN}1.50 MB"), (0, "no change")],
)
def test_growth_has_its_sign(change_bytes: int, text: str) -> None:
    assert f">{text}<" in growth(change_bytes)


def test_growth_without_a_past_is_not_zero() -> None:
    assert "no past yet" in growth(None)


@pytest.mark.parametrize(
    "amount, text",
    [
        ("1234.5", "1,234.50 EUR"),
        ("0", "0.00 EUR"),
        ("0.01234", "0.0123 EUR"),
        ("0.00001", "&lt; 0.0001 EUR"),
    ],
)
def test_small_money_keeps_four_decimals(amount: str, text: str) -> None:
    assert f">{text}<" in money(Decimal(amount), "EUR")


def test_money_in_several_currencies_is_not_added() -> None:
    assert "several currencies" in money(None, "")


def test_money_escapes_its_currency() -> None:
    assert "<b>" not in money(Decimal(2), "<b>")


@pytest.mark.parametrize(
    "seconds, text",
    [
        (5, "just now"),
        (-30, "just now"),
        (60, "1 minute ago"),
        (7_300, "2 hours ago"),
        (86_400 * 45, "1 month ago"),
        (86_400 * 800, "2 years ago"),
        (-86_400, "2026-03-10"),
    ],
)
def test_ages_are_rounded_down(seconds: int, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), now=NOW) == text


def test_a_time_is_relative_and_absolute() -> None:
    assert when(NOW - timedelta(hours=3), now=NOW) == (
        '<time datetime="2026-03-09T09:00:00+00:00" title="2026-03-09 09:00 UTC">3 hours ago</time>'
    )


def test_a_time_that_never_was_is_never() -> None:
    nothing: datetime | None = None
    assert "never" in when(nothing, now=NOW)


@pytest.mark.parametrize(
    "text, shown", [("no such tag", "No such tag."), ("Try again.", "Try again.")]
)
def test_errors_become_sentences(text: str, shown: str) -> None:
    assert sentence(text) == shown


def test_plurals_have_their_own_words() -> None:
    assert plural(1, "repository", "repositories") == "1 repository"
    assert plural(1_200, "repository", "repositories") == "1,200 repositories"
    assert plural(0, "tag") == "0 tags"


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (0.01, "under 1"), (1, "1"), (41.12, "41"), (99.01, "over 99"), (100, "100")],
)
def test_a_part_is_never_rounded_to_nothing_or_to_all(value: float, text: str) -> None:
    assert percent(value) == f"{text}\N{NO-BREAK SPACE}%"


def test_money_writes_out_what_hides_in_its_currency() -> None:
    assert "\\ud800" in money(Decimal(2), "\ud800")
