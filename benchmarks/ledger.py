"""The ledger at scale, on both databases: pages, the end of a crawl, a month, and a reference."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import pytest

from auditor.domain.views import RankBy
from auditor.store.engine import Database, open_database
from benchmarks.ledger_crawls import Crawls, Touch
from benchmarks.ledger_data import Filled, describe, fill
from benchmarks.ledger_pages import KINDS, page_milliseconds
from benchmarks.ledger_reference import Figures, Reference, stored_figures
from benchmarks.ledger_rows import Generator, Plan
from benchmarks.ledger_stream import Streamed, stream_in_a_child
from tests.servers.postgres import start_postgres

PAGE_MILLISECONDS_TARGET = 50.0
TOUCHED_TARGET = 2.0
MEMORY_TARGET = 1.5
_SMALLER = 10
_MEMORY = ("fsync=off", "shared_buffers=512MB", "max_wal_size=4GB")
_TOUCHES = {False: "new images", True: "new images, every tenth on another base"}
_LITTLE, _MUCH = 0.001, 0.01


@dataclass(slots=True)
class Measured:
    """All that is known of one database at full size; `tenth` is the URL of the smaller one."""

    name: str
    url: str
    tenth: str
    filled: Filled = field(default_factory=Filled)
    pages: list[dict[tuple[str, str], float]] = field(default_factory=list)
    untouched: list[Touch] = field(default_factory=list)
    touched: dict[tuple[bool, float], list[Touch]] = field(default_factory=dict)
    streams: list[tuple[Streamed, Streamed]] = field(default_factory=list)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Database]:
        """Connections to the large database."""
        database = open_database(self.url)
        try:
            yield database
        finally:
            database.dispose()


def ledger_section(plan: Plan, *, rounds: int) -> Iterator[str]:
    """Lines of the report, as they become known."""
    yield f"The ledger with {plan.repositories:,} repositories in three registries"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        everything = [_sqlite(folder)]
        try:
            everything.append(_postgresql(stack))
        # The tests' servers say so where PostgreSQL is not installed; the report says it on.
        except (pytest.skip.Exception, pytest.fail.Exception) as error:
            yield f"  not measured on PostgreSQL: {error}"
        for each in everything:
            tenth = replace(plan, repositories=max(1, plan.repositories // _SMALLER))
            fill(each.tenth, Generator(tenth))
            each.filled = fill(each.url, Generator(plan))
            yield f"  {each.name}: {describe(each.filled)}"
        for number in range(rounds):
            for each in everything:
                yield f"  round {number + 1} of {rounds}, {each.name}: {_round(each, number)}"
        for each in everything:
            yield ""
            yield f"{each.name}, median of {rounds} (least to most)"
            yield from _table(each)
            yield from _verdicts(each)
            yield from _compare(each, folder, rounds)


def _sqlite(folder: Path) -> Measured:
    return Measured(
        "SQLite", f"sqlite:///{folder / 'ledger.db'}", f"sqlite:///{folder / 'tenth.db'}"
    )


def _postgresql(stack: contextlib.ExitStack) -> Measured:
    server = stack.enter_context(start_postgres(settings=_MEMORY))
    urls = (server.url(server.create_database()) for _ in range(2))
    return Measured("PostgreSQL", next(urls), next(urls))


def _round(each: Measured, number: int) -> str:
    with each.opened() as database:
        page_milliseconds(database)  # the first connection and the first plans are no page's
        each.pages.append(page_milliseconds(database))
        crawls = Crawls(database, seed=number, day=number * 5)
        each.untouched.append(crawls.touch(0, moves=False))
        for moves in _TOUCHES:
            for ratio in (_LITTLE, _MUCH):
                made = crawls.touch(ratio, moves=moves)
                each.touched.setdefault((moves, ratio), []).append(made)
    each.streams.append((stream_in_a_child(each.tenth), stream_in_a_child(each.url)))
    much = each.touched[True, _MUCH][-1]
    return (
        f"slowest page {max(each.pages[-1].values()):.1f} ms, crawl's end after 1 % touched "
        f"{much.finish_seconds:.1f} s, month {each.streams[-1][1].seconds:.1f} s"
    )


def _table(each: Measured) -> Iterator[str]:
    yield f"  {'first page, ms, by':20}{''.join(f'{kind:>16}' for kind in KINDS)}"
    for by in RankBy:
        cells = (median(page[by.value, kind] for page in each.pages) for kind in KINDS)
        yield f"  {by.value:20}{''.join(f'{cell:16.1f}' for cell in cells)}"
    nothing = _spread([touch.finish_seconds for touch in each.untouched], "s")
    yield f"  {'crawl ends, nothing touched':42}{nothing:>34}"
    for (moves, ratio), touches in each.touched.items():
        name = f"crawl ends, {ratio:.1%} {'move' if moves else 'push'}"
        times = _spread([touch.finish_seconds for touch in touches], "s")
        rows = median(touch.held for touch in touches)
        sharers = median(touch.sharers for touch in touches)
        yield f"  {name:42}{times:>34}  {rows:,.0f} rows, {sharers:,.0f} repositories"
    for place, size in enumerate((f"1/{_SMALLER}", "full size")):
        runs = [pair[place] for pair in each.streams]
        peak = _spread([run.peak_bytes / 1e6 for run in runs], "MB")
        whole = median(run.process_bytes for run in runs) / 1e6
        count = runs[0].repositories
        yield f"  {f'a month, {size}: {count:,} repositories':42}{peak:>34}  process {whole:.0f} MB"


def _spread(values: Sequence[float], unit: str) -> str:
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f}) {unit}"


def _verdicts(each: Measured) -> Iterator[str]:
    slowest = max(median(page[key] for page in each.pages) for key in each.pages[0])
    yield _judged("slowest page", slowest, PAGE_MILLISECONDS_TARGET, "ms")
    for moves, kind in _TOUCHES.items():
        yield _judged(
            f"1 % to 0.1 %, time per row touched, {kind}",
            _linear(each, moves=moves),
            TOUCHED_TARGET,
        )
    peaks = [full.peak_bytes / tenth.peak_bytes for tenth, full in each.streams]
    yield _judged("month's memory, full size to a tenth", median(peaks), MEMORY_TARGET)


def _linear(each: Measured, *, moves: bool) -> float:
    """Time per row and sharer after 1 %, as a multiple of that after 0.1 %."""
    return median(
        (much.finish_seconds / much.work) / (little.finish_seconds / little.work)
        for little, much in zip(
            each.touched[moves, _LITTLE], each.touched[moves, _MUCH], strict=True
        )
    )


def _judged(name: str, value: float, target: float, unit: str = "") -> str:
    met = "met" if value <= target else "missed"
    return f"  {name}: {value:.2f}{unit and ' ' + unit}, target at most {target:g}: {met}"


def _compare(each: Measured, folder: Path, rounds: int) -> Iterator[str]:
    """DuckDB's figures after all crawls beside those that were brought up to date."""
    with each.opened() as database:
        try:
            reference = Reference.over(database, folder)
        except ImportError:
            yield "  not compared with DuckDB: install requirements/bench.txt"
            return
        ours = stored_figures(database)
    runs = [reference.compute() for _ in range(rounds)]
    theirs, taken = runs[-1][0], [seconds for _, seconds in runs]
    yield f"  all figures anew: DuckDB {_spread(taken, 's')}, ours {_full(each.filled):.1f} s, once"
    wrong = _differences(ours, theirs)
    yield (
        f"  repositories whose figures differ from DuckDB's: {wrong} of {len(theirs):,}: "
        f"{'missed' if wrong else 'met'}"
    )


def _full(filled: Filled) -> float:
    return filled.seconds["rollups"]


def _differences(ours: Figures, theirs: Mapping[int, tuple[int, ...]]) -> int:
    return sum(ours.get(key) != theirs.get(key) for key in {*ours, *theirs})
