"""Which rules look at which repository."""

from __future__ import annotations

import pytest

from auditor.analysis.rules.rule import Rule
from auditor.domain.analysis_settings import AnalysisSettings, RuleTuning, UserRule
from auditor.domain.errors import SettingsError
from auditor.domain.findings import RuleInfo
from auditor.usecases.rule_choice import RuleChoice, choose_rules

BOOK = [Rule(RuleInfo(name, name, "", ""), lambda _: ()) for name in ("apt-lists-kept", "base-old")]
OWN = UserRule("old-key", "curl", "What", "Fix")


def chosen(*rules: RuleTuning, **fields: object) -> RuleChoice:
    return choose_rules(BOOK, AnalysisSettings(rules=rules, **fields))  # type: ignore[arg-type]


def names(choice: RuleChoice, repository: str = "team/app") -> list[str]:
    return [rule.info.identifier for rule in choice.for_repository(repository)]


def test_all_rules_look_at_everything_the_users_own_after_the_book() -> None:
    assert names(chosen()) == ["apt-lists-kept", "base-old"]
    assert names(chosen(user_rules=(OWN,))) == ["apt-lists-kept", "base-old", "old-key"]


def test_rules_are_switched_off_one_by_one_or_all() -> None:
    assert names(chosen(RuleTuning("base-old", is_enabled=False))) == ["apt-lists-kept"]
    assert (
        names(chosen(RuleTuning("old-key", is_enabled=False), user_rules=(OWN,)))[-1] == "base-old"
    )
    assert chosen(is_enabled=False).rules == ()


def test_a_rule_looks_where_it_is_meant_to_and_not_where_it_is_told_to_ignore() -> None:
    choice = chosen(RuleTuning("base-old", repositories=("pay/**",), ignore=("pay/old/*",)))
    assert names(choice, "pay/api/v2") == ["apt-lists-kept", "base-old"]
    assert names(choice, "pay/old/api") == ["apt-lists-kept"]
    assert names(choice, "web") == ["apt-lists-kept"]


def test_a_rule_has_a_least_saving_of_its_own_or_that_of_all() -> None:
    choice = chosen(RuleTuning("base-old", minimum_saving_bytes=0), minimum_saving_bytes=7)
    assert choice.minimum_saving_bytes("base-old") == 0
    assert choice.minimum_saving_bytes("apt-lists-kept") == 7
    tuned = chosen(RuleTuning("base-old"), minimum_saving_bytes=7)
    assert tuned.minimum_saving_bytes("base-old") == 7


@pytest.mark.parametrize(
    "name, step",
    [("apt-list-kept", "did you mean analysis.rule.apt-lists-kept?"), ("zz", "docs/reference")],
)
def test_a_rule_that_is_in_no_book_is_an_error(name: str, step: str) -> None:
    with pytest.raises(
        SettingsError, match=f"analysis.rule.{name}: there is no such rule"
    ) as caught:
        chosen(RuleTuning(name))
    assert step in caught.value.next_step


def test_an_own_rule_does_not_take_a_shipped_ones_name() -> None:
    with pytest.raises(SettingsError, match="a shipped rule has this name"):
        chosen(user_rules=(UserRule("base-old", "a", "b", "c"),))
