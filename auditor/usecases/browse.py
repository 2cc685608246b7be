"""What the command line, the pages and the API may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.base_views import BasePlan, BasesPage, BasesQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.finding_views import FindingRow, FindingsPage, FindingsQuery, ImageFindings
from auditor.domain.image_change import ImageChange
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.reference import ImageReference
from auditor.domain.views import (
    CrawlView,
    ImageView,
    Overview,
    RankBy,
    Ranking,
    RankingRow,
    RankQuery,
    RepositoryView,
)
from auditor.store import ranking_reads, registry_reads, repository_reads, sharing_reads
from auditor.store.counted import list_reference_names
from auditor.store.engine import Connection, Database
from auditor.store.kept_prices import load_kept_terms
from auditor.store.schema import inspect_schema
from auditor.usecases.analyse import Analysis
from auditor.usecases.bases import BasesReader
from auditor.usecases.compare_images import compare_stored
from auditor.usecases.explain_change import explain_registry, explain_repository
from auditor.usecases.explain_image import explain_image
from auditor.usecases.findings import FindingsReader, nobody
from auditor.usecases.grown import growth_since, history_until
from auditor.usecases.judge_image import find_in_image
from auditor.usecases.kept_past import check_kept, kept_from
from auditor.usecases.known_registries import not_counted, only_of
from auditor.usecases.owners import Owners
from auditor.usecases.prices import Prices

_TOP = 5
_MOST_FINDINGS = 100
_NOT_COUNTED = "a reference registry: its images serve as bases, and it costs you nothing"


@dataclass(frozen=True, slots=True)
class Browse:
    """Answers from the database alone; every method sees one moment of it.

    `platform` is the one whose image stands for a tag of several platforms. `owners` and
    `analysis` are asked for where findings are shown, and raise SettingsError there.
    """

    database: Database
    prices: Prices
    platform: Platform = DEFAULT_PLATFORM
    owners: Callable[[], Owners] = nobody
    analysis: Callable[[], Analysis | None] = lambda: None

    def overview(self) -> Overview:
        """How much there is, what changed and whether to trust it, over all registries."""
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            totals = ranking_reads.load_totals(connection, "", self.prices.of)
            as_of = registry_reads.load_as_of(connection)
            history = ranking_reads.load_registry_history(connection, names)
            return Overview(
                as_of=as_of,
                totals=totals,
                growth_bytes=growth_since(connection, as_of) if as_of else None,
                registries=registry_reads.load_crawl_views(connection, self.prices.of),
                largest=ranking_reads.load_ranking(
                    connection, RankQuery(by=RankBy.STORED, limit=_TOP), self.prices.of
                ),
                growers=ranking_reads.load_growers(connection, _TOP, self.prices.of),
                history=history_until(history, as_of),
                price_notes=self.prices.notes(names),
            )

    def rank(self, query: RankQuery) -> Ranking:
        """One page of a ranking. Raises UnknownReferenceError for an unknown registry.

        Here and below: UsageError for a moment before the history that is kept.
        """
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            if query.registry:
                _check_registry(connection, query.registry, names)
            check_kept(connection, query.at, query.registry)
            prices = self._prices_at(connection, query.at)
            price_of = prices.at(query.at)
            totals = ranking_reads.load_totals(connection, query.registry, price_of, query.at)
            matches = (
                ranking_reads.count_matches(connection, query)
                if query.text
                else totals.repositories
            )
            return Ranking(
                query=query,
                as_of=registry_reads.load_as_of(connection, query.registry, query.at),
                totals=totals,
                rows=ranking_reads.load_ranking(connection, query, price_of),
                matches=matches,
                price_notes=prices.notes([query.registry] if query.registry else names, query.at),
            )

    def iterate_rank(self, query: RankQuery) -> Iterator[RankingRow]:
        """All matching rows one after another, `limit` and `offset` ignored.

        Raises UnknownReferenceError for an unknown registry, before the first row.
        """
        with self.database.reading() as connection:
            if query.registry:
                names = registry_reads.list_registry_names(connection)
                _check_registry(connection, query.registry, names)
            check_kept(connection, query.at, query.registry)
        return self._stream(replace(query, limit=None, offset=0))

    def _stream(self, query: RankQuery) -> Iterator[RankingRow]:
        with self.database.reading() as connection:
            price_of = self._prices_at(connection, query.at).at(query.at)
            yield from ranking_reads.stream_ranking(connection, query, price_of)

    def registries(self) -> tuple[CrawlView, ...]:
        """Every counted registry with the state of its crawls, by name."""
        with self.database.reading() as connection:
            return self._counted(connection)

    def all_registries(self) -> tuple[CrawlView, ...]:
        """The same with the registries that are only references, which are counted nowhere."""
        with self.database.reading() as connection:
            return registry_reads.load_crawl_views(connection, self.prices.of)

    def why_not_ready(self) -> str:
        """Why the database cannot serve, in words; empty where it can. Raises StoreError."""
        state = inspect_schema(self.database)
        if state.is_current:
            return ""
        return (
            f"the database has schema {state.revision or 'none'}, this release needs {state.head}"
        )

    def kept_from(self, registry: str = "") -> datetime | None:
        """From when on the past of a registry, or of all, is kept; None where all of it is."""
        with self.database.reading() as connection:
            return kept_from(connection, registry)

    def resolve(self, text: str) -> ImageReference:
        """The reference written as `text`, its registry filled in.

        Without a registry it means the only one there is, or the only one that holds the
        repository; one that never gave anything, as after a slip of the pen, does not count,
        and a reference only where it alone holds the repository. Raises
        InvalidReferenceError, and UnknownReferenceError with the candidates where there are
        several.
        """
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            references = list_reference_names(connection)
            reference = ImageReference.parse(text, (*names, *references))
            if not (names or references):
                raise UnknownReferenceError(
                    "nothing was crawled yet", next_step="run `auditor audit REGISTRY` first"
                )
            offered = self._names_that_gave_anything(connection) or names or references
            if reference.registry:
                if reference.registry not in (*names, *references):
                    raise not_counted(connection, reference.registry, offered)
                return reference
            names = offered
            holding = registry_reads.registries_holding(connection, reference.repository)
            if len(names) == 1 and not set(holding) & set(references):
                return replace(reference, registry=names[0])
        if len(holding) == 1:
            return replace(reference, registry=holding[0])
        candidates = tuple(str(replace(reference, registry=name)) for name in (holding or names))
        raise UnknownReferenceError(
            f"{text} may be in any of {len(names)} registries",
            next_step="write it with its registry",
            candidates=candidates,
        )

    def _names_that_gave_anything(self, connection: Connection) -> tuple[str, ...]:
        return tuple(view.registry for view in self._counted(connection) if view.gave_anything)

    def _counted(self, connection: Connection) -> tuple[CrawlView, ...]:
        views = registry_reads.load_crawl_views(connection, self.prices.of)
        return tuple(view for view in views if not view.is_reference)

    def repository(
        self,
        registry: str,
        repository: str,
        *,
        tag_offset: int = 0,
        tag_limit: int = 100,
        at: datetime | None = None,
    ) -> RepositoryView:
        """Why one repository is, or was `at` a moment, as big as it is.

        Raises UnknownReferenceError.
        """
        with self.database.reading() as connection:
            check_kept(connection, at, registry)
            prices = self._prices_at(connection, at)
            found = ranking_reads.load_repository_row(
                connection, registry, repository, prices.at(at), at
            )
            if found is None:
                raise _unknown_repository(connection, registry, repository, at)
            key, row = found
            views = registry_reads.load_crawl_views(connection, self.prices.of)
            as_of = registry_reads.load_as_of(connection, registry, at)
            history = repository_reads.load_repository_history(connection, key, at)
            state = next(view for view in views if view.registry == registry)
            notes = prices.notes([registry], at)
            if state.is_reference:
                row, notes = replace(row, monthly_cost=Decimal(0)), (_NOT_COUNTED,)
            return RepositoryView(
                row=row,
                scope=state.scope,
                as_of=as_of,
                tags=repository_reads.load_tags(
                    connection, key, self.platform, offset=tag_offset, limit=tag_limit, at=at
                ),
                tag_count=repository_reads.count_tags(connection, key, at),
                untagged_images=repository_reads.count_untagged_images(connection, key, at),
                blobs=sharing_reads.load_largest_blobs(connection, key, at=at),
                shared_with=sharing_reads.load_shared_with(connection, key, at=at),
                history=history_until(history, as_of),
                conflicts=repository_reads.load_conflicts(connection, key),
                problems=registry_reads.load_problems(connection, registry, repository),
                price_notes=notes,
                findings=()
                if at
                else self._findings_reader(connection).of_repository(
                    registry, repository, _MOST_FINDINGS
                ),
            )

    def image(
        self,
        reference: ImageReference,
        platform: Platform | None = None,
        at: datetime | None = None,
    ) -> ImageView:
        """One image layer by layer. Raises UnknownReferenceError.

        Of an index, the image for `platform`, else for the preferred one, else the first.
        What the tag pointed at, and who shared the layers, now or `at` a moment.
        """
        with self.database.reading() as connection:
            check_kept(connection, at, reference.registry)
            view = explain_image(connection, reference, platform, self.platform, at)
            if view is None:
                raise _unknown_repository(connection, reference.registry, reference.repository, at)
            return self._with_findings(connection, view, at)

    def diff(
        self, before: ImageReference, after: ImageReference, platform: Platform | None = None
    ) -> ImageChange:
        """What changed from one image to another, of any repository or registry.

        Raises UnknownReferenceError.
        """
        with self.database.reading() as connection:
            found = compare_stored(connection, before, after, platform, self.platform)
            if isinstance(found, ImageReference):
                raise _unknown_repository(connection, found.registry, found.repository)
            return found

    def _with_findings(
        self, connection: Connection, view: ImageView, at: datetime | None
    ) -> ImageView:
        analysis = self.analysis()
        if analysis is None:
            return view
        found = find_in_image(
            connection, analysis, view.digest, view.repository, at or datetime.now(UTC)
        )
        return replace(view, findings=found)

    def findings(self, query: FindingsQuery) -> FindingsPage:
        """One page of what could be smaller, biggest saving first.

        Raises UnknownReferenceError for an unknown registry, UsageError for an unknown rule.
        """
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            if query.registry:
                _check_registry(connection, query.registry, names)
            notes = self.prices.notes([query.registry] if query.registry else names)
            return self._findings_reader(connection).page(query, notes)

    def iterate_findings(self, query: FindingsQuery) -> Iterator[FindingRow]:
        """All matching findings one after another, `limit` and `offset` ignored.

        Raises as `findings`, before the first row.
        """
        with self.database.reading() as connection:
            if query.registry:
                _check_registry(
                    connection, query.registry, registry_reads.list_registry_names(connection)
                )
            rows = tuple(self._findings_reader(connection).iterate(query))
        return iter(rows)

    def bases(self, query: BasesQuery) -> BasesPage:
        """One page of the bases in use. Raises UnknownReferenceError for an unknown registry."""
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            if query.registry:
                _check_registry(connection, query.registry, names)
            notes = self.prices.notes([query.registry] if query.registry else names)
            return self._bases_reader(connection).page(query, notes)

    def base_plan(
        self, base: str, registry: str = "", to: str = "", *, is_whole: bool = False
    ) -> BasePlan:
        """In which order repositories leave a base, and what that frees; `to` any other base.

        `is_whole`: every step, else the first. Raises UnknownReferenceError.
        """
        with self.database.reading() as connection:
            return self._bases_reader(connection).plan(
                base, registry, to, is_whole=is_whole, notes=lambda name: self.prices.notes([name])
            )

    def _bases_reader(self, connection: Connection) -> BasesReader:
        return BasesReader(
            connection, self.prices.of, self.platform, self.analysis(), datetime.now(UTC)
        )

    def image_findings(
        self,
        reference: ImageReference,
        platform: Platform | None = None,
        at: datetime | None = None,
    ) -> ImageFindings | None:
        """What could be smaller in one image; None where images are not analysed.

        Raises UnknownReferenceError.
        """
        return self.image(reference, platform, at).findings

    def _findings_reader(self, connection: Connection) -> FindingsReader:
        return FindingsReader(connection, self.prices.of, self.owners(), self.analysis())

    def changes(
        self,
        registry: str = "",
        repository: str = "",
        *,
        start: datetime,
        end: datetime | None = None,
    ) -> ExplainedChange:
        """Why a repository, or without one a registry, stores other bytes than at `start`.

        Until `end`, None for now; no registry means the only one. Raises UsageError for what
        is before the first crawl, UnknownReferenceError for what was never seen.
        """
        until = end or datetime.now(UTC)
        with self.database.reading() as connection:
            where = registry or only_of(self._names_that_gave_anything(connection))
            if repository:
                return explain_repository(connection, where, repository, start, until)
            return explain_registry(connection, where, start, until)

    def _prices_at(self, connection: Connection, at: datetime | None) -> Prices:
        """The prices, with those kept of months that are over where a moment is asked for."""
        return replace(self.prices, kept=load_kept_terms(connection)) if at else self.prices


def _check_registry(connection: Connection, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise not_counted(connection, name, known)


def _unknown_repository(
    connection: Connection, registry: str, repository: str, at: datetime | None = None
) -> UnknownReferenceError:
    near = registry_reads.find_repositories(connection, repository.rpartition("/")[2])
    candidates = tuple(str(ImageReference(name, registry=where)) for where, name in near)
    step = f"did you mean {', '.join(candidates)}?" if candidates else "see `auditor rank`"
    known = f"was known on {at:%Y-%m-%d %H:%M} UTC" if at else "is known"
    return UnknownReferenceError(
        f"no repository {repository} in {registry} {known}",
        next_step=step,
        candidates=candidates,
    )
