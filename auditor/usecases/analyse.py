"""Analyses what crawls touched: store -> analysis -> store, a repository at a time."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.analysis.cluster_inventory import Workload, parse_inventory
from auditor.analysis.pull_time import PullModel
from auditor.analysis.rules.book import BOOK
from auditor.analysis.weight import WeightRules
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.digest import DiffId
from auditor.domain.errors import SettingsError
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.store.analyses import (
    ImageResult,
    KeptFinding,
    count_stale,
    due_images,
    forget_stale,
    forget_those_built_on,
    forget_those_with_bases_in,
    mark_for_ruleset,
    mark_stale,
    next_stale,
    save_results,
)
from auditor.store.analysis_reads import load_repository, load_repository_name
from auditor.store.base_plans import count_dirty_bases
from auditor.store.base_rows import mark_bases_told_by, save_repository_bases
from auditor.store.batches import chunks
from auditor.store.engine import Connection, Database
from auditor.store.finding_rows import (
    end_findings,
    refresh_savings,
    save_findings,
    save_potential,
)
from auditor.store.same_contents import find_sharing_contents, save_layer_contents
from auditor.usecases.judge_images import ImageJudge, JudgedImage
from auditor.usecases.judge_repository import Surroundings, judge_repository
from auditor.usecases.plan_bases import family_of, plan_bases
from auditor.usecases.rule_choice import RuleChoice, choose_rules

GENERATION = 4
"""Counts up when shipped rules, models or bases change, so that everything is looked at anew."""
_IMAGES_AT_ONCE = 500
_REPOSITORIES_AT_ONCE = 100
_BYTES_PER_MBIT = 125_000
_log = logging.getLogger(__name__)

Listener = Callable[[int, int], None]
"""Told how many repositories are done and how many are known to be due."""


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """What an analysis did."""

    repositories: int
    images: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """How to analyse: the rules that were chosen, and what is known of repositories."""

    choice: RuleChoice
    around: Surroundings
    ruleset: str

    @classmethod
    def from_settings(
        cls, settings: AnalysisSettings, platform: Platform = DEFAULT_PLATFORM
    ) -> Analysis:
        """Raises SettingsError for unknown rules and an inventory that cannot be read."""
        choice = choose_rules(BOOK, settings)
        around = Surroundings(
            weight_rules=_weight_rules(settings),
            pull=_pull_model(settings),
            pulling_nodes=settings.pull.pulling_nodes,
            platform=platform,
            development_names=settings.development_names,
            inventory=_inventory(settings.inventory_file),
        )
        words = repr((GENERATION, settings, platform, sorted(around.inventory.items())))
        name = hashlib.sha256(words.encode()).hexdigest()[:32]
        return cls(choice, around, name)


def analyse(
    database: Database,
    analysis: Analysis,
    *,
    now: datetime | None = None,
    listener: Listener | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> AnalysisReport:
    """Analyse every repository that is due; images the rules have seen are not read again.

    Repositories are done one after the other, each in short transactions, so that pages go
    on being served and an analysis that is broken off goes on where it was. A base that is
    new, or whose tags moved, has the images analysed again that are built on it. It ends
    early, between two repositories, once `is_stopped` says so; the rest stays due.
    """
    started = time.monotonic()
    with database.writing() as connection:
        mark_for_ruleset(connection, analysis.ruleset)
    with database.reading() as connection:
        due = count_stale(connection) or count_dirty_bases(connection)
        judge = due and ImageJudge.at(
            connection,
            analysis.choice,
            now or datetime.now(UTC),
            analysis.around.platform,
        )
    run = _Run(database, analysis)
    if judge:
        if run.all(judge, listener, is_stopped):
            plan_bases(database, judge, is_stopped)
        with database.writing() as connection:
            refresh_savings(connection)
    seconds = time.monotonic() - started
    _log.info(
        "analysis finished repositories=%d images=%d seconds=%.1f",
        run.repositories,
        run.images,
        seconds,
    )
    return AnalysisReport(run.repositories, run.images, seconds)


@dataclass(slots=True)
class _Run:
    database: Database
    analysis: Analysis
    repositories: int = 0
    images: int = 0
    met: set[int] = field(default_factory=set)

    def all(
        self, judge: ImageJudge, listener: Listener | None, is_stopped: Callable[[], bool]
    ) -> bool:
        """Round after round, since what is found on the way makes others due.

        False where it was told to stop.
        """
        while True:
            before = self.repositories
            last = 0
            while stale := self._next(last):
                for repository_id, is_moved in stale:
                    if is_stopped():
                        return False
                    self._one(judge, repository_id, is_moved=is_moved)
                    self.repositories += 1
                    if listener is not None:
                        listener(self.repositories, self._due() + self.repositories)
                last = stale[-1][0]
            if self.repositories == before or not self._due():
                return True

    def _next(self, last: int) -> tuple[tuple[int, bool], ...]:
        with self.database.reading() as connection:
            return next_stale(connection, last, _REPOSITORIES_AT_ONCE)

    def _due(self) -> int:
        with self.database.reading() as connection:
            return count_stale(connection)

    def _one(self, judge: ImageJudge, repository_id: int, *, is_moved: bool) -> None:
        with self.database.reading() as connection:
            repository = load_repository(connection, repository_id)
            due = due_images(connection, repository_id, self.analysis.ruleset)
        if repository is None:
            with self.database.writing() as connection:
                end_findings(connection, [repository_id], judge.now)
                save_repository_bases(connection, repository_id, 0, ())
                mark_bases_told_by(connection, repository_id, _family(connection, repository_id))
                mark_stale(connection, find_sharing_contents(connection, repository_id))
                forget_stale(connection, repository_id, None)
            return
        for chunk in chunks(due, _IMAGES_AT_ONCE):
            with self.database.reading() as connection:
                judged = judge.on(connection).judge(chunk)
            self.images += len(judged)
            with self.database.writing() as connection:
                save_results(connection, self.analysis.ruleset, [_result(one) for one in judged])
                save_layer_contents(connection, _contents(judged))
                mark_stale(connection, forget_those_built_on(connection, self._new(chunk)))
        found = None
        if not repository.is_reference:
            with self.database.reading() as connection:
                found = judge_repository(
                    connection, judge.on(connection), repository, self.analysis.around
                )
        with self.database.writing() as connection:
            if found is None:  # bases are looked at for what is built on them
                end_findings(connection, [repository_id], judge.now)
                save_repository_bases(connection, repository_id, repository.registry_id, ())
            else:
                where = repository_id, repository.registry_id
                save_findings(connection, *where, found.rows, judge.now)
                save_potential(connection, repository_id, found.potential, judge.now)
                save_repository_bases(connection, *where, found.bases)
            forget_stale(connection, repository_id, repository.last_crawl_id)
            if is_moved:
                mark_stale(connection, find_sharing_contents(connection, repository_id))
                mark_stale(connection, forget_those_with_bases_in(connection, repository_id))
                mark_bases_told_by(connection, repository_id, _family(connection, repository_id))

    def _new(self, images: Iterable[int]) -> list[int]:
        """Images not met before in this run: others cannot have become a base meanwhile."""
        new = [one for one in images if one not in self.met]
        self.met.update(new)
        return new


def _family(connection: Connection, repository_id: int) -> str:
    return family_of(*load_repository_name(connection, repository_id))


def _contents(judged: Iterable[JudgedImage]) -> dict[int, DiffId]:
    """What content the layers of these images have, as far as their configs tell."""
    return {
        layer.blob: diff_id
        for one in judged
        if len(one.read.diff_ids) == len(one.read.layers)
        for layer, diff_id in zip(one.read.layers, one.read.diff_ids, strict=True)
    }


def _result(judged: JudgedImage) -> ImageResult:
    return ImageResult(
        manifest_id=judged.read.manifest_id,
        base_id=judged.bases.base_id,
        base_layers=judged.facts.base_layers,
        findings=tuple(
            KeptFinding(one.rule, one.key, one.first_layer, one.claims) for one in judged.findings
        ),
    )


def _weight_rules(settings: AnalysisSettings) -> WeightRules:
    label = settings.environment_label
    rules = WeightRules(
        image_bytes=settings.threshold_bytes,
        development_names=frozenset(
            name.lower() for name in (*settings.development_environments, "development")
        ),
    )
    return replace(rules, environment_labels=(label,)) if label else rules


def _pull_model(settings: AnalysisSettings) -> PullModel:
    """The configured link; one download brings at most what the link does."""
    link = settings.pull.bandwidth_mbit_per_second * _BYTES_PER_MBIT
    usual = PullModel()
    return replace(
        usual,
        link_bytes_per_second=link,
        download_bytes_per_second=min(link, usual.download_bytes_per_second),
        parallel_downloads=settings.pull.parallel_downloads,
    )


def _inventory(file: str) -> dict[str, Workload]:
    if not file:
        return {}
    path = Path(file)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_inventory(lines, path.name)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"analysis.inventory_file: {path} cannot be read: {why}",
            next_step="name another, or take the setting out",
        ) from error
