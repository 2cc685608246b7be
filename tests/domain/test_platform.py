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


@pytest.mark.parametrize(
    "image, wanted",
    [
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/8", "linux/arm64/v8"),
        ("linux/amd64", "linux/amd64/v1"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/6"),
        ("linux/riscv64/rva22", "linux/riscv64/rva22"),
    ],
)
def test_a_variant_is_the_same_in_every_spelling_and_where_it_is_the_usual_one(
    image: str, wanted: str
) -> None:
    assert Platform.parse(image).satisfies(Platform.parse(wanted))


@pytest.mark.parametrize(
    "image, wanted",
    [
        ("linux/arm64/v9", "linux/arm64/v8"),
        ("linux/arm64", "linux/arm64/v9"),
        ("linux/arm", "linux/arm/v6"),
        ("linux/arm/v8", "linux/arm/v7"),
        ("linux/amd64", "linux/amd64/v3"),
        ("linux/riscv64", "linux/riscv64/rva22"),
        ("windows/arm64", "linux/arm64/v8"),
    ],
)
def test_another_variant_is_another_processor(image: str, wanted: str) -> None:
    assert not Platform.parse(image).satisfies(Platform.parse(wanted))
