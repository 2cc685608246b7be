"""How long history is kept, and what a pruning removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

_MONTHS = 12


def horizon_of(now: datetime, keep_months: int) -> datetime:
    """The start of the month, in UTC, that lies `keep_months` before the running one.

    History is kept from there on. Whole months, because bills are made of them.
    """
    moment = now.astimezone(UTC)
    months = moment.year * _MONTHS + moment.month - 1 - keep_months
    year, month = divmod(max(months, _MONTHS), _MONTHS)
    return datetime(year, month + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PrunedRegistry:
    """What was, or would be, removed of one registry's history: rows of each kind.

    `began`: the first moment of which figures were kept, None before any. `kept_from`: the
    horizon, None where everything is kept. `undecided_since`: an absence or a crawl that
    is not judged yet held the horizon back; None where nothing did. `months` counts the
    months of which only sums stay.
    """

    registry: str
    began: datetime | None = None
    kept_from: datetime | None = None
    undecided_since: datetime | None = None
    months: int = 0
    presences: int = 0
    tags: int = 0
    figures: int = 0
    crawls: int = 0
    problems: int = 0

    def plus(self, **rows: int) -> PrunedRegistry:
        """With so many more rows."""
        return replace(self, **{name: getattr(self, name) + more for name, more in rows.items()})

    @property
    def rows(self) -> int:
        """Rows of every kind together."""
        return self.presences + self.tags + self.figures + self.crawls + self.problems


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Facts that nothing kept refers to any more: how many of each kind."""

    manifests: int = 0
    configs: int = 0
    blobs: int = 0

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten(
            self.manifests + other.manifests,
            self.configs + other.configs,
            self.blobs + other.blobs,
        )


@dataclass(frozen=True, slots=True)
class Pruning:
    """One pruning: each registry by name, and facts of all of them together.

    `is_dry_run`: nothing was removed, and `forgotten` is at most so much. `is_finished` is
    false where rows are left for the next time; `waits_for_crawl`: facts among them,
    because a crawl that runs may have looked at them. `used_bytes_before` and
    `used_bytes_after`: the part of the database's files that holds data.
    """

    registries: tuple[PrunedRegistry, ...] = ()
    forgotten: Forgotten = Forgotten()
    is_dry_run: bool = False
    is_finished: bool = True
    waits_for_crawl: bool = False
    used_bytes_before: int = 0
    used_bytes_after: int = 0
