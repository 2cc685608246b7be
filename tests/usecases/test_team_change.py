"""What a team is charged for at two dates, and why, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.change import ChangedFigure, ChangeKind, ExplainedChange
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.owners import OwnerRule
from auditor.ledger.owners import OwnerBook
from auditor.settings import load_settings
from auditor.usecases.owners import Owners
from auditor.usecases.team_change import TeamChanges, open_team_changes
from tests.fakes.contents import CONFIG_BYTES, MANIFEST_BYTES, Contents, layer
from tests.usecases.bench import REGISTRY, Bench, day, target

FRAME = MANIFEST_BYTES + CONFIG_BYTES
OTHER = "other.example"
RULES = (
    OwnerRule("Payments", ("pay/*",), source="a test"),
    OwnerRule("Web", ("web/*",), source="a test"),
)


def explain(
    bench: Bench, team: str, registry: str = "", *, start: float = 0, end: float | None = None
) -> ExplainedChange:
    changes = TeamChanges(bench.database, Owners(OwnerBook(RULES, ())), clock=lambda: day(9))
    until = None if end is None else day(end)
    found = changes.explain(team, registry, start=day(start), end=until)
    assert sum(part.net_bytes for part in found.parts) == found.net_bytes
    return found


def net(change: ExplainedChange) -> dict[ChangeKind, int]:
    return {part.kind: part.net_bytes for part in change.parts if part.net_bytes}


@pytest.fixture
def contents() -> Contents:
    made = Contents()
    for name in ("pay/app", "web/shop", "lonely"):
        made.tag(name, "1", made.image(f"{name} 1", layer(900, "shared"), layer(10, name)))
    return made


def test_teams_together_change_by_what_the_registry_does(
    either_bench: Bench, contents: Contents
) -> None:
    either_bench.crawl(contents, at=day(0))
    contents.tag("pay/job", "1", contents.image("job", layer(901, "shared too"), layer(7, "job")))
    contents.tag("web/shop", "2", contents.image("shop 2", layer(901, "shared too")))
    contents.remove("lonely")
    either_bench.crawl(contents, at=day(1), accept_removals=True)
    teams = [explain(either_bench, team) for team in ("Payments", "Web", "unowned")]
    registry = either_bench.browse().changes(REGISTRY, start=day(0), end=day(9))
    assert sum(change.net_bytes for change in teams) == registry.net_bytes
    payments = teams[0]
    assert payments.figure is ChangedFigure.FAIR_SHARE
    assert (payments.team, payments.registry, payments.repository) == ("Payments", "", "")
    assert net(payments) == {ChangeKind.NEW_TAGS: FRAME + 7 + 451, ChangeKind.SHARED: 450 - 300}
    (contributor,) = payments.parts[0].contributors
    assert (contributor.registry, contributor.repository) == (REGISTRY, "pay/job")
    assert net(teams[2]) == {ChangeKind.REMOVALS: -(FRAME + 10 + 300)}


def test_a_team_of_several_registries_is_one_sum_or_asked_for_in_one(
    either_bench: Bench, contents: Contents
) -> None:
    for registry in (REGISTRY, OTHER):
        either_bench.crawl(contents, target(registry), at=day(0))
    contents.tag("pay/app", "2", contents.image("app 2", layer(70, "app 2")))
    for registry in (REGISTRY, OTHER):
        either_bench.crawl(contents, target(registry), at=day(1))
    assert explain(either_bench, "Payments").net_bytes == 2 * (FRAME + 70)
    one = explain(either_bench, "Payments", OTHER)
    assert (one.net_bytes, one.registry) == (FRAME + 70, OTHER)
    assert {by.registry for part in one.parts for by in part.contributors} == {OTHER}
    assert explain(either_bench, "Payments", end=0).net_bytes == 0


def test_what_cannot_be_explained_is_refused_with_the_next_step(
    bench: Bench, contents: Contents
) -> None:
    with pytest.raises(UsageError, match="run `auditor audit` first"):
        explain(bench, "Payments")
    bench.crawl(contents, at=day(0))
    with pytest.raises(UsageError, match="teams with some are: Payments, Web, unowned"):
        explain(bench, "payments")
    with pytest.raises(UsageError, match="its past begins"):
        explain(bench, "Payments", start=-1)
    with pytest.raises(UnknownReferenceError) as refused:
        explain(bench, "Payments", "nowhere.example")
    assert refused.value.candidates == (REGISTRY,)


def test_many_teams_are_not_all_listed(bench: Bench) -> None:
    contents = Contents()
    rules = [OwnerRule(f"team {one}", (f"{one}/*",), source="a test") for one in range(7)]
    for one in range(7):
        contents.tag(f"{one}/app", "1", contents.image(f"app {one}"))
    bench.crawl(contents, at=day(0))
    changes = TeamChanges(bench.database, Owners(OwnerBook(rules, ())))
    with pytest.raises(UsageError, match=r"belongs to team none; .*team 4 and 2 more"):
        changes.explain("none", REGISTRY, start=day(0))


def test_it_opens_the_configured_database(tmp_path: Path) -> None:
    url = {"database_url": f"sqlite:///{tmp_path}/a.db"}
    loaded = load_settings(config_file=None, environment={}, overrides=url)
    with pytest.raises(UsageError, match="belongs to team Payments"):
        open_team_changes(loaded.settings).explain("Payments", start=day(0))
