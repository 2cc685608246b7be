"""Analyses what crawls touched: store -> analysis -> store, a repository at a time."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.analysis.cluster_inventory import Workload, parse_inventory
from auditor.analysis.pull_time import PullModel
from auditor.analysis.rules.book import BOOK
from auditor.analysis.weight import WeightRules
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.errors import SettingsError
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.store.analyses import mark_for_ruleset
from auditor.store.engine import Database
from auditor.usecases.analysis_run import AnalysisRun, Listener
from auditor.usecases.fewer_collections import fewer_collections
from auditor.usecases.judge_repository import Surroundings
from auditor.usecases.rule_choice import RuleChoice, choose_rules

GENERATION = 4
"""Counts up when shipped rules, models or bases change, so that everything is looked at anew."""
_BYTES_PER_MBIT = 125_000
_log = logging.getLogger(__name__)


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
            pull=pull_model(settings),
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

    Repositories are done some at a time, in short transactions, so that pages go on being
    served and an analysis that is broken off goes on where it was. A base that is new, or
    whose tags moved, has the images analysed again that are built on it. It ends early,
    between two repositories, once `is_stopped` says so; the rest stays due.
    """
    started = time.monotonic()
    with database.writing() as connection:
        mark_for_ruleset(connection, analysis.ruleset)
    run = AnalysisRun(
        database,
        analysis.choice,
        analysis.around,
        analysis.ruleset,
        now or datetime.now(UTC),
        listener or (lambda _done, _known: None),
        is_stopped,
    )
    with fewer_collections():
        run.all()
    seconds = time.monotonic() - started
    _log.info(
        "analysis finished repositories=%d images=%d seconds=%.1f",
        run.repositories,
        run.images,
        seconds,
    )
    return AnalysisReport(run.repositories, run.images, seconds)


def _weight_rules(settings: AnalysisSettings) -> WeightRules:
    label = settings.environment_label
    rules = WeightRules(
        image_bytes=settings.threshold_bytes,
        development_names=frozenset(
            name.lower() for name in (*settings.development_environments, "development")
        ),
    )
    return replace(rules, environment_labels=(label,)) if label else rules


def pull_model(settings: AnalysisSettings) -> PullModel:
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
