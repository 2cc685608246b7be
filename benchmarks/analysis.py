"""The analysis: what an image costs, what an incremental run costs, and pages meanwhile."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from sqlalchemy import text

from auditor.analysis.judging import find_in_image
from auditor.analysis.recorded_step import recorded_step
from auditor.analysis.rules.book import IMAGE_RULES
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.store.analyses import mark_stale
from auditor.store.analysis_reads import ImageRead, load_images
from auditor.store.engine import Database, open_database
from auditor.usecases.analyse import Analysis, AnalysisReport, analyse
from auditor.usecases.judge_images import ImageJudge
from benchmarks.analysis_pages import pages_meanwhile
from benchmarks.analysis_rows import HistoryGenerator
from benchmarks.ledger_data import describe, fill
from benchmarks.ledger_rows import END, Plan

RULES_TARGET = 1_000.0
PAGES_TARGET = 3.0
_MOST_IMAGES = 2_000
_ALL, _ONE = "after a rule change", "one repository"
_RULES = Analysis.from_settings(AnalysisSettings())


@dataclass(slots=True)
class Rates:
    """Images per CPU second by what was done with them, round by round."""

    by_work: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    report: AnalysisReport | None = None

    @contextmanager
    def timed(self, work: str, images: Callable[[], int]) -> Iterator[None]:
        """Count the CPU of this process; how many images there were is asked afterwards."""
        started = time.process_time()
        yield
        seconds = max(time.process_time() - started, 1e-6)
        self.by_work.setdefault(work, []).append(images() / seconds)
        self.seconds.setdefault(work, []).append(seconds)


def analysis_section(plan: Plan, *, rounds: int, seconds: float) -> Iterator[str]:
    """Lines of the report, as they become known."""
    yield f"The analysis of {plan.repositories:,} repositories, on SQLite, in CPU time"
    rates = Rates()
    with tempfile.TemporaryDirectory() as folder:
        url = ""
        for number in range(rounds):
            url = f"sqlite:///{Path(folder) / f'analysis{number}.db'}"
            filled = fill(url, HistoryGenerator(replace(plan, seed=number + 1)))
            if number == 0:
                yield f"  {describe(filled)}"
            database = open_database(url)
            _round(database, rates)
            database.dispose()
            yield f"  round {number + 1} of {rounds}: {_line(rates, -1)}"
        yield ""
        yield from _table(rates)
        yield from _verdicts(rates)
        yield from pages_meanwhile(url, seconds, PAGES_TARGET)


def _round(database: Database, rates: Rates) -> None:
    _parts(database, rates)
    _whole(database, rates, "first analysis", _RULES)
    other = replace(_RULES, ruleset="other rules")
    _whole(database, rates, _ALL, other)
    _change_one(database)
    _whole(database, rates, _ONE, other)


def _parts(database: Database, rates: Rates) -> None:
    """What is done with one image, part by part, for some images that are read before."""
    images = _some_images(database)
    count = len(images).__int__
    configs = _configs(database, images)
    with rates.timed("json of configs", count):
        for config in configs:
            json.loads(config)
    with rates.timed("steps, each anew", count):
        for image in images:
            for entry in image.history:
                recorded_step(entry.created_by)
    with database.reading() as connection:
        judge = ImageJudge.at(connection, _RULES.choice, END, DEFAULT_PLATFORM)
        judge.bases.prepare(images)
        with rates.timed("steps and bases", count):
            facts = [judge.facts_of(image)[0] for image in images]
    with rates.timed("rules alone", count):
        for fact in facts:
            find_in_image(fact, IMAGE_RULES)


def _whole(database: Database, rates: Rates, work: str, analysis: Analysis) -> None:
    with rates.timed(work, lambda: rates.report.images if rates.report else 0):
        rates.report = analyse(database, analysis, now=END)


def _some_images(database: Database) -> Sequence[ImageRead]:
    """The newest images, read."""
    query = "SELECT manifest_id FROM image ORDER BY manifest_id DESC LIMIT :most"
    with database.reading() as connection:
        keys = connection.execute(text(query), {"most": _MOST_IMAGES}).scalars().all()
        return load_images(connection, keys)


def _configs(database: Database, images: Sequence[ImageRead]) -> list[str]:
    query = text(
        "SELECT history, diff_ids FROM image_config AS c"
        " JOIN manifest AS m ON m.config_id = c.id WHERE m.id = :image"
    )
    with database.reading() as connection:
        rows = (connection.execute(query, {"image": one.manifest_id}).one() for one in images)
        return [f"[{history}, {diff_ids}]" for history, diff_ids in rows]


def _change_one(database: Database) -> None:
    """Have the images of one repository be due, as a push does."""
    query = (
        "DELETE FROM image_analysis WHERE manifest_id IN ("
        " SELECT manifest_id FROM presence WHERE repository_id = 1)"
    )
    with database.writing() as connection:
        connection.execute(text(query))
        mark_stale(connection, [1])


def _line(rates: Rates, place: int) -> str:
    found: Mapping[str, float] = {work: each[place] for work, each in rates.by_work.items()}
    return ", ".join(f"{work} {rate:,.0f}/s" for work, rate in found.items())


def _table(rates: Rates) -> Iterator[str]:
    yield f"  {'images per CPU second, median':34}{'(least to most)':>24}{'json = 1':>10}"
    yardstick = rates.by_work["json of configs"]
    for work, each in rates.by_work.items():
        ratio = median(one / other for one, other in zip(each, yardstick, strict=True))
        spread = f"({min(each):,.0f} to {max(each):,.0f})"
        if work != _ONE:
            yield f"  {work:22}{median(each):12,.0f}{spread:>24}{ratio:10.4f}"
    one = [seconds * 1000 for seconds in rates.seconds[_ONE]]
    pairs = zip(rates.seconds[_ONE], rates.seconds[_ALL], strict=True)
    share = median(some / whole for some, whole in pairs)
    yield (
        f"  {_ONE} changed: {median(one):.0f} ms ({min(one):.0f} to {max(one):.0f}),"
        f" {share:.1%} of what a rule change takes"
    )


def _verdicts(rates: Rates) -> Iterator[str]:
    rules = median(rates.by_work["rules alone"])
    met = "met" if rules >= RULES_TARGET else "missed"
    yield f"  rules alone: {rules:,.0f} images a second, target at least {RULES_TARGET:,.0f}: {met}"
