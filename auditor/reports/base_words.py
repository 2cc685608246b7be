"""Bases in use, in words that terminals and pages share."""

from __future__ import annotations

from auditor.domain.base_fleet import FleetSwap
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage
from auditor.domain.units import format_bytes
from auditor.reports.finding_words import NOT_ANALYSED_YET
from auditor.reports.phrases import count_text, money_text, size_text

NO_NAME = "no name"
MEANING = (
    "Freed: what leaves the registry when all repositories on the base have moved, net of what "
    "others share; below zero it costs bytes. The first move may cost, the last one frees."
)
ASSUMED = (
    "Counted: every image of these repositories on the old base is built on the new one, and the "
    "images of before are deleted. Own layers keep their size; what a pull saves comes on top."
)


def base_name(row: BaseRow) -> str:
    """Its name; without one the beginning of its chain."""
    return row.name or f"{NO_NAME} ({row.identifier})"


def freed_words(row: BaseRow) -> str:
    """What the swap frees; said in words where it costs bytes. Empty without a swap."""
    if row.swap is None:
        return ""
    freed = row.swap.freed_bytes
    if freed < 0:
        return f"costs {size_text(-freed, row.exactness)} more"
    return size_text(freed, row.exactness)


def month_words(row: BaseRow) -> str:
    """The price of that a month; empty where nothing is freed or there is no price."""
    amount = row.monthly_saving
    return "" if amount is None or amount <= 0 else money_text(amount, row.currency, row.exactness)


def break_even_words(swap: FleetSwap) -> str:
    """From which move on storage is smaller than before."""
    if swap.break_even is None:
        return f"never: after all {count_text(swap.moves, 'move')} storage is not smaller"
    if swap.break_even == 1:
        return "at once: the first move frees bytes"
    return f"after {swap.break_even:,} of {count_text(swap.moves, 'move')}"


def kept_words(swap: FleetSwap) -> str:
    """What of the old base goes on being stored, and why."""
    if not swap.kept_bytes:
        return "nothing of the old base"
    return (
        f"{format_bytes(swap.kept_bytes)} of the old base: other repositories, other images or"
        " the base's own repository hold it"
    )


def added_words(swap: FleetSwap) -> str:
    """What comes in with the new base."""
    if not swap.added_bytes:
        return "nothing: the registry holds the new base already"
    return f"{format_bytes(swap.added_bytes)} with the first move"


def nothing_words(page: BasesPage) -> str:
    """Why a list is empty."""
    if page.as_of is None:
        return NOT_ANALYSED_YET
    if page.query.text or page.query.registry:
        return "No base in use matches."
    return "No current image is built on a base that is known."


def left_out_words(plan: BasePlan) -> str:
    """How many steps are not among those shown; empty for none."""
    swap = plan.base.swap
    more = swap.moves - len(swap.steps) if swap else 0
    return f"{count_text(more, 'more move')} in the CSV" if more > 0 else ""
