"""A database's answers without a database: realistic, and hostile where names may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, BasesQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.finding_views import FindingRow, FindingsPage, FindingsQuery
from auditor.domain.image_change import ImageChange
from auditor.domain.observation import CrawlOutcome, StorageScope
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.views import (
    CrawlView,
    HistoryPoint,
    ImageView,
    Overview,
    Ranking,
    RankingRow,
    RankQuery,
    RepositoryView,
    SharedWith,
    SizeConflict,
)
from tests.reports import base_samples, change_samples, image_change_samples
from tests.web import fake_findings
from tests.web.fake_views import (
    _KEYS,
    AMD64,
    NOTE,
    NOW,
    OTHER_REGISTRY,
    PROBLEMS,
    REGISTRY,
    SCRIPT,
    all_rows,
    blob_row,
    crawl,
    digest,
    history,
    image_view,
    tag_row,
    totals,
)


@dataclass
class FakeBrowse:
    """Answers as `Browse` does; change the fields to reach other states."""

    rows: tuple[RankingRow, ...] = field(default_factory=all_rows)
    crawls: tuple[CrawlView, ...] = field(
        default_factory=lambda: (
            crawl(problems=PROBLEMS, outcome=CrawlOutcome.PARTIAL),
            crawl(OTHER_REGISTRY),
        )
    )
    as_of: datetime | None = NOW - timedelta(hours=1)
    points: tuple[HistoryPoint, ...] = field(default_factory=history)
    horizon: datetime | None = None
    error: Exception | None = None
    images: dict[str, ImageView] = field(default_factory=dict)
    moments: list[datetime | None] = field(default_factory=list)
    found: tuple[FindingRow, ...] | None = None
    waiting_images: int = 0
    not_ready: str = ""
    is_analysed: bool = True
    findings_asked: list[FindingsQuery] = field(default_factory=list)
    bases_asked: list[object] = field(default_factory=list)
    base_rows: tuple[BaseRow, ...] = field(default_factory=base_samples.rows)
    compared: list[tuple[str, str, Platform | None]] = field(default_factory=list)
    explained: list[tuple[str, str, datetime, datetime | None]] = field(default_factory=list)

    def overview(self) -> Overview:
        self._fail()
        grown = [row for row in self.rows if (row.growth_bytes or 0) > 0]
        return Overview(
            as_of=self.as_of,
            totals=totals(self.rows),
            growth_bytes=1_830_000_000 if len(self.points) > 1 else None,
            registries=self.crawls,
            largest=tuple(sorted(self.rows, key=lambda row: -row.sizes.stored_bytes)[:15]),
            growers=tuple(sorted(grown, key=lambda row: -(row.growth_bytes or 0))[:5]),
            history=self.points,
            price_notes=(NOTE,),
        )

    def rank(self, query: RankQuery) -> Ranking:
        self._fail()
        self.moments.append(query.at)
        known = tuple(crawl.registry for crawl in self.crawls)
        if query.registry and query.registry not in known:
            raise UnknownReferenceError(
                f"the registry {query.registry} was never crawled", candidates=known
            )
        matches = list(self.iterate_rank(query))
        end = None if query.limit is None else query.offset + query.limit
        of_registry = tuple(row for row in self.rows if query.registry in ("", row.registry))
        return Ranking(
            query=query,
            as_of=self.as_of,
            totals=totals(of_registry),
            rows=tuple(matches[query.offset : end]),
            matches=len(matches),
            price_notes=(NOTE,),
        )

    def iterate_rank(self, query: RankQuery) -> Iterator[RankingRow]:
        self._fail()
        key = _KEYS[query.by]
        found = [
            row
            for row in self.rows
            if query.registry in ("", row.registry) and query.text.lower() in row.repository.lower()
        ]
        known = [row for row in found if key(row) is not None]
        known.sort(key=key, reverse=not query.ascending)
        yield from known
        yield from (row for row in found if key(row) is None)

    def findings(self, query: FindingsQuery) -> FindingsPage:
        self._fail()
        self.findings_asked.append(query)
        if not self.is_analysed:
            return fake_findings.not_analysed(query)
        return fake_findings.findings_page(self._found(), query, waiting=self.waiting_images)

    def bases(self, query: BasesQuery) -> BasesPage:
        self._fail()
        self.bases_asked.append(query)
        if not self.is_analysed:
            return base_samples.nothing_yet(query)
        end = None if query.limit is None else query.offset + query.limit
        page = base_samples.bases_page(query=query, matches=len(self.base_rows))
        return replace(page, rows=self.base_rows[query.offset : end], matches=len(self.base_rows))

    def base_plan(
        self, base: str, registry: str = "", to: str = "", *, is_whole: bool = False
    ) -> BasePlan:
        self._fail()
        self.bases_asked.append((base, registry, to, is_whole))
        known = {row.chain.encoded: row for row in self.base_rows}
        if base not in known:
            raise UnknownReferenceError(f"no repository is built on a base {base}")
        return base_samples.base_plan(known[base])

    def iterate_findings(self, query: FindingsQuery) -> Iterator[FindingRow]:
        self._fail()
        self.findings_asked.append(query)
        return fake_findings.matching(self._found(), query)

    def _found(self) -> tuple[FindingRow, ...]:
        return fake_findings.all_findings(self.rows) if self.found is None else self.found

    def registries(self) -> tuple[CrawlView, ...]:
        self._fail()
        return self.crawls

    def all_registries(self) -> tuple[CrawlView, ...]:
        return self.registries()

    def why_not_ready(self) -> str:
        self._fail()
        return self.not_ready

    def kept_from(self, registry: str = "") -> datetime | None:
        return self.horizon

    def resolve(self, text: str) -> ImageReference:
        self._fail()
        reference = ImageReference.parse(text)
        for row in self.rows:
            if row.repository == reference.repository:
                return replace(reference, registry=reference.registry or row.registry)
        raise self._unknown(text)

    def repository(
        self,
        registry: str,
        repository: str,
        *,
        tag_offset: int = 0,
        tag_limit: int = 100,
        at: datetime | None = None,
    ) -> RepositoryView:
        self._fail()
        self.moments.append(at)
        found = self._row(registry, repository)
        tags = tuple(tag_row(found, index) for index in range(found.tags))
        return RepositoryView(
            row=found,
            scope=StorageScope.REGISTRY,
            as_of=self.as_of,
            tags=tags[tag_offset : tag_offset + tag_limit],
            tag_count=len(tags),
            untagged_images=max(0, found.images - found.tags),
            blobs=tuple(blob_row(found, index) for index in range(12)),
            shared_with=tuple(
                SharedWith(other.repository, other.sizes.stored_bytes // 9, 3 + index)
                for index, other in enumerate(self.rows[:8])
                if other is not found
            ),
            history=self.points,
            conflicts=(SizeConflict(digest("odd"), 4_000_000, (3_999_999, 4_000_000)),),
            problems=PROBLEMS[:1] if found.is_stale else (),
            price_notes=(NOTE,),
            findings=self._findings_of(found, at),
        )

    def image(
        self,
        reference: ImageReference,
        platform: Platform | None = None,
        at: datetime | None = None,
    ) -> ImageView:
        self._fail()
        self.moments.append(at)
        found = self._row(reference.registry, reference.repository)
        if reference.tag == "absent":
            raise self._unknown(str(reference))
        known = self.images.get(reference.tag)
        view = known or image_view(found, reference, platform or AMD64)
        if known or at or not self.is_analysed:
            return view
        return replace(view, findings=fake_findings.image_findings(view))

    def diff(
        self, before: ImageReference, after: ImageReference, platform: Platform | None = None
    ) -> ImageChange:
        self._fail()
        for one in (before, after):
            self._row(one.registry, one.repository)
            if one.tag == "absent":
                raise self._unknown(str(one))
        self.compared.append((str(before), str(after), platform))
        if before == after:
            return image_change_samples.no_change()
        return image_change_samples.image_change(f"{before.registry}/{before.repository}")

    def _findings_of(self, row: RankingRow, at: datetime | None) -> tuple[FindingRow, ...]:
        if at or not self.is_analysed:
            return ()
        query = FindingsQuery(registry=row.registry, repository=row.repository)
        return tuple(fake_findings.matching(self._found(), query))

    def changes(
        self,
        registry: str = "",
        repository: str = "",
        *,
        start: datetime,
        end: datetime | None = None,
    ) -> ExplainedChange:
        self._fail()
        self.explained.append((registry, repository, start, end))
        if self.points and start < self.points[0].at:
            raise UsageError("nothing is known of that day", next_step="choose a later date")
        return change_samples.change(registry, repository)

    def _row(self, registry: str, repository: str) -> RankingRow:
        for row in self.rows:
            if (row.registry, row.repository) == (registry, repository):
                return row
        raise self._unknown(f"{registry}/{repository}")

    def _unknown(self, text: str) -> UnknownReferenceError:
        return UnknownReferenceError(
            f"nothing is stored under {text[:80]}",
            next_step="look at the near names, or crawl again",
            candidates=(f"{REGISTRY}/payments/api", f"{REGISTRY}/payments/worker:1.4", SCRIPT),
        )

    def _fail(self) -> None:
        if self.error:
            raise self.error
