"""What the addresses of findings ask for; anything else is a UsageError."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from auditor.domain.errors import UsageError
from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.findings import Confidence
from auditor.domain.units import parse_bytes
from web.query import PAGE_ROWS, Arguments, limit_and_offset, page_number, text

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class FindingsState:
    """What the address of the findings page says; equal states have equal addresses.

    `least` is the smallest saving as it was written; `query.minimum_bytes` is what it means.
    """

    query: FindingsQuery
    page: int = 1
    least: str = ""

    def arguments(self, **changes: str | int) -> dict[str, Any]:
        """Return the query string's parts with `changes` made, defaults left out."""
        query = self.query
        parts: dict[str, Any] = {
            "sort": query.by.value,
            "q": query.text,
            "registry": query.registry,
            "repository": query.repository,
            "team": query.team or "",
            "rule": query.rule,
            "min": self.least,
            "confidence": query.confidence.value,
            "page": self.page,
        }
        defaults = {
            "sort": FindingsBy.PRIORITY.value,
            "confidence": Confidence.LOW.value,
            "page": 1,
        }
        parts |= changes
        return {name: value for name, value in parts.items() if value != defaults.get(name, "")}


def findings_state(arguments: Arguments) -> FindingsState:
    """Read `sort`, `page` and the filters; raises UsageError."""
    page = page_number(arguments)
    query = _query(arguments, "sort", "min", limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS)
    return FindingsState(query, page, text(arguments, "min").strip())


def api_findings_query(arguments: Arguments, *, most_rows: int) -> FindingsQuery:
    """Read `by`, `min_saving`, `limit`, `offset` and the filters; raises UsageError."""
    limit, offset = limit_and_offset(arguments, most_rows=most_rows)
    return _query(arguments, "by", "min_saving", limit=limit, offset=offset)


def _query(
    arguments: Arguments, by: str, least: str, *, limit: int | None, offset: int
) -> FindingsQuery:
    return FindingsQuery(
        by=_choice(arguments, by, FindingsBy.PRIORITY),
        registry=text(arguments, "registry"),
        repository=text(arguments, "repository").strip(),
        text=text(arguments, "q").strip(),
        team=text(arguments, "team").strip() or None,
        rule=text(arguments, "rule").strip(),
        confidence=_choice(arguments, "confidence", Confidence.LOW),
        minimum_bytes=_bytes(arguments, least),
        limit=limit,
        offset=offset,
    )


def _bytes(arguments: Arguments, name: str) -> int:
    value = text(arguments, name).strip()
    return parse_bytes(value) if value else 0


def _choice(arguments: Arguments, name: str, default: Choice) -> Choice:
    value = arguments.get(name) or default.value
    kind = type(default)
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(kind)
        raise UsageError(
            f"not a usable {name}: {value[:80]!r}", next_step=f"{name} is one of {allowed}."
        ) from None
