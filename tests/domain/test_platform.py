from __future__ import annotations

import pytest

from auditor.domain.errors import InvalidReferenceError
from auditor.domain.platform import DEFAULT_PLATFORM, Platform


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm/v7", "windows/amd64"])
def test_a_platform_survives_parsing_and_printing(text: str) -> None:
    assert str(Platform.parse(text)) == text


@pytest.mark.parametrize("text", ["", "linux", "linux/", "a/b/c/d", "/amd64"])
def test_anything_else_is_no_platform(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        Platform.parse(text)


def test_attestations_are_for_no_platform() -> None:
    assert Platform("unknown", "unknown").is_unknown
    assert not Platform("unknown", "amd64").is_unknown
    assert not DEFAULT_PLATFORM.is_unknown


def test_a_wanted_variant_must_be_equal_and_without_one_any_will_do() -> None:
    arm_v7 = Platform("linux", "arm", "v7")
    assert arm_v7.satisfies(Platform("linux", "arm"))
    assert arm_v7.satisfies(arm_v7)
    assert not arm_v7.satisfies(Platform("linux", "arm", "v6"))
    assert not arm_v7.satisfies(Platform("linux", "arm64"))
