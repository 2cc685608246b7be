"""Growth out of the ordinary over crawls of a made-up registry, in both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.domain.change import ChangeKind
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.outlook import GrowthQuery, GrowthReport
from auditor.domain.owners import OwnerRule
from auditor.domain.views import HistoryPoint
from auditor.ledger.owners import OwnerBook
from auditor.settings import load_settings
from auditor.usecases.anomalies import Anomalies, open_anomalies
from auditor.usecases.owners import Owners
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench, day, target

MB = 10**6
OWNERS = Owners(OwnerBook((OwnerRule("Payments", ("pay/*",), source="a test"),), ()))
OTHER = "other.example"


def find(bench: Bench, query: GrowthQuery | None = None, at: float = 45) -> GrowthReport:
    found = Anomalies(bench.database, OWNERS, clock=lambda: day(at))
    return found.find(query or GrowthQuery())


def a_quiet_past(bench: Bench, registry: str = REGISTRY) -> Contents:
    """Forty days of three repositories to which hardly anything is added."""
    contents = Contents()
    for name in ("pay/app", "pay/job", "web"):
        contents.tag(name, "v1", contents.image(f"{name} 1", layer(500 * MB, name)))
    bench.crawl(contents, target(registry), at=day(0))
    contents.tag("web", "v2", contents.image("web 2", layer(MB, "web 2")))
    bench.crawl(contents, target(registry), at=day(20))
    return contents


def test_a_day_out_of_the_ordinary_is_found_with_whose_it_is_and_why(either_bench: Bench) -> None:
    contents = a_quiet_past(either_bench)
    contents.tag("pay/app", "nightly", contents.image("big", layer(300 * MB, "big")))
    contents.tag("web", "v3", contents.image("small", layer(90 * MB, "small")))
    either_bench.crawl(contents, at=day(40))
    whole, repository = find(either_bench).rows
    assert (whole.registry, whole.repository, whole.team) == (REGISTRY, "", "")
    assert (repository.repository, repository.team) == ("pay/app", "Payments")
    assert repository.day == day(40).date()
    assert repository.change is not None
    assert repository.change.net_bytes == repository.anomaly.growth_bytes > 300 * MB
    (reason,) = repository.reasons
    assert (reason.kind, reason.net_bytes) == (ChangeKind.NEW_TAGS, repository.change.net_bytes)
    assert reason.contributors[0].tag == "nightly"
    assert whole.change is not None
    assert whole.change.net_bytes == whole.anomaly.growth_bytes > 390 * MB


def test_what_comes_later_that_day_is_not_known_yet_and_today_counts_so_far(
    either_bench: Bench,
) -> None:
    contents = a_quiet_past(either_bench)
    contents.tag("pay/app", "nightly", contents.image("big", layer(300 * MB, "big")))
    either_bench.crawl(contents, at=day(40))
    now = day(40) + timedelta(hours=1)
    found = Anomalies(either_bench.database, OWNERS, clock=lambda: now)
    rows = found.find(GrowthQuery(days=1)).rows
    assert [row.repository for row in rows] == ["", "pay/app"]
    assert all(row.change and row.change.end == now for row in rows)


def test_questions_narrow_what_is_found(either_bench: Bench) -> None:
    for registry in (REGISTRY, OTHER):
        contents = a_quiet_past(either_bench, registry)
        for name, size in (("pay/app", 300), ("web", 200)):
            contents.tag(name, "big", contents.image(f"big {name}", layer(size * MB, f"b{name}")))
        either_bench.crawl(contents, target(registry), at=day(40))
    everything = find(either_bench)
    assert everything.count == 6
    names = [(row.registry, row.repository) for row in everything.rows]
    assert names == [
        (OTHER, ""), (REGISTRY, ""), (OTHER, "pay/app"), (REGISTRY, "pay/app"),
        (OTHER, "web"), (REGISTRY, "web"),
    ]  # fmt: skip
    one = find(either_bench, GrowthQuery(registry=OTHER)).rows
    assert [row.repository for row in one] == ["", "pay/app", "web"]
    team = find(either_bench, GrowthQuery(team="Payments")).rows
    assert [(row.registry, row.repository) for row in team] == [
        (OTHER, "pay/app"), (REGISTRY, "pay/app"),
    ]  # fmt: skip
    assert {row.repository for row in find(either_bench, GrowthQuery(team="unowned")).rows} == {
        "web"
    }
    page = find(either_bench, GrowthQuery(limit=2, offset=1))
    assert (page.count, page.rows) == (6, everything.rows[1:3])
    assert find(either_bench, GrowthQuery(days=5)).count == 0


def test_only_histories_of_what_grew_are_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = a_quiet_past(bench)
    contents.tag("pay/app", "nightly", contents.image("big", layer(300 * MB, "big")))
    bench.crawl(contents, at=day(40))
    judged: list[int] = []

    def judge(points: Sequence[HistoryPoint], *_: object, **__: object) -> tuple[()]:
        judged.append(len(points))
        return ()

    monkeypatch.setattr("auditor.usecases.anomalies.find_anomalies", judge)
    find(bench)
    assert len(judged) == 2, "the registry and one of three repositories"


def test_a_day_whose_past_is_not_known_is_shown_without_a_reason(bench: Bench) -> None:
    contents = a_quiet_past(bench)
    contents.tag("pay/app", "nightly", contents.image("big", layer(300 * MB, "big")))
    bench.crawl(contents, at=day(40))
    with bench.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM registry_history WHERE since < '2026-04-01'")
    (row,) = find(bench).rows
    assert (row.repository, row.change, row.reasons) == ("pay/app", None, ())


def test_what_cannot_be_asked_is_refused(bench: Bench) -> None:
    with pytest.raises(UnknownReferenceError, match=r"nowhere\.example was never crawled"):
        find(bench, GrowthQuery(registry="nowhere.example"))
    a_quiet_past(bench)
    with pytest.raises(UnknownReferenceError) as refused:
        find(bench, GrowthQuery(registry="nowhere.example"))
    assert refused.value.candidates == (REGISTRY,)
    for days in (0, 367):
        with pytest.raises(UsageError, match="cannot be judged"):
            find(bench, GrowthQuery(days=days))


def test_it_opens_the_configured_database(tmp_path: Path) -> None:
    url = {"database_url": f"sqlite:///{tmp_path}/a.db"}
    loaded = load_settings(config_file=None, environment={}, overrides=url)
    assert open_anomalies(loaded.settings).find(GrowthQuery()).rows == ()
