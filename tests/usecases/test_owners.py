"""Teams in the costs: by rule, by table, by label of the newest image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.domain.costs import LedgerQuery
from auditor.domain.errors import SettingsError, UsageError
from auditor.domain.ledger import Period
from auditor.settings import Settings
from auditor.usecases.ledger import Ledger
from auditor.usecases.owners import Owners
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, config_of
from tests.usecases.bench import REGISTRY, Bench, day

MARCH = Period.month("2026-03")
TEAM_LABEL = "com.example.team"


def labelled(contents: Contents, repository: str, labels: Mapping[str, str]) -> None:
    config = config_of(repository, labels=labels)
    contents.tag(repository, "v1", contents.image(repository, config=config))


@pytest.fixture
def bench(either_bench: Bench) -> Bench:
    contents = Contents()
    labelled(contents, "pay/api", {TEAM_LABEL: "from the label"})
    labelled(contents, "shop/web", {TEAM_LABEL: "Shop"})
    labelled(contents, "tools/ci", {"other": "label"})
    contents.tag("empty/signature", "v1", contents.artifact("signature"))
    either_bench.crawl(contents, at=day(0))
    return either_bench


def settings(owners: Mapping[str, object]) -> Settings:
    return Settings.model_validate({"database_url": "sqlite:///x", "owners": owners})


def teams(bench: Bench, owners: Mapping[str, object]) -> dict[str, str]:
    ledger = Ledger(bench.database, Prices(), clock=lambda: MARCH.end)
    ledger = replace(ledger, owners=Owners.from_settings(settings(owners)))
    rows = {row.repository: row.team for row in ledger.costs(LedgerQuery(MARCH))}
    usage = {row.usage.repository: row.team for row in ledger.usage(LedgerQuery(MARCH))}
    assert rows == usage
    return rows


NOBODY = {"pay/api": "", "shop/web": "", "tools/ci": "", "empty/signature": ""}


def test_without_rules_nobody_owns_anything(bench: Bench) -> None:
    assert teams(bench, {}) == NOBODY


def test_a_rule_counts_more_than_a_label(bench: Bench) -> None:
    owners = {
        "label_keys": [TEAM_LABEL],
        "rules": {"payments": {"team": "Payments", "repositories": ["pay/**"]}},
    }
    assert teams(bench, owners) == NOBODY | {"pay/api": "Payments", "shop/web": "Shop"}


def test_a_rule_may_ask_for_a_label(bench: Bench) -> None:
    owners = {"rules": {"all-shops": {"labels": {TEAM_LABEL: "Sh*"}}}}
    assert teams(bench, owners) == NOBODY | {"shop/web": "all-shops"}


def test_a_table_names_owners_after_the_rules(bench: Bench, tmp_path: Path) -> None:
    table = tmp_path / "owners.csv"
    table.write_text(f"repository,team,registry\ntools/*,Platform,{REGISTRY}\npay/*,Table,\n")
    owners = {
        "mapping_file": str(table),
        "rules": {"payments": {"repositories": ["pay/**"]}},
    }
    assert teams(bench, owners) == NOBODY | {"tools/ci": "Platform", "pay/api": "payments"}


def test_a_table_that_cannot_be_read_is_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no\.csv cannot be read"):
        teams(bench, {"mapping_file": str(tmp_path / "no.csv")})
    (tmp_path / "bad.csv").write_text("repo,group\n")
    with pytest.raises(UsageError, match=r"bad\.csv"):
        teams(bench, {"mapping_file": str(tmp_path / "bad.csv")})
