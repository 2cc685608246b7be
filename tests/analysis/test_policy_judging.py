"""Every rule of a policy: what passes, what fails, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_change import compare_images
from auditor.analysis.policy_judging import base_matches, judge
from auditor.domain.finding_views import ImageFindings
from auditor.domain.policy import CheckOutcome, GrowthLimit, Policy, PolicyCheck, PolicyFacts
from auditor.domain.views import BaseView
from tests.reports.check_samples import STRICT, facts, findings
from tests.reports.image_change_samples import no_change, side, side_layer

PASSED, FAILED = CheckOutcome.PASSED, CheckOutcome.FAILED
UNKNOWN, SKIPPED = CheckOutcome.UNKNOWN, CheckOutcome.SKIPPED
APP = side("reg/app:1", side_layer("1", 100, "RUN big"), side_layer("2", 10), overhead=5)


def base(*names: str, basis: str = "layer_chain") -> BaseView:
    return BaseView(names, None, basis, "high", 1, 5)


def check(found: PolicyFacts | None = None, **rules: Any) -> PolicyCheck:
    (one,) = judge(Policy(**rules), found or PolicyFacts(APP))
    return one


def test_a_policy_without_rules_judges_nothing() -> None:
    assert judge(Policy(), facts()) == ()
    assert len(judge(STRICT, facts())) == 10


@given(limit=st.integers(0, 300))
def test_a_size_passes_up_to_the_limit(limit: int) -> None:
    assert check(max_size_bytes=limit).outcome is (PASSED if limit >= 115 else FAILED)
    assert check(max_layer_bytes=limit).outcome is (PASSED if limit >= 100 else FAILED)
    assert check(max_layers=limit).outcome is (PASSED if limit >= 2 else FAILED)
    found = PolicyFacts(APP, unpacked_bytes=200)
    assert check(found, max_unpacked_bytes=limit).outcome is (PASSED if limit >= 200 else FAILED)


def test_a_size_names_the_biggest_layers_and_an_estimate_as_such() -> None:
    assert check(max_size_bytes=1).layers == (0, 1)
    assert "about" not in check(max_size_bytes=1).found
    guessed = side("a", side_layer("1", 100, is_estimated=True))
    one = check(PolicyFacts(guessed), max_size_bytes=1)
    assert (one.found[:5], "estimated" in one.message) == ("about", True)


def test_a_limit_that_looks_the_same_is_told_to_the_byte() -> None:
    found = PolicyFacts(side("a", side_layer("1", 250_000_001), overhead=0))
    one = check(found, max_size_bytes=250_000_000)
    assert (one.outcome, one.found, one.limit) == (FAILED, "250,000,001 B", "250,000,000 B")
    assert check(found, max_size_bytes=1).limit == "1 B"


def test_a_layer_over_its_limit_is_named_with_its_step() -> None:
    one = check(max_layer_bytes=5)
    assert (one.layers, one.message.endswith("100 B: RUN big")) == ((0, 1), True)
    assert check(PolicyFacts(side("a")), max_layer_bytes=5).outcome is PASSED
    bare = PolicyFacts(side("a", side_layer("1", 9)))
    assert check(bare, max_layer_bytes=5).message.endswith("9 B")


def test_an_unpacked_size_that_nobody_knows_is_unknown() -> None:
    assert check(max_unpacked_bytes=10**9).outcome is UNKNOWN


def test_growth_names_the_layers_that_grew_most() -> None:
    one = check(facts(), max_growth=GrowthLimit.parse("10%"))
    assert (one.outcome, one.layers) == (FAILED, (2, 5, 0))
    assert "rebuilt layer 3, +48.0 MB: RUN pip install" in one.message
    assert check(facts(), max_growth=GrowthLimit.parse("50%")).outcome is PASSED
    same = replace(facts(), change=no_change())
    assert check(same, max_growth=GrowthLimit.parse("0")).outcome is PASSED


def test_growth_from_nothing_has_no_part() -> None:
    grown = compare_images(side("a", overhead=0), side("b", side_layer("1", 9), overhead=0))
    found = PolicyFacts(grown.after, change=grown)
    one = check(found, max_growth=GrowthLimit.parse("99%"))
    assert (one.outcome, one.found) == (FAILED, "+9 B")
    assert one.message.endswith("added layer 1, +9 B")


def test_nothing_to_compare_with_is_unknown_unless_that_is_fine() -> None:
    missing = PolicyFacts(APP, missing="it is not there")
    limit = GrowthLimit.parse("10%")
    assert check(missing, max_growth=limit).outcome is UNKNOWN
    fine = replace(missing, is_missing_fine=True)
    assert check(fine, max_growth=limit).outcome is SKIPPED
    assert check(fine, max_growth=limit).message == "it is not there"


@pytest.mark.parametrize(
    "pattern, name, is_meant",
    [
        ("debian", "debian:12", True),
        ("debian:12", "debian:12", True),
        ("debian:13", "debian:12", False),
        ("debian:*", "library/debian:12", True),
        ("debian", "docker.io/library/debian:12", True),
        ("debian", "localhost:5000/debian:12", True),
        ("debian", "localhost/debian:12", True),
        ("debian", "team/debian:12", False),
        ("team/*", "reg.example/team/base:1", True),
        ("reg.example/**", "reg.example/team/base:1", True),
        ("localhost:5000/base/*", "localhost:5000/base/a:1", True),
        ("debia", "debian:12", False),
        ("gcr.io/distroless/*", "gcr.io/distroless/static:nonroot", True),
    ],
)
def test_a_base_is_named_with_or_without_registry_and_tag(
    pattern: str, name: str, is_meant: bool
) -> None:
    assert base_matches(base(name), pattern) is is_meant


def test_a_forbidden_base_is_found_however_deep_it_is() -> None:
    found = PolicyFacts(APP, bases=(base("python:3.12"), base("debian:12")))
    one = check(found, forbidden_bases=("alpine", "debian"))
    assert (one.outcome, one.found) == (FAILED, "debian:12")
    fine = check(found, forbidden_bases=("alpine",))
    assert (fine.outcome, fine.found) == (PASSED, "python:3.12 on debian:12")
    assert check(forbidden_bases=("alpine",)).found == "no known base"


def test_a_required_base_has_to_be_known_and_a_guess_is_no_proof() -> None:
    found = PolicyFacts(APP, bases=(base("python:3.12"), base(), base("debian:12")))
    assert check(found, required_bases=("debian",)).outcome is PASSED
    assert check(found, required_bases=("alpine",)).outcome is FAILED
    assert check(required_bases=("debian",)).outcome is FAILED
    guess = PolicyFacts(APP, bases=(base("debian", basis="history"),))
    one = check(guess, required_bases=("debian",))
    assert (one.outcome, one.found) == (FAILED, "debian (a guess)")


@pytest.mark.parametrize(
    "wanted, outcome",
    [
        (("team",), PASSED),
        (("team=Pay*",), PASSED),
        (("team", "team=Search"), FAILED),
        (("source",), FAILED),
        (("empty",), FAILED),
        (("empty=",), PASSED),
    ],
)
def test_labels_are_there_with_a_text(wanted: tuple[str, ...], outcome: CheckOutcome) -> None:
    found = PolicyFacts(APP, labels={"team": "Payments", "empty": ""})
    assert check(found, required_labels=wanted).outcome is outcome


def test_labels_of_a_config_that_nobody_could_read_are_unknown() -> None:
    assert check(required_labels=("team",)).outcome is UNKNOWN


def test_what_could_be_saved_is_a_sum_of_findings() -> None:
    found = PolicyFacts(APP, findings=findings())
    whole = findings().pull_saving_bytes
    assert check(found, max_saving_bytes=whole).outcome is PASSED
    over = check(found, max_saving_bytes=whole - 1)
    assert (over.outcome, "apt-lists-kept" in over.message) == (FAILED, True)
    nothing = PolicyFacts(APP, findings=ImageFindings((), 0, 0))
    assert check(nothing, max_saving_bytes=0).message.endswith("could be saved")
    assert check(max_saving_bytes=0).outcome is UNKNOWN


def test_findings_of_forbidden_rules_fail() -> None:
    found = PolicyFacts(APP, findings=findings())
    one = check(found, forbidden_findings=("apt-*",))
    assert (one.outcome, one.found) == (FAILED, "apt-lists-kept")
    assert one.layers
    fine = check(found, forbidden_findings=("go-*",))
    assert (fine.outcome, fine.found) == (PASSED, "none")
    assert check(forbidden_findings=("*",)).outcome is UNKNOWN
