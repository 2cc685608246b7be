"""A reference changes no figure: everything that can be read says the same without it.

Whatever a person, a page or a script may ask is asked twice of one database, first of the
registries alone and then with a reference beside them that shares layers and names with
them, has grown, is older, dearer, incomplete and pruned.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from auditor.domain.alerts import AlertsQuery
from auditor.domain.analysis_settings import AnalysisSettings, UserRule
from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.domain.costs import GroupBy, LedgerQuery
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.finding_views import FindingRow, FindingsBy, FindingsQuery
from auditor.domain.image_config import HistoryEntry
from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, GrowthQuery
from auditor.domain.owners import UNOWNED_LABEL
from auditor.domain.reconciliation import Bill
from auditor.domain.reference import ImageReference
from auditor.domain.units import Price
from auditor.domain.views import RankBy, RankQuery
from auditor.ledger.owners import OwnerBook
from auditor.usecases.alerts import Alerts
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.anomalies import Anomalies
from auditor.usecases.browse import Browse
from auditor.usecases.budgets import Budgets
from auditor.usecases.ledger import Ledger
from auditor.usecases.outlook import Outlook
from auditor.usecases.owners import Owners
from auditor.usecases.price_history import PriceHistory
from auditor.usecases.prices import Prices
from auditor.usecases.prune_history import prune_history
from auditor.usecases.reconcile import Reconciler
from auditor.usecases.team_change import TeamChanges
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource
from tests.laws.bench import Bench as Tables
from tests.usecases.bench import LISTS_ALL, Bench, day, target

HOME, OTHER, UPSTREAM = "registry.example", "other.example", "hub.example"
MARCH = Period.month("2026-03")
NOW = day(90)
PRICES = Prices(
    {UPSTREAM: Price(Decimal(50), "CHF", source="configured")},
    for_all=Price(Decimal(1), "USD", source="configured"),
    clock=lambda: NOW,
)
NOBODY = Owners(OwnerBook((), ()))
HUNDRED_MB = 10**8
OWN = UserRule("old-key", "curl", "It has the old key.", "Use the new one.")
ANALYSIS = Analysis.from_settings(AnalysisSettings(user_rules=(OWN,)))


@pytest.fixture
def tables(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    # Crawls take no time, so that two of them end at the same moment.
    stopped = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("auditor.usecases.crawl_registry.time", stopped)
    made = Tables.on(database_url)
    yield made
    made.database.dispose()


def image(contents: Contents, name: str, *layers: Descriptor) -> Digest:
    """An image whose every layer was made by a step that the rule of these tests finds."""
    steps = tuple(HistoryEntry(f"RUN curl {one.digest.short}") for one in layers)
    return contents.image(name, *layers, config=config_of(name, layers, history=steps))


def ours(name: str, at_first: bool) -> Contents:
    contents = Contents()
    shared = layer(3 * HUNDRED_MB, "shared")
    for team, size in (("library/python", 1), ("team/web", 2)):
        first = image(contents, f"{name} {team}", layer(size * HUNDRED_MB, f"{team} own"), shared)
        contents.tag(team, "v1", first)
    if not at_first:
        grown = image(contents, f"{name} grown", layer(7 * HUNDRED_MB, f"{name} grown"))
        contents.tag("team/web", "v2", grown)
    return contents


def theirs(at_first: bool) -> Contents:
    """A name of ours, and a layer that is no base of anything: it lies above others here."""
    contents = Contents()
    upstream = image(
        contents, "upstream", layer(9 * HUNDRED_MB, "under"), layer(3 * HUNDRED_MB, "shared")
    )
    contents.tag("library/python", "3.12", upstream)
    if not at_first:
        more = image(contents, "more", layer(8 * HUNDRED_MB, "more"))
        contents.tag("team/base", "1", contents.tag("library/python", "3.13", more))
    return contents


def crawl(
    bench: Bench, name: str, contents: Callable[[bool], Contents], days: tuple[float, ...]
) -> None:
    where = replace(target(name), is_reference=name == UPSTREAM)
    for number in days:
        grows_on = 60 if name == UPSTREAM else 41
        source = FakeSource(contents(number < grows_on).registry(), LISTS_ALL)
        if name == UPSTREAM:
            source.faults.tags |= {("library/python", "3.12")} if number > 50 else set()
        bench.crawl(source, where, at=day(number))


def fill(bench: Bench) -> None:
    for name in (HOME, OTHER):
        crawl(bench, name, partial(ours, name), (1, 20, 41, 85))
    analyse(bench.database, ANALYSIS, now=day(86))


def add_upstream(bench: Bench) -> None:
    crawl(bench, UPSTREAM, theirs, (-3, 2, 42, 60))
    prune_history(bench.database, 1, now=NOW, registry=UPSTREAM)


def move_upstream(bench: Bench) -> None:
    """Have it analysed later than the others, and be due again."""
    contents = theirs(at_first=False)
    for number in (87, 89):
        name = f"pushed on day {number}"
        contents.tag("team/base", "2", image(contents, name, layer(5 * HUNDRED_MB, name)))
        where = replace(target(UPSTREAM), is_reference=True)
        bench.crawl(FakeSource(contents.registry(), LISTS_ALL), where, at=day(number))
        if number == 87:
            analyse(bench.database, ANALYSIS, now=day(88))


def everything(bench: Bench) -> Mapping[str, object]:
    """What every reading method answers, by its name."""
    database = bench.database
    browse = Browse(database, PRICES, analysis=lambda: ANALYSIS)
    ledger = Ledger(database, PRICES, clock=lambda: NOW)
    outlook = Outlook(
        Budgets(ledger, (Budget("all", Decimal(9), "USD", team=UNOWNED_LABEL),)),
        Anomalies(database, NOBODY, lambda: NOW),
        TeamChanges(database, NOBODY, lambda: NOW),
        Reconciler(database, PRICES, lambda: NOW),
        Alerts(database),
    )
    answers: dict[str, object] = {}
    for reading in (_of_browse(browse), _of_ledger(ledger), _of_outlook(outlook)):
        answers |= {name: ask() for name, ask in reading.items()}
    answers["PriceHistory.registries"] = PriceHistory(database, PRICES, lambda: NOW).registries()
    return answers


def _of_browse(browse: Browse) -> dict[str, Callable[[], object]]:
    moments = (None, day(30), day(42))
    queries = [
        RankQuery(by=by, at=at, text=t) for by in RankBy for at in moments for t in ("", "o")
    ]
    paged = [replace(one, limit=2) for one in queries]
    places = [(name, repository) for name in (HOME, OTHER) for repository in ("team/web",)]
    web = ImageReference("team/web", HOME, "v2")
    found = [FindingsQuery(by=by, team=team) for by in FindingsBy for team in (None, "")]
    return {
        "Browse.overview": lambda: replace(browse.overview(), registries=browse.registries()),
        "Browse.rank": lambda: [browse.rank(one) for one in (*queries, *paged)],
        "Browse.iterate_rank": lambda: [tuple(browse.iterate_rank(one)) for one in queries],
        "Browse.registries": browse.registries,
        "Browse.kept_from": browse.kept_from,
        "Browse.why_not_ready": browse.why_not_ready,
        "Browse.resolve": lambda: [
            browse.resolve(f"{HOME}/library/python"),
            refusal(lambda: browse.resolve("team/web:v1")),
            refusal(lambda: browse.resolve("nowhere/web")),
        ],
        "Browse.repository": lambda: [
            *(browse.repository(*place, at=at) for place in places for at in moments),
            refusal(lambda: browse.repository(HOME, "team/base")),
        ],
        "Browse.image": lambda: browse.image(web),
        "Browse.diff": lambda: browse.diff(replace(web, tag="v1"), web),
        "Browse.image_findings": lambda: browse.image_findings(web),
        "Browse.findings": lambda: [
            replace(page, rows=_in_order(page.rows)) for page in map(browse.findings, found)
        ],
        "Browse.iterate_findings": lambda: [
            _in_order(browse.iterate_findings(one)) for one in found
        ],
        "Browse.bases": lambda: [browse.bases(BasesQuery(by=by)) for by in BasesBy],
        "Browse.base_plan": lambda: [
            refusal(lambda: browse.base_plan("python")),
            *(browse.base_plan(row.identifier) for row in browse.bases(BasesQuery()).rows),
        ],
        "Browse.changes": lambda: [
            *(browse.changes(*place, start=day(5), end=NOW) for place in places),
            browse.changes(HOME, start=day(5), end=NOW),
            refusal(lambda: browse.changes(start=day(5), end=NOW)),
        ],
    }


def _in_order(rows: Iterable[FindingRow]) -> tuple[FindingRow, ...]:
    """Findings that save as much as each other come in the order they were stored in."""
    return tuple(sorted(rows, key=lambda row: (row.registry, row.repository, row.finding.key)))


def _of_ledger(ledger: Ledger) -> dict[str, Callable[[], object]]:
    months = [LedgerQuery(Period.month(f"2026-0{number}")) for number in (2, 3, 4, 5)]
    wanted = [(name, "library/python") for name in (HOME, OTHER, UPSTREAM)]
    return {
        "Ledger.month": lambda: ledger.month("2026-04"),
        "Ledger.costs": lambda: [tuple(ledger.costs(one)) for one in months],
        "Ledger.compare": lambda: [ledger.compare(one, by) for one in months for by in GroupBy],
        "Ledger.usage": lambda: [tuple(ledger.usage(one)) for one in months],
        "Ledger.fair_shares": lambda: ledger.fair_shares(wanted, day(5), NOW),
        "Ledger.unknown_registries": lambda: [ledger.unknown_registries(one) for one in months],
        "Ledger.known_since": lambda: [ledger.known_since(one) for one in months],
        "Ledger.price_warnings": lambda: [ledger.price_warnings(one) for one in months],
    }


def _of_outlook(outlook: Outlook) -> dict[str, Callable[[], object]]:
    bill = Bill(billed_bytes=10**9)
    return {
        "Outlook.budgets": outlook.budgets,
        "Outlook.alerts": lambda: outlook.alerts(AlertsQuery()),
        "Outlook.anomalies": lambda: [
            outlook.anomalies(GrowthQuery(days=days)) for days in (30, 366)
        ],
        "Outlook.team_changes": lambda: outlook.team_changes(UNOWNED_LABEL, start=day(5), end=NOW),
        "Outlook.reconcile": lambda: outlook.reconcile(HOME, bill, None),
    }


def refusal(ask: Callable[[], object]) -> object:
    with pytest.raises(UnknownReferenceError) as caught:
        ask()
    return caught.value.message, caught.value.next_step, caught.value.candidates


def reading_methods() -> set[str]:
    makes_one = {"Outlook.over"}
    changes_something = {"PriceHistory.apply"}
    tells_of_references = {"Browse.all_registries"}
    public = {
        f"{kind.__name__}.{name}"
        for kind in (Browse, Ledger, Outlook, PriceHistory)
        for name, _ in inspect.getmembers(kind, callable)
        if not name.startswith("_")
    }
    return public - makes_one - changes_something - tells_of_references


def test_a_reference_changes_no_answer(tables: Tables) -> None:
    bench = Bench(tables.database)
    fill(bench)
    alone = everything(bench)
    growth: Any = alone["Outlook.anomalies"]
    found: Any = alone["Browse.findings"]
    assert growth[-1].rows, "there is something that a reference could be added to"
    assert found[0].rows, "there is something that a reference could be added to"
    assert set(alone) == reading_methods(), "ask it here too, with a reference beside"
    tables.clear()
    add_upstream(bench)
    fill(bench)
    move_upstream(bench)
    beside = everything(bench)
    for name, answer in alone.items():
        assert beside[name] == answer, name


def test_what_is_read_of_a_reference_is_refused_where_it_would_be_counted(tables: Tables) -> None:
    bench = Bench(tables.database)
    fill(bench)
    add_upstream(bench)
    browse, ledger = Browse(bench.database, PRICES), Ledger(bench.database, PRICES)
    reconciler = Reconciler(bench.database, PRICES, lambda: NOW)
    prices = PriceHistory(bench.database, PRICES, lambda: NOW)
    asked: list[Callable[[], Any]] = [
        lambda: browse.rank(RankQuery(registry=UPSTREAM)),
        lambda: browse.iterate_rank(RankQuery(registry=UPSTREAM)),
        lambda: browse.changes(UPSTREAM, start=day(5)),
        lambda: browse.findings(FindingsQuery(registry=UPSTREAM)),
        lambda: browse.iterate_findings(FindingsQuery(registry=UPSTREAM)),
        lambda: ledger.costs(LedgerQuery(MARCH, registry=UPSTREAM)),
        lambda: reconciler.reconcile(UPSTREAM, Bill(billed_bytes=1), None),
        lambda: prices.apply("2026-03", UPSTREAM, is_trial=True),
        lambda: Anomalies(bench.database, NOBODY).find(GrowthQuery(UPSTREAM)),
        lambda: TeamChanges(bench.database, NOBODY).explain("a", UPSTREAM, start=day(5)),
    ]
    for ask in asked:
        with pytest.raises(UnknownReferenceError, match=r"hub\.example is a reference") as caught:
            ask()
        assert "auditor show" in caught.value.next_step


def test_a_registry_becomes_a_reference_and_is_counted_again_with_its_past(
    tables: Tables,
) -> None:
    bench = Bench(tables.database)
    fill(bench)
    before = everything(bench)

    def crawl_again(*, is_reference: bool, at: datetime) -> None:
        where = replace(target(OTHER), is_reference=is_reference)
        bench.crawl(FakeSource(ours(OTHER, False).registry(), LISTS_ALL), where, at=at)

    crawl_again(is_reference=True, at=day(86))
    rows = bench.browse().rank(RankQuery()).rows
    assert {row.registry for row in rows} == {HOME}
    costs = Ledger(bench.database, PRICES, clock=lambda: NOW).costs(LedgerQuery(MARCH))
    assert {row.registry for row in costs} == {HOME}
    crawl_again(is_reference=False, at=day(87))
    browse = Browse(bench.database, PRICES)
    assert browse.rank(RankQuery(at=day(42))).rows == _rank_of(before, at=day(42))
    after = everything(bench)
    for name in ("Ledger.costs", "Ledger.usage", "Ledger.fair_shares", "Outlook.team_changes"):
        assert after[name] == before[name], name


def _rank_of(answers: Mapping[str, object], *, at: datetime) -> object:
    rankings: Any = answers["Browse.rank"]
    found = next(one for one in rankings if one.query == RankQuery(at=at))
    return found.rows


def test_the_images_of_a_reference_are_shown_and_serve_as_bases(tables: Tables) -> None:
    bench = Bench(tables.database)
    base = Contents()
    base.tag("library/python", "3.12", base.image("python", layer(10**6, "a"), layer(10**5, "b")))
    bench.crawl(FakeSource(base.registry()), replace(target(UPSTREAM), is_reference=True))
    app = Contents()
    stack = (layer(10**6, "a"), layer(10**5, "b"), layer(10**4, "c"))
    app.tag("team/web", "v1", app.image("web", *stack))
    bench.crawl(FakeSource(app.registry()))
    view = bench.image("team/web:v1")
    assert view.base is not None
    assert view.base.names == ("hub.example/library/python:3.12",)
    browse = bench.browse()
    shown = browse.image(browse.resolve("library/python:3.12"))
    assert [one.size_bytes for one in shown.layers] == [10**6, 10**5]
    repository = browse.repository(UPSTREAM, "library/python")
    assert [one.tag for one in repository.tags] == ["3.12"]
    assert repository.row.monthly_cost == 0
    assert "reference" in repository.price_notes[0]
    states = {view.registry: view.is_reference for view in browse.overview().registries}
    assert states == {UPSTREAM: True, HOME: False}
