"""What people may read of findings: store -> views, with prices and owners."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from auditor.analysis.rules.book import BOOK
from auditor.domain.errors import UsageError
from auditor.domain.exactness import Exactness
from auditor.domain.finding_plain import from_plain
from auditor.domain.finding_views import FindingRow, FindingsPage, FindingsQuery
from auditor.domain.findings import RuleInfo
from auditor.domain.units import Price
from auditor.ledger.owners import OwnerBook
from auditor.store import finding_reads
from auditor.store.batches import chunks
from auditor.store.engine import Connection
from auditor.store.finding_reads import FindingPlace, FindingRead
from auditor.usecases.analyse import Analysis
from auditor.usecases.owners import Owners

PriceOf = Callable[[str], Price]
UNOWNED = "unowned"
_AT_ONCE = 500
_NEAR = 3


def nobody() -> Owners:
    """No rules: every repository is nobody's."""
    return Owners(OwnerBook((), ()))


@dataclass(slots=True)
class FindingsReader:
    """Reads findings of one moment; the team of a repository is asked for where it is shown."""

    connection: Connection
    price_of: PriceOf
    owners: Owners
    analysis: Analysis | None = None
    _teams: dict[int, Callable[[str], str]] = field(default_factory=dict)

    def page(self, query: FindingsQuery, price_notes: tuple[str, ...]) -> FindingsPage:
        """One page, the biggest first. Raises UsageError for a rule that no name begins with."""
        self._check_rule(query.rule)
        if query.team is None:
            places: Sequence[FindingPlace] = finding_reads.load_page(self.connection, query)
            matches = finding_reads.count_findings(self.connection, query)
        else:
            everything = list(self._of_team(query))
            end = None if query.limit is None else query.offset + query.limit
            places, matches = everything[query.offset : end], len(everything)
        return FindingsPage(
            query=query,
            as_of=finding_reads.load_analysed_at(self.connection),
            rows=tuple(self._rows(places)),
            matches=matches,
            waiting_images=finding_reads.count_waiting_images(self.connection),
            rules=self._rules(),
            price_notes=price_notes,
        )

    def of_repository(self, registry: str, repository: str, limit: int) -> tuple[FindingRow, ...]:
        """The findings of one repository, the first `limit` by priority."""
        query = FindingsQuery(registry=registry, repository=repository, limit=limit)
        return tuple(self._rows(finding_reads.load_page(self.connection, query)))

    def rows_of(self, places: Sequence[FindingPlace]) -> tuple[FindingRow, ...]:
        """What is shown of findings at these places, in this order."""
        return tuple(self._rows(places))

    def team_of(self, place: FindingPlace) -> str:
        """Whose the finding's repository is, "" for nobody's."""
        return self._team(place)

    def iterate(self, query: FindingsQuery) -> Iterator[FindingRow]:
        """All matching findings one after another. Raises as `page`, before the first."""
        self._check_rule(query.rule)
        is_any = query.team is None
        places = (
            finding_reads.iterate_places(self.connection, query) if is_any else self._of_team(query)
        )
        # Read to the end first: SQLite gives one cursor's rows while others are asked.
        return self._rows(list(places))

    def _of_team(self, query: FindingsQuery) -> Iterator[FindingPlace]:
        wanted = "" if query.team in ("", UNOWNED) else query.team
        for place in finding_reads.iterate_places(self.connection, query):
            if self._team(place) == wanted:
                yield place

    def _rows(self, places: Iterable[FindingPlace]) -> Iterator[FindingRow]:
        for chunk in chunks(places, _AT_ONCE):
            yield from map(self._row, finding_reads.load_findings(self.connection, chunk))

    def _row(self, read: FindingRead) -> FindingRow:
        price = self.price_of(read.place.registry)
        return FindingRow(
            registry=read.place.registry,
            repository=read.place.repository,
            team=self._team(read.place),
            tag=read.tag,
            digest=read.digest,
            platform=read.platform,
            finding=from_plain(read.body["finding"]),
            images=read.images,
            stored_saving_bytes=read.stored_saving_bytes,
            stored_exactness=Exactness(read.body["exactness"]),
            monthly_saving=_cost(price, read.stored_saving_bytes),
            currency=price.currency,
            cold_start_seconds=read.body["cold_start_seconds"],
            priority_bytes=read.priority_bytes,
            ranked_low=tuple(read.body["ranked_low"]),
            since=read.since,
        )

    def _team(self, place: FindingPlace) -> str:
        if place.registry_id not in self._teams:
            self._teams[place.registry_id] = self.owners.team_of(
                self.connection, place.registry_id, place.registry
            )
        return self._teams[place.registry_id](place.repository)

    def _rules(self) -> tuple[RuleInfo, ...]:
        rules = self.analysis.choice.rules if self.analysis else BOOK
        return tuple(rule.info for rule in rules)

    def _check_rule(self, wanted: str) -> None:
        known = {info.identifier for info in self._rules()} | {
            rule.info.identifier for rule in BOOK
        }
        if wanted and not any(name.startswith(wanted) for name in known):
            near = itertools.islice((name for name in sorted(known) if wanted in name), _NEAR)
            names = ", ".join(near)
            raise UsageError(
                f"no rule's name begins with {wanted}",
                next_step=f"did you mean {names}?" if names else "see docs/reference/rules",
            )


def _cost(price: Price, size_bytes: int) -> Decimal:
    cost = price.monthly_cost(abs(size_bytes))
    return -cost if size_bytes < 0 else cost
