"""What the addresses of bases ask for; anything else is a UsageError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.domain.errors import UsageError
from web.query import PAGE_ROWS, Arguments, limit_and_offset, page_number, text


@dataclass(frozen=True, slots=True)
class BasesState:
    """What the address of the bases page says; equal states have equal addresses."""

    query: BasesQuery
    page: int = 1

    def arguments(self, **changes: str | int) -> dict[str, Any]:
        """Return the query string's parts with `changes` made, defaults left out."""
        query = self.query
        parts: dict[str, Any] = {
            "sort": query.by.value,
            "q": query.text,
            "registry": query.registry,
            "page": self.page,
        }
        parts |= changes
        defaults = {"sort": BasesBy.FREED.value, "page": 1}
        return {name: value for name, value in parts.items() if value != defaults.get(name, "")}


def bases_state(arguments: Arguments) -> BasesState:
    """Read `sort`, `page` and the filters; raises UsageError."""
    page = page_number(arguments)
    query = _query(arguments, "sort", limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS)
    return BasesState(query, page)


def api_bases_query(arguments: Arguments, *, most_rows: int) -> BasesQuery:
    """Read `by`, `limit`, `offset` and the filters; raises UsageError."""
    limit, offset = limit_and_offset(arguments, most_rows=most_rows)
    return _query(arguments, "by", limit=limit, offset=offset)


def _query(arguments: Arguments, order: str, *, limit: int, offset: int) -> BasesQuery:
    wanted = text(arguments, order) or BasesBy.FREED.value
    try:
        by = BasesBy(wanted)
    except ValueError:
        raise UsageError(
            f"not a usable {order}: {wanted[:80]!r}",
            next_step=f"{order} is one of {', '.join(BasesBy)}.",
        ) from None
    return BasesQuery(
        by, text(arguments, "registry"), text(arguments, "q"), limit=limit, offset=offset
    )
