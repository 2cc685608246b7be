"""What the week brought to made-up registries, told for everybody and for teams."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest

from auditor.domain.change import ChangeKind
from auditor.domain.errors import UsageError
from auditor.domain.image_config import HistoryEntry
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import BudgetLevel
from auditor.domain.weekly_digest import SizeChange, WeeklyDigest
from auditor.settings import Settings, load_settings
from auditor.usecases.ledger import ledger_of
from auditor.usecases.write_digest import DigestWriter
from tests.fakes.contents import Contents, config_of, layer
from tests.usecases.bench import REGISTRY, Bench, day, target

GB = 10**9
TEAMS = {
    "owners.rules.payments.repositories": "pay/*",
    "owners.rules.payments.team": "Payments",
    "budgets.pay.team": "Payments",
    "budgets.pay.amount": "0.0001",
    "budgets.web.repository": "web/shop",
    "budgets.web.amount": "1000",
}


def settings(**overrides: str) -> Settings:
    loaded = load_settings(config_file=None, environment={}, overrides=TEAMS | overrides)
    return loaded.settings


def write(bench: Bench, team: str = "", at: float = 8) -> WeeklyDigest:
    configured = settings()
    writer = DigestWriter.over(ledger_of(bench.database, configured), configured)
    return writer.write(team, "UTC", day(at))


def with_steps(*steps: str, sizes: Mapping[str, int]) -> Contents:
    made = Contents()
    for name in ("pay/app", "web/shop"):
        made.tag(name, "1", made.image(f"{name} 1", layer(GB, "base")))
    layers = tuple(layer(size, step) for step, size in sizes.items())
    history = tuple(HistoryEntry(created_by=step) for step in steps)
    config = config_of("new", layers, history=history)
    made.tag("pay/app", "2", made.image("pay/app 2", *layers, config=config))
    return made


@pytest.fixture
def grown(either_bench: Bench) -> Bench:
    """A week in which `pay/app` got a second image: on the old base, with a big build step."""
    before = Contents()
    for name in ("pay/app", "web/shop"):
        before.tag(name, "1", before.image(f"{name} 1", layer(GB, "base")))
    for number in (0, 1):
        either_bench.crawl(before, at=day(number))
    steps = {"base": GB, "RUN apt-get install gcc": 3 * GB, "COPY . /app": 1000}
    after = with_steps("ADD base", *list(steps)[1:], sizes=steps)
    either_bench.crawl(after, at=day(7))
    return either_bench


def test_a_grower_is_told_with_its_tag_and_build_step(grown: Bench) -> None:
    digest = write(grown)
    [one] = digest.growers
    assert (one.registry, one.repository) == (REGISTRY, "pay/app")
    assert (one.cause, one.tag) == (ChangeKind.NEW_TAGS, "2")
    assert (one.step, one.step_bytes) == ("RUN apt-get install gcc", 3 * GB)
    assert one.growth_bytes == digest.change.growth_bytes
    assert one.growth_bytes > 3 * GB
    assert [point.at for point in digest.points] == [day(0), day(7)]


def test_a_team_is_told_of_its_share_alone(grown: Bench) -> None:
    everything, ours, others = write(grown), write(grown, "Payments"), write(grown, "unowned")
    assert ours.change.total_bytes + others.change.total_bytes == everything.change.total_bytes
    assert ours.change.growth_bytes is not None
    assert others.change.growth_bytes is not None
    assert ours.change.growth_bytes + others.change.growth_bytes == everything.change.growth_bytes
    assert [one.repository for one in ours.growers] == ["pay/app"]
    assert others.growers == ()
    assert [state.budget.name for state in ours.budgets] == ["pay"]
    assert ours.budgets[0].state is BudgetLevel.OVER
    assert [state.budget.name for state in everything.budgets] == ["pay", "web"]
    spent = [one.costs[0].forecast.to_date for one in (everything, ours, others)]
    assert spent[0] == spent[1] + spent[2] > Decimal(0)


def test_a_team_of_no_repository_is_an_error_that_names_others(grown: Bench) -> None:
    with pytest.raises(UsageError, match="Payments, unowned"):
        write(grown, "Paymets")


def test_the_first_week_has_nothing_to_compare_with(either_bench: Bench) -> None:
    contents = Contents()
    contents.tag("app", "1", contents.image("app", layer(GB)))
    either_bench.crawl(contents, at=day(0))
    digest = write(either_bench, at=3)
    assert (digest.change.growth_bytes, digest.growers) == (None, ())
    assert digest.change.total_bytes > GB


def test_a_registry_that_came_into_sight_is_no_growth(grown: Bench) -> None:
    contents = Contents()
    contents.tag("app", "1", contents.image("app", layer(50 * GB)))
    before = write(grown)
    grown.crawl(contents, target("other.example"), at=day(7.5))
    after = write(grown)
    assert after.change.growth_bytes == before.change.growth_bytes
    assert after.change.total_bytes > before.change.total_bytes + 50 * GB
    assert after.growers == before.growers


def test_nothing_was_crawled_yet(either_bench: Bench) -> None:
    digest = write(either_bench)
    assert digest.is_empty
    assert digest.change == SizeChange(0, None, None)


def test_a_week_without_a_crawl_is_said_so_and_no_drop(grown: Bench) -> None:
    digest = write(grown, at=20)
    [one] = digest.doubtful
    assert (one.registry, one.outcome) == (REGISTRY, CrawlOutcome.COMPLETE)
    assert one.age(day(20)) == timedelta(days=13)
    assert digest.told_growth_bytes is None
