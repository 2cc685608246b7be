"""How images are analysed: what the settings turn into, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.analysis_settings import AnalysisSettings, RuleTuning, UserRule
from auditor.domain.errors import SettingsError
from auditor.domain.findings import Confidence
from auditor.settings import load_settings


def loaded(tmp_path: Path, text: str = "", **environment: str) -> AnalysisSettings:
    file = tmp_path / "auditor.toml"
    file.write_text(text)
    found = load_settings(config_file=file, environment=environment, overrides={})
    return found.settings.analysis.to_settings()


def refusal(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text, **environment)
    return f"{caught.value.message}; {caught.value.next_step}"


def test_without_settings_it_is_as_the_domain_has_it(tmp_path: Path) -> None:
    assert loaded(tmp_path) == AnalysisSettings()


def test_rules_and_own_rules_come_in_the_order_they_are_written(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
        [analysis.rule.pip-cache-kept]
        enabled = false
        [analysis.rule.apt-lists-kept]
        minimum_saving_bytes = 5
        repositories = ["pay/**"]
        ignore = ["pay/old"]
        [analysis.user_rule.Old_Key]
        pattern = "curl"
        what = "What"
        fix = "Fix"
        """,
    )
    assert found.rules == (
        RuleTuning("pip-cache-kept", is_enabled=False),
        RuleTuning("apt-lists-kept", True, 5, ("pay/**",), ("pay/old",)),
    )
    (own,) = found.user_rules
    assert own == UserRule("old-key", "curl", "What", "Fix", "RUN", 1, Confidence.MEDIUM)


def test_a_variable_names_a_rule_with_or_without_a_file(tmp_path: Path) -> None:
    variable = {"AUDITOR_ANALYSIS__RULE__APT_LISTS_KEPT__ENABLED": "false"}
    assert loaded(tmp_path, **variable).rules == (RuleTuning("apt-lists-kept", is_enabled=False),)
    file = "[analysis.rule.apt-lists-kept]\nignore = ['a']"
    assert loaded(tmp_path, file, **variable).rules == (
        RuleTuning("apt-lists-kept", is_enabled=False, ignore=("a",)),
    )


def test_the_inventory_starts_at_the_folder_of_the_file(tmp_path: Path) -> None:
    found = loaded(tmp_path, "[analysis]\ninventory_file = 'inventory.csv'")
    assert found.inventory_file == str(tmp_path / "inventory.csv")


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "user_rule.x = {pattern='(', what='a', fix='b'}",
            "analysis.user_rule.x.pattern: it is no",
        ),
        ("user_rule.x = {pattern='a', what='', fix='b'}", "analysis.user_rule.x.what"),
        ('user_rule.x = {pattern="a", what="a\\u0007", fix="b"}', "analysis.user_rule.x.what"),
        ("user_rule.x = {pattern='a', what='a'}", "analysis.user_rule.x.fix: it is missing"),
        ("user_rule.x = {pattern='a', what='a', fix='b', share=0}", "share"),
        ("user_rule.x = {pattern='a', what='a', fix='b', instruction='FROM'}", "instruction"),
        ("user_rule.x = {pattern='a', what='a', fix='b', shore=1}", "did you mean analysis.user"),
        ("user_rule.'a b' = {pattern='a', what='a', fix='b'}", "is no name"),
        ("rule.x = {enable=true}", "did you mean analysis.rule.x.enabled"),
        ("rule.a-b = {enabled=true}\nrule.a_b = {enabled=true}", "rule.a-b and rule.a_b are one"),
        ("pull.bandwith = 1", "unknown setting analysis.pull.bandwith"),
        ("treshold_bytes = 1", "did you mean analysis.threshold_bytes"),
        ("pull.pulling_nodes = 0", "analysis.pull.pulling_nodes"),
    ],
)
def test_what_cannot_be_names_the_setting(tmp_path: Path, text: str, said: str) -> None:
    answer = refusal(tmp_path, f"[analysis]\n{text}")
    assert said in answer
    assert str(tmp_path) in answer
