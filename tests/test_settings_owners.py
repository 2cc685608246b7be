from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.domain.outlook import Budget
from auditor.domain.owners import OwnerRule
from auditor.settings import LoadedSettings, load_settings, render_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "auditor.toml"


def load(file: Path, text: str, environment: dict[str, str] | None = None) -> LoadedSettings:
    file.write_text(text)
    return load_settings(config_file=file, environment=environment or {}, overrides={})


def rows(loaded: LoadedSettings) -> dict[str, str]:
    return {row.key: row.value for row in render_settings(loaded)}


def test_without_settings_nobody_owns_anything(file: Path) -> None:
    owners = load(file, "").settings.owners
    assert (owners.to_rules(), owners.label_keys, owners.mapping_file) == ((), (), "")


def test_rules_keep_the_order_they_are_written_in(file: Path) -> None:
    loaded = load(
        file,
        '[owners.rules.zebra]\nlabels = {"com.example.team" = "z*"}\n'
        '[owners.rules.apes]\nrepositories = ["apes/**"]\n'
        '[owners.rules.monkeys]\nregistries = ["r.example"]\n',
        {"AUDITOR_OWNERS__RULES__BEES__REPOSITORIES": "bees/**"},
    )
    assert list(loaded.settings.owners.rules) == ["zebra", "apes", "monkeys", "bees"]


def test_a_rule_goes_by_the_name_of_its_table_unless_it_names_a_team(file: Path) -> None:
    text = (
        '[owners.rules.pay]\nteam = "Payments"\nrepositories = ["pay/**", "billing"]\n'
        'registries = ["r.example"]\nlabels = {"com.example.team" = "pay*", "x_file" = "y"}\n'
        '[owners.rules.web]\nrepositories = ["web"]\n'
    )
    assert load(file, text).settings.owners.to_rules() == (
        OwnerRule(
            "Payments",
            ("pay/**", "billing"),
            ("r.example",),
            (("com.example.team", "pay*"), ("x_file", "y")),
            "owners.rules.pay",
        ),
        OwnerRule("web", ("web",), source="owners.rules.web"),
    )


def test_the_mapping_file_is_looked_for_beside_the_configuration(file: Path) -> None:
    owners = load(file, '[owners]\nmapping_file = "owners.csv"\n').settings.owners
    assert owners.mapping_file == str(file.parent / "owners.csv")


def test_variables_reach_rules_and_budgets_whatever_their_names(file: Path) -> None:
    loaded = load(
        file,
        '[owners.rules.Pay-EU]\nrepositories = ["pay"]\nlabels = {a = "b"}\n'
        '[budgets.Pay-EU]\nteam = "Pay"\namount = "1"\n',
        {
            "AUDITOR_OWNERS__RULES__PAY_EU__TEAM": "Payments",
            "AUDITOR_OWNERS__RULES__PAY_EU__LABELS": "com.example.team=pay*, x = y",
            "AUDITOR_OWNERS__LABEL_KEYS": "a.b,c.d",
            "AUDITOR_BUDGETS__PAY_EU__AMOUNT": "2.50",
        },
    )
    (rule,) = loaded.settings.owners.to_rules()
    assert rule.team == "Payments"
    assert rule.labels == (("com.example.team", "pay*"), ("x", "y"))
    assert loaded.settings.owners.label_keys == ("a.b", "c.d")
    assert loaded.settings.budgets["Pay-EU"].amount == Decimal("2.50")
    assert rows(loaded)["owners.rules.Pay-EU.labels"] == "com.example.team=pay*,x=y"
    place = "environment AUDITOR_OWNERS__RULES__PAY_EU__LABELS"
    assert loaded.origins["owners.rules.Pay-EU.labels"] == place


def test_a_budget_is_for_a_team_or_a_repository(file: Path) -> None:
    budgets = load(
        file,
        '[budgets.pay]\nteam = "Payments"\namount = "250"\n'
        '[budgets.big]\nrepository = "data/all"\nregistry = "r.example"\n'
        'amount = "19.90"\ncurrency = "EUR"\n',
    ).settings.budgets
    assert [budget.to_budget(name) for name, budget in budgets.items()] == [
        Budget("pay", Decimal(250), "USD", team="Payments"),
        Budget("big", Decimal("19.90"), "EUR", "", "data/all", "r.example"),
    ]


@pytest.mark.parametrize(
    "content,expected",
    [
        ("[owners]\nlable_keys = []", "did you mean owners.label_keys?"),
        ("[owners.rules.a]\nteem = 'x'\nrepositories = ['a']", "did you mean owners.rules.a.team?"),
        ("[owners.rules.a]\nteam = 'x'", "it matches everything; if it should, set repositories"),
        ("[owners.rules.a]", "owners.rules.a: it matches everything"),
        ("[owners.rules.'a b']\nrepositories = ['a']", "'a b' is no name"),
        ("[owners.rules.a]\nlabels = {a = 1}", "owners.rules.a.labels"),
        ("[owners.rules.a]\nlabels = {'' = 'x'}", "owners.rules.a.labels"),
        ("[owners.rules.a]\nlabels = 5", "owners.rules.a.labels"),
        ("owners.rules = 3", "owners.rules: it is a section with keys of its own"),
        ("[budgets.a]\nteam = 'x'", "budgets.a.amount: it is missing"),
        ("[budgets.a]\nteam = 'x'\namount = 0", "budgets.a.amount: it should be greater than 0"),
        ("[budgets.a]\nteam = 'x'\namount = 'nan'", "budgets.a.amount"),
        ("[budgets.a]\nteam = 'x'\namount = 1\ncurrency = 'euro'", "budgets.a.currency"),
        ("[budgets.a]\namount = 1", "a team or a repository, and not both"),
        ("[budgets.a]\nteam = 'x'\nrepository = 'y'\namount = 1", "and not both"),
        ("[budgets.a]\nteam = 'x'\namuont = 1", "did you mean budgets.a.amount?"),
    ],
)
def test_a_bad_rule_or_budget_is_one_line_naming_key_and_place(
    content: str, expected: str, file: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(file, content)
    assert expected in str(caught.value)
    assert f"file {file}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_value_where_a_section_is_set_already_is_an_error(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"owners.label_keys is below a key that has a value"):
        load(file, "[owners]\nlabel_keys = []\n", {"AUDITOR_OWNERS": "x"})
