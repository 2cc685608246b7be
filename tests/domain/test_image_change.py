from __future__ import annotations

from dataclasses import replace

from auditor.domain.platform import Platform
from tests.reports.image_change_samples import bare_change, image_change


def test_a_change_is_a_part_of_what_was() -> None:
    change = image_change()
    assert change.change_bytes == change.after.pull_bytes - change.before.pull_bytes
    assert change.growth_ratio == change.change_bytes / change.before.pull_bytes
    assert bare_change().growth_ratio is None


def test_two_platforms_are_other_ones_where_both_are_known() -> None:
    change = image_change()
    arm = replace(change.after, platform=Platform("linux", "arm64"))
    assert replace(change, after=arm).is_other_platform
    assert not change.is_other_platform
    assert not bare_change().is_other_platform
