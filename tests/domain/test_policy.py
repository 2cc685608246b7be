from __future__ import annotations

from decimal import Decimal

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.policy import CheckOutcome, GrowthLimit, Policy, worst
from tests.reports.check_samples import passed, report


@pytest.mark.parametrize(
    "text, limit, shown",
    [
        ("10%", GrowthLimit(percent=Decimal(10)), "10 %"),
        (" 2.5 % ", GrowthLimit(percent=Decimal("2.5")), "2.5 %"),
        ("20MB", GrowthLimit(size_bytes=20_000_000), "20.0 MB"),
        ("5MiB", GrowthLimit(size_bytes=5 * 2**20), "5.24 MB"),
        ("0", GrowthLimit(size_bytes=0), "0 B"),
    ],
)
def test_growth_is_a_part_or_a_size(text: str, limit: GrowthLimit, shown: str) -> None:
    assert GrowthLimit.parse(text) == limit
    assert str(limit) == shown


@pytest.mark.parametrize("text", ["", "-1%", "ten", "1e3%", "10%%", "9999999%"])
def test_other_texts_are_no_growth(text: str) -> None:
    with pytest.raises(UsageError, match="not a growth"):
        GrowthLimit.parse(text)


def test_the_limit_itself_is_allowed_to_the_byte() -> None:
    percent, size = GrowthLimit.parse("10%"), GrowthLimit.parse("10")
    assert percent.allows(1000, 1100)
    assert not percent.allows(1000, 1101)
    assert not percent.allows(0, 1)
    assert percent.allows(1000, 1)
    assert size.allows(1000, 1010)
    assert not size.allows(1000, 1011)


def test_a_policy_says_what_it_needs() -> None:
    assert not Policy().has_rules
    assert Policy(max_layers=0).has_rules


def test_the_worst_answer_is_the_verdict() -> None:
    failed, unknown, passing = CheckOutcome.FAILED, CheckOutcome.UNKNOWN, CheckOutcome.PASSED
    assert worst([passing, unknown, failed]) is failed
    assert worst([passing, unknown]) is unknown
    assert worst([passing, CheckOutcome.SKIPPED]) is passing
    assert worst([]) is passing
    assert (report().outcome, passed().outcome) == (failed, passing)
