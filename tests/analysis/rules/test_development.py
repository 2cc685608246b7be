from auditor.analysis.rules.cache_table import Amount
from auditor.analysis.rules.development import DevelopmentRule, Switch, development_rules
from auditor.domain.findings import RuleInfo
from tests.analysis.rules.images import EMPTY, MB, image_of, saved

_RULES = development_rules(
    (
        DevelopmentRule(
            RuleInfo("tool-dev", "", "", ""),
            frozenset({"tool"}),
            frozenset({"", "install"}),
            frozenset({"--lean", "--without"}),
            (Switch("TOOL_LEAN", "1"), Switch("TOOL_WITHOUT")),
            lambda act: act.operands[:1] == ("prune",),
            Amount(0.5, 0.1, 0.9),
            "",
            ("RUN tool install --lean",),
            "",
            lambda act: act.operands[:1] == ("configure",),
        ),
    )
)
_TOLD = [("tool-dev", 5 * MB)]


def told(*steps: str, size: int = 10 * MB) -> list[tuple[str, int]]:
    return saved(_RULES, image_of(*((step, size) for step in steps)))


def test_the_last_install_of_a_step_counts_and_what_follows_it() -> None:
    assert told("RUN tool") == _TOLD
    assert told("RUN tool install --jobs 4 --path x") == _TOLD
    assert told("RUN tool prune && tool install") == _TOLD
    assert told("RUN tool install && tool prune") == []
    assert told("RUN tool install && tool --lean") == []
    assert told("RUN tool install --lean && tool install") == _TOLD
    assert told("RUN tool install", size=EMPTY) == []


def test_named_and_global_installs_are_none_of_the_projects() -> None:
    assert told("RUN tool install name", "RUN tool --global", "RUN other install") == []


def test_options_and_variables_switch_to_production() -> None:
    assert told("RUN tool install --without=test", "RUN tool --without a") == []
    assert told("RUN TOOL_LEAN=true tool", "RUN tool_lean=1 tool", "RUN TOOL_WITHOUT=a tool") == []
    assert told("RUN TOOL_LEAN=0 tool") == _TOLD


def test_a_setting_holds_for_the_steps_after_it() -> None:
    assert told("RUN tool", "RUN tool configure", "RUN tool install") == _TOLD
