"""The answer to "what changed between two dates", or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import request

from auditor.domain.change import ChangePart, Contributor, ExplainedChange
from auditor.domain.errors import UsageError
from web.query import moment, text


@dataclass(frozen=True, slots=True)
class Changed:
    """Dates as they were written, and the answer or why not."""

    start: str
    end: str
    change: ExplainedChange | None = None
    refusal: str = ""

    @property
    def contributors(self) -> list[tuple[ChangePart, Contributor]]:
        """The biggest ones with their parts, in the order of the parts."""
        parts = self.change.parts if self.change else ()
        return [(part, one) for part in parts for one in part.contributors]


def what_changed(
    explain: Callable[[datetime, datetime], ExplainedChange], *, now: datetime
) -> Changed:
    """What changed between the dates of the address; nothing without a first one.

    Raises UsageError for what is no date; what cannot be explained is said in its place.
    """
    asked = text(request.args, "from"), text(request.args, "to")
    start = moment(request.args, now=now, name="from")
    end = moment(request.args, now=now, name="to")
    if start is None:
        return Changed(*asked)
    try:
        change = explain(start, end or now)
    except UsageError as error:
        return Changed(*asked, refusal=str(error))
    return Changed(*asked, change)
