from __future__ import annotations

from dataclasses import replace

from auditor.domain.policy import CheckOutcome, CheckReport, PolicyCheck
from auditor.reports.gate.words import TITLES, allowed, platform_words, problems, sentence, verdict
from auditor.settings_policy import AGAINST, known_keys
from tests.reports.check_samples import facts, passed, report


def with_outcomes(*outcomes: CheckOutcome) -> CheckReport:
    checks = tuple(PolicyCheck("max_size", one, "", "", "") for one in outcomes)
    one = passed()
    return replace(one, images=(replace(one.images[0], checks=checks),))


def test_the_verdict_counts_what_failed_before_what_is_unknown() -> None:
    passing, failing = CheckOutcome.PASSED, CheckOutcome.FAILED
    assert verdict(passed()).endswith("passed 3 checks")
    assert "failed 1 of 2 checks" in verdict(with_outcomes(passing, failing))
    unknown = with_outcomes(CheckOutcome.UNKNOWN, CheckOutcome.SKIPPED)
    assert "1 of 2 checks could not be judged" in verdict(unknown)
    assert verdict(with_outcomes(passing)).endswith("passed 1 check")


def test_problems_are_what_did_not_pass() -> None:
    found = [check.outcome for _, check in problems(report())]
    assert set(found) == {CheckOutcome.FAILED, CheckOutcome.UNKNOWN}
    assert list(problems(with_outcomes(CheckOutcome.SKIPPED, CheckOutcome.PASSED))) == []


def test_a_failure_says_what_is_allowed_or_required() -> None:
    by_rule = {check.rule: check for check in report().images[0].checks}
    assert sentence(by_rule["max_size"]).endswith("(allowed: 100 MB)")
    assert allowed(by_rule["required_labels"]).startswith("required: ")
    assert "allowed" not in sentence(passed().images[0].checks[0])


def test_a_platform_that_is_not_stated_is_said_so() -> None:
    image = report().images[0]
    bare = replace(facts(), side=replace(facts().side, platform=None))
    assert platform_words(replace(image, facts=bare)) == "platform not stated"


def test_every_rule_of_a_policy_has_a_title() -> None:
    assert set(TITLES) == set(known_keys()) - {AGAINST}
