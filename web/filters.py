"""Figures, money and times as people read them; every filter returns escaped HTML or text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from flask import Flask
from markupsafe import Markup, escape

from auditor.domain.exactness import Exactness
from auditor.domain.units import format_bytes, round_money
from auditor.reports.finding_words import KNOWN, SURE, interval_words, place_words, start_words
from auditor.reports.phrases import exact_money
from auditor.reports.safe_text import visible

_EXPLANATIONS = {
    Exactness.LOWER_BOUND: ("at least", "At least: something may exist that cannot be listed"),
    Exactness.UPPER_BOUND: ("at most", "At most: unseen repositories can only lower it"),
    Exactness.ESTIMATED: ("about", "Estimated: unseen data can move it either way"),
}
_WHOLE = Decimal(1)
_SMALLEST = Decimal("0.0001")
_AGES = (
    (60 * 60 * 24 * 365, "year"),
    (60 * 60 * 24 * 30, "month"),
    (60 * 60 * 24, "day"),
    (60 * 60, "hour"),
    (60, "minute"),
)


def register(app: Flask, now: Callable[[], datetime]) -> None:
    """Make the filters known to the templates; `now` is what `when` counts from."""
    filters: dict[str, Callable[..., str]] = {
        "size": size,
        "growth": growth,
        "saving": saving,
        "money": money,
        "exact_money": exact_money_text,
        "count": count,
        "interval": interval_words,
        "place": place_words,
        "start": start_words,
        "sure": lambda confidence: SURE[confidence],
        "known": lambda basis: KNOWN[basis],
        "percent": percent,
        "plural": plural,
        "sentence": sentence,
        "when": lambda at: when(at, now=now()),
    }
    app.jinja_env.filters.update(filters)


def mark(exactness: Exactness) -> Markup:
    """The sign before a figure that is no exact one, with its meaning for every reader."""
    if exactness is Exactness.EXACT:
        return Markup()
    words, explanation = _EXPLANATIONS[exactness]
    return Markup(
        '<span class="mark" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{} </span></span>'
    ).format(explanation, exactness.mark, words)


def size(
    size_bytes: int | None,
    exactness: Exactness = Exactness.EXACT,
    *,
    missing: str = "unknown",
) -> Markup:
    """Bytes in decimal units with the exact count as value and tooltip."""
    if size_bytes is None:
        return _quiet(missing)
    return _marked(
        exactness,
        Markup('<data class="figure" value="{}" title="{} bytes">{}</data>').format(
            size_bytes, f"{size_bytes:,}", format_bytes(size_bytes)
        ),
    )


def saving(
    saving_bytes: int | None, exactness: Exactness = Exactness.EXACT, *, missing: str = ""
) -> Markup:
    """What a change saves; one that costs bytes says so, and None is said in words."""
    if saving_bytes is None:
        return _quiet(missing or "not analysed")
    if saving_bytes < 0:
        return Markup("costs {} more").format(size(-saving_bytes, exactness))
    return size(saving_bytes, exactness)


def growth(change_bytes: int | None) -> Markup:
    """A change of bytes with its sign; None is said in words."""
    if change_bytes is None:
        return Markup('<span class="quiet" title="{}">no past yet</span>').format(
            "Needs a complete crawl that is 30 days old"
        )
    if change_bytes == 0:
        return Markup('<data class="quiet" value="0">no change</data>')
    sign = "+" if change_bytes > 0 else "\N{MINUS SIGN}"
    return Markup('<data class="figure" value="{}" title="{} bytes">{}</data>').format(
        change_bytes, f"{change_bytes:+,}", sign + format_bytes(abs(change_bytes))
    )


def money(amount: Decimal | None, currency: str, exactness: Exactness = Exactness.EXACT) -> Markup:
    """Money in cents from 1 on, with four decimals below; None is said in words."""
    if amount is None:
        return _quiet("several currencies")
    currency = visible(currency)
    if amount == 0 or amount >= _WHOLE:
        text = f"{amount:,.2f}"
    elif amount >= _SMALLEST:
        text = f"{amount:.4f}"
    else:
        text = f"< {_SMALLEST}"
    return _marked(
        exactness,
        Markup('<data class="figure" value="{}" title="{}">{} {}</data>').format(
            round_money(amount), f"{amount:,.4f} {currency}", text, currency
        ),
    )


def exact_money_text(amount: Decimal) -> str:
    """Money with every digit that it takes for what is shown to add up."""
    return f"{exact_money(amount):,f}"


def count(number: int) -> str:
    """A whole number with thousands separated."""
    return f"{number:,}"


def percent(value: float) -> str:
    """A whole percentage; what is not quite nothing or all is never rounded to it."""
    if 0 < value < 1:
        return "under 1\N{NO-BREAK SPACE}%"
    if 99 < value < 100:  # noqa: PLR2004 - all of it
        return "over 99\N{NO-BREAK SPACE}%"
    return f"{value:.0f}\N{NO-BREAK SPACE}%"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 tag`, `2 tags`; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """An error's words, which begin small and end bare, as a sentence of a page."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", ":")) else f"{begun}."


def when(at: datetime | None, *, now: datetime) -> Markup:
    """A time as its age, with the time itself in UTC as tooltip; None is `never`."""
    if at is None:
        return _quiet("never")
    exact = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), f"{exact:%Y-%m-%d %H:%M} UTC", age(at, now=now)
    )


def age(at: datetime, *, now: datetime) -> str:
    """`3 hours ago`, `just now` within a minute or ahead by less; else the date."""
    seconds = (now - at).total_seconds()
    if seconds < -_AGES[-1][0]:
        return f"{at.astimezone(UTC):%Y-%m-%d}"
    for unit_seconds, name in _AGES:
        if seconds >= unit_seconds:
            return f"{plural(int(seconds // unit_seconds), name)} ago"
    return "just now"


def _marked(exactness: Exactness, figure: Markup) -> Markup:
    """Mark and figure, never on two lines."""
    if exactness is Exactness.EXACT:
        return figure
    return Markup('<span class="marked">{}{}</span>').format(mark(exactness), figure)


def _quiet(words: str) -> Markup:
    return Markup('<span class="quiet">{}</span>').format(escape(words))
