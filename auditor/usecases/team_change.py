"""How a team's share of what is stored changed, and why: owners -> group -> view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UsageError
from auditor.domain.owners import UNOWNED_LABEL
from auditor.settings import Settings
from auditor.store import change_reads, registry_reads
from auditor.store.engine import Connection, Database
from auditor.usecases.explain_change import explain_group
from auditor.usecases.known_registries import not_counted
from auditor.usecases.owners import Owners
from auditor.usecases.prepare_database import prepare_database

_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class TeamChanges:
    """Changes of teams; whose a repository is, is judged by the rules and labels of today."""

    database: Database
    owners: Owners
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def explain(
        self,
        team: str,
        registry: str = "",
        *,
        start: datetime,
        end: datetime | None = None,
    ) -> ExplainedChange:
        """Why a team is charged for other bytes than at `start`, by fair share.

        Over all registries or in one, until `end`, None for now; repositories that were
        removed count as long as rules by name say whose they were. "unowned" is what nobody
        owns. Raises UnknownReferenceError for an unknown registry, UsageError for a team of
        no repository and for moments before the first crawl of a registry it is in.
        """
        with self.database.reading() as connection:
            names = registry_reads.list_registry_names(connection)
            if registry and registry not in names:
                raise not_counted(connection, registry, names)
            by_team = self.by_team(connection, (registry,) if registry else names)
            if team not in by_team:
                raise _unknown_team(team, registry, sorted(by_team))
            until = end or self.clock()
            change = explain_group(connection, by_team[team], start, until)
            return replace(change, registry=registry, team=team)

    def by_team(
        self, connection: Connection, registries: tuple[str, ...]
    ) -> dict[str, list[tuple[str, str]]]:
        """Registry and name of every repository there ever was, by its team."""
        found: dict[str, list[tuple[str, str]]] = {}
        for registry in registries:
            key = change_reads.find_registry(connection, registry) or 0
            team_of = self.owners.team_of(connection, key, registry)
            for name in change_reads.iterate_names(connection, key):
                found.setdefault(team_of(name) or UNOWNED_LABEL, []).append((registry, name))
        return found


def open_team_changes(settings: Settings) -> TeamChanges:
    """Changes of teams in the configured database, made ready first. Raises StoreError."""
    return TeamChanges(prepare_database(settings.database_url), Owners.from_settings(settings))


def _unknown_team(team: str, registry: str, teams: list[str]) -> UsageError:
    """Not a reference that is unknown: what has no repository may be a team all the same."""
    where = f" in {registry}" if registry else ""
    known = ", ".join(teams[:_CANDIDATES])
    more = f" and {len(teams) - _CANDIDATES:,} more" if len(teams) > _CANDIDATES else ""
    step = f"teams with some are: {known}{more}" if teams else "run `auditor audit` first"
    return UsageError(f"no repository{where} belongs to team {team[:80]}", next_step=step)
