"""What a week's digest says, before anybody chose words: figures, reasons, news, and doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.domain.change import ChangeKind
from auditor.domain.digest import Digest
from auditor.domain.finding_views import FindingRow
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import BudgetLevel, BudgetState, CostForecast
from auditor.domain.views import HistoryPoint

WEEK = timedelta(days=7)
MOST_ROWS = 5
_NOTABLE_RATIO = 0.05


@dataclass(frozen=True, slots=True)
class SizeChange:
    """Stored bytes now, and over the week of the registries that were known at its start.

    `before_bytes` and `after_bytes` are None where none was. `total_bytes` is of all.
    """

    total_bytes: int
    before_bytes: int | None
    after_bytes: int | None

    @property
    def growth_bytes(self) -> int | None:
        """What came, negative where bytes went; None without a past."""
        if self.before_bytes is None or self.after_bytes is None:
            return None
        return self.after_bytes - self.before_bytes

    @property
    def growth_ratio(self) -> float | None:
        """The growth as a part of what was there; None where there was nothing."""
        if self.growth_bytes is None or not self.before_bytes:
            return None
        return self.growth_bytes / self.before_bytes


@dataclass(frozen=True, slots=True)
class Grower:
    """A repository that grew in the week, and why.

    `cause` and `tag` name what brought most; `step` is the build step of the biggest layer
    that came with it, `step_bytes` that layer's size. `remark` is what the analysis found
    about a step that keeps growing. `is_unusual`: on some day it grew as it never does. Empty
    or None where it is not known.
    """

    registry: str
    repository: str
    before_bytes: int
    growth_bytes: int
    cause: ChangeKind | None = None
    tag: str = ""
    digest: Digest | None = None
    step: str = ""
    step_bytes: int = 0
    remark: str = ""
    is_unusual: bool = False


@dataclass(frozen=True, slots=True)
class MonthCost:
    """What the running month costs, in one currency."""

    currency: str
    forecast: CostForecast


@dataclass(frozen=True, slots=True)
class FindingNews:
    """Findings that came and went in the week: the biggest rows, and how many there are.

    `is_first`: nothing was analysed before the week began, so that all of them are new.
    `waiting_images` are not analysed yet.
    """

    new: tuple[FindingRow, ...] = ()
    new_count: int = 0
    resolved: tuple[FindingRow, ...] = ()
    resolved_count: int = 0
    bases: tuple[FindingRow, ...] = ()
    is_analysed: bool = False
    is_first: bool = False
    waiting_images: int = 0


@dataclass(frozen=True, slots=True)
class RegistryQuality:
    """Whether what is said of a registry can be trusted at `end` of the digest's week.

    `outcome` of the last crawl is None where there was none, or one is running.
    """

    registry: str
    last_complete_at: datetime | None
    outcome: CrawlOutcome | None
    problem_count: int = 0
    guarded_tags: int = 0

    def age(self, end: datetime) -> timedelta | None:
        """How old the last complete crawl is; None where there was none."""
        return end - self.last_complete_at if self.last_complete_at else None

    def is_trusted(self, end: datetime) -> bool:
        """Whether it was read to the end within the week, and since then without trouble."""
        age = self.age(end)
        is_fresh = age is not None and age < WEEK
        is_whole = self.outcome in (None, CrawlOutcome.COMPLETE) and not self.guarded_tags
        return is_fresh and is_whole


@dataclass(frozen=True, slots=True)
class WeeklyDigest:
    """One digest: of a team, or of the whole organisation where `audience` is "".

    Moments are UTC; `zone` is the recipient's, by name. Sizes of a team are its fair share.
    `points` are the stored bytes of the last weeks. `is_empty`: nothing was crawled yet.
    """

    audience: str
    start: datetime
    end: datetime
    zone: str
    change: SizeChange
    costs: tuple[MonthCost, ...] = ()
    budgets: tuple[BudgetState, ...] = ()
    growers: tuple[Grower, ...] = ()
    news: FindingNews = FindingNews()
    reclaimable: tuple[FindingRow, ...] = ()
    quality: tuple[RegistryQuality, ...] = ()
    points: tuple[HistoryPoint, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell of."""
        return not self.quality

    @property
    def doubtful(self) -> tuple[RegistryQuality, ...]:
        """Registries whose state is not known to be whole and of this week."""
        return tuple(one for one in self.quality if not one.is_trusted(self.end))

    @property
    def told_growth_bytes(self) -> int | None:
        """The week's change; None where not all was seen and what was seen did not grow."""
        growth_bytes = self.change.growth_bytes
        if growth_bytes is not None and growth_bytes <= 0 and self.doubtful:
            return None
        return growth_bytes

    @property
    def is_notable(self) -> bool:
        """Whether there is more to say than the total."""
        ratio = self.change.growth_ratio
        has_moved = ratio is not None and abs(ratio) >= _NOTABLE_RATIO
        has_news = bool(self.growers or self.news.new_count or self.news.resolved_count)
        in_trouble = any(one.state is not BudgetLevel.UNDER for one in self.budgets)
        return self.is_empty or has_moved or has_news or in_trouble or bool(self.doubtful)


def size_at(points: tuple[HistoryPoint, ...], moment: datetime) -> int:
    """Stored bytes at a moment, from points in order of time; 0 before the first."""
    return next((one.stored_bytes for one in reversed(points) if one.at <= moment), 0)
