"""Figures, dates and counts as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.exactness import Exactness
from auditor.domain.units import format_bytes, round_money
from auditor.reports.safe_text import visible

NOT_ANALYSED = "not analysed"
NO_PAST = "no past yet"
UNKNOWN = "unknown"
_LEAST_MONEY = Decimal("0.0001")
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_MEANINGS = {
    Exactness.LOWER_BOUND: "at least this much, more may exist that the registry cannot list",
    Exactness.UPPER_BOUND: "at most this much, repositories not seen can only lower it",
    Exactness.ESTIMATED: "an estimate, the truth may be more or less",
}


def size_text(size_bytes: int, exactness: Exactness = Exactness.EXACT) -> str:
    """A size with its unit, and the mark of a figure that is no exact one: `≥ 1.83 GB`."""
    return f"{exactness.mark}{format_bytes(size_bytes)}"


def exact_size_text(size_bytes: int, exactness: Exactness = Exactness.EXACT) -> str:
    """The size and, from 1 kB on, its bytes: `1.83 GB (1,830,000,000 B)`."""
    rounded = size_text(size_bytes, exactness)
    return rounded if abs(size_bytes) < 1000 else f"{rounded} ({size_bytes:,} B)"  # noqa: PLR2004 - 1 kB


def growth_text(growth_bytes: int | None) -> str:
    """A signed change of size, or in words that there is no past to compare with."""
    if growth_bytes is None:
        return NO_PAST
    return f"+{format_bytes(growth_bytes)}" if growth_bytes > 0 else format_bytes(growth_bytes)


def saving_text(saving_bytes: int | None) -> str:
    """A saving, or that nobody has looked yet."""
    return NOT_ANALYSED if saving_bytes is None else format_bytes(saving_bytes)


def savings_text(pull_bytes: int | None, stored_bytes: int | None) -> str:
    """Both savings in one cell: per pull, and of storage."""
    if pull_bytes is None and stored_bytes is None:
        return NOT_ANALYSED
    return f"pull {saving_text(pull_bytes)}, stored {saving_text(stored_bytes)}"


def money_text(
    amount: Decimal | None, currency: str, exactness: Exactness = Exactness.EXACT
) -> str:
    """Money with two decimals from one unit on and four below, `0.0042 USD`; never a false zero."""
    if amount is None:
        return "several currencies"
    if 0 < amount < _LEAST_MONEY:
        return f"< {_LEAST_MONEY} {visible(currency)}"
    shown = amount.quantize(Decimal("0.01")) if abs(amount) >= 1 else round_money(amount)
    return f"{exactness.mark}{shown} {visible(currency)}"


def exact_money(amount: Decimal) -> Decimal:
    """Money with four decimals, or with as many as it takes to lose nothing."""
    rounded = round_money(amount)
    return rounded if rounded == amount else amount


def time_text(moment: datetime | None, otherwise: str = UNKNOWN) -> str:
    """A moment in UTC to the minute: `2026-01-31 09:30 UTC`."""
    if moment is None:
        return otherwise
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def count_text(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 tag`, `2 tags`, `3 repositories`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def bar(part: int, whole: int, width: int = 10) -> str:
    """`part` of `whole` as a bar of at most `width` block characters, in steps of an eighth.

    Never empty for a part above zero; empty where either is zero.
    """
    if part <= 0 or whole <= 0:
        return ""
    eighths = max(1, min(part * width * 8 // whole, width * 8))
    full, rest = divmod(eighths, 8)
    return _FULL * full + (_EIGHTHS[rest] if rest else "")


def legend(exactnesses: Iterable[Exactness]) -> str:
    """What the marks among these figures mean, or empty where all are exact."""
    used = set(exactnesses)
    parts = [
        f"{kind.mark.strip()} {meaning}" for kind, meaning in _MEANINGS.items() if kind in used
    ]
    return f"{'; '.join(parts)}." if parts else ""
