"""Query strings to values; anything else is a UsageError that names what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidReferenceError, UsageError
from auditor.domain.moment import parse_moment
from auditor.domain.outlook import USUAL_GROWTH_DAYS, GrowthQuery
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference, is_tag_name
from auditor.domain.views import RankBy, RankQuery

PAGE_ROWS = 50
_MOST_PAGES = 1_000_000
MOST_OFFSET = 10**9
MOST_DAYS = 366
LONGEST_TEXT = 512
_DIRECTIONS = ("asc", "desc")

Arguments = MultiDict[str, str]
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class RankingState:
    """What the address of the repositories page says; equal states have equal addresses.

    `date` is the date as it was written, empty for now; `query.at` is what it means.
    """

    query: RankQuery
    page: int = 1
    date: str = ""

    def arguments(self, **changes: str | int) -> dict[str, Any]:
        """Return the query string's parts with `changes` made, defaults left out."""
        query = self.query
        parts: dict[str, Any] = {
            "sort": query.by.value,
            "dir": "asc" if query.ascending else "desc",
            "q": query.text,
            "registry": query.registry,
            "at": self.date,
            "page": self.page,
        }
        parts |= changes
        by = RankBy(parts["sort"])
        defaults = {"sort": RankBy.SIZE.value, "dir": default_direction(by), "page": 1}
        return {name: value for name, value in parts.items() if value != defaults.get(name, "")}


def default_direction(by: RankBy) -> str:
    """Names are read from A; figures from the largest."""
    return "asc" if by is RankBy.NAME else "desc"


def ranking_state(arguments: Arguments, *, now: datetime) -> RankingState:
    """Read `sort`, `dir`, `q`, `registry`, `at` and `page`; raises UsageError."""
    by = _rank_by(arguments, "sort")
    page = _number(arguments, "page", default=1, least=1, most=_MOST_PAGES)
    query = RankQuery(
        by=by,
        ascending=_ascending(arguments, by),
        registry=text(arguments, "registry"),
        text=text(arguments, "q").strip(),
        limit=PAGE_ROWS,
        offset=(page - 1) * PAGE_ROWS,
        at=moment(arguments, now=now),
    )
    return RankingState(query, page, text(arguments, "at"))


def api_rank_query(arguments: Arguments, *, most_rows: int, now: datetime) -> RankQuery:
    """Read `by`, `dir`, `registry`, `q`, `limit`, `offset` and `at`; raises UsageError."""
    by = _rank_by(arguments, "by")
    limit, offset = limit_and_offset(arguments, most_rows=most_rows)
    return RankQuery(
        by=by,
        ascending=_ascending(arguments, by),
        registry=text(arguments, "registry"),
        text=text(arguments, "q").strip(),
        limit=limit,
        offset=offset,
        at=moment(arguments, now=now),
    )


def limit_and_offset(arguments: Arguments, *, most_rows: int) -> tuple[int, int]:
    """Read `limit`, at most and without one `most_rows`, and `offset`; raises UsageError."""
    return (
        _number(arguments, "limit", default=most_rows, least=1, most=most_rows),
        _number(arguments, "offset", default=0, least=0, most=MOST_OFFSET),
    )


def limit_of(arguments: Arguments, *, default: int, most: int) -> int:
    """Read `limit`; raises UsageError."""
    return _number(arguments, "limit", default=default, least=1, most=most)


def choice_of(arguments: Arguments, name: str, kind: type[Choice]) -> Choice | None:
    """Read one of the values of `kind`, None where absent; raises UsageError."""
    value = text(arguments, name)
    try:
        return kind(value) if value else None
    except ValueError:
        raise UsageError(
            f"not a usable {name}: {value[:80]!r}", next_step=f"{name} is one of {', '.join(kind)}."
        ) from None


def growth_query(arguments: Arguments) -> GrowthQuery:
    """Read `registry`, `team` and `days`, 30 without them; raises UsageError."""
    return GrowthQuery(
        registry=text(arguments, "registry"),
        team=text(arguments, "team").strip(),
        days=_number(arguments, "days", default=USUAL_GROWTH_DAYS, least=1, most=MOST_DAYS),
    )


def moment(arguments: Arguments, *, now: datetime, name: str = "at") -> datetime | None:
    """Read `at` or another date, None where absent; raises UsageError."""
    value = text(arguments, name)
    return parse_moment(value, now=now) if value else None


def page_number(arguments: Arguments) -> int:
    """Read `page`, from 1; raises UsageError."""
    return _number(arguments, "page", default=1, least=1, most=_MOST_PAGES)


def required(arguments: Arguments, name: str) -> str:
    """Read a text that must be there; raises UsageError."""
    value = text(arguments, name)
    if not value:
        raise UsageError(f"the address lacks {name}=", next_step="Start from the repositories.")
    return value


def text(arguments: Arguments, name: str) -> str:
    """Read a text, empty where absent; raises UsageError for control characters or length."""
    value = arguments.get(name, "")
    if len(value) > LONGEST_TEXT or any(ord(character) < ord(" ") for character in value):
        raise UsageError(
            f"{name} has control characters or more than {LONGEST_TEXT} characters",
            next_step=f"Shorten {name}.",
        )
    return value


def platform(arguments: Arguments) -> Platform | None:
    """Read `platform`, None where absent; raises UsageError."""
    value = text(arguments, "platform")
    try:
        return Platform.parse(value) if value else None
    except InvalidReferenceError as error:
        raise UsageError(error.message, next_step=error.next_step) from error


def image_reference(registry: str, repository: str, ref: str) -> ImageReference:
    """Return the image that `ref`, a tag or a digest, names; raises UsageError."""
    if ":" in ref:
        return ImageReference(repository, registry, digest=Digest.parse(ref))
    if not is_tag_name(ref):
        raise UsageError(f"not a tag: {ref[:140]!r}", next_step="Write a tag or a digest.")
    return ImageReference(repository, registry, tag=ref)


def _rank_by(arguments: Arguments, name: str) -> RankBy:
    value = arguments.get(name) or RankBy.SIZE.value
    try:
        return RankBy(value)
    except ValueError:
        allowed = ", ".join(by.value for by in RankBy)
        raise UsageError(
            f"cannot sort by {value[:80]!r}", next_step=f"{name} is one of {allowed}."
        ) from None


def _ascending(arguments: Arguments, by: RankBy) -> bool:
    value = arguments.get("dir") or default_direction(by)
    if value not in _DIRECTIONS:
        raise UsageError(f"not a direction: {value[:80]!r}", next_step="dir is asc or desc.")
    return value == "asc"


def _number(arguments: Arguments, name: str, *, default: int, least: int, most: int) -> int:
    value = arguments.get(name) or str(default)
    is_plain = value.isascii() and value.isdigit() and len(value) <= len(str(most))
    if not is_plain or not least <= int(value) <= most:
        raise UsageError(
            f"not a usable {name}: {value[:80]!r}",
            next_step=f"{name} is a whole number from {least} to {most}.",
        )
    return int(value)
