"""Patterns of users: what is accepted, what is refused in words, and that no text takes long."""

from __future__ import annotations

import pytest

from auditor.settings_patterns import matcher


def test_a_pattern_is_found_anywhere_and_case_counts() -> None:
    matches = matcher(r"curl .*ca\.crt")
    assert matches("set -e; curl -fsS https://x/ca.crt > /y")
    assert not matches("CURL https://x/ca.crt")
    assert matcher(r"(?i)curl")("CURL")


def test_a_dot_stands_for_a_line_break_and_any_text_is_taken() -> None:
    assert matcher("apt-get.*git")("apt-get update\n  && apt-get install git")
    assert not matcher("x")("\ud800 \x00 \U0001f40d \udfff")
    assert matcher("é")("café")


@pytest.mark.parametrize(
    "pattern, reason",
    [
        ("", "it is empty"),
        ("(", "it is no regular expression: missing )"),
        ("x{2000}", "invalid repetition size"),
        ("a(?=b)", "look-around and back-references are not known"),
        (r"(a)\1", "look-around and back-references are not known"),
        ("a" * 1001, "longer than 1,000 bytes"),
        ("((a{100}){100}){100}", "it is no regular expression"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        matcher(pattern)


def test_a_pattern_that_would_track_back_for_ever_does_not() -> None:
    # An engine that tracks back tries 2^1000000 ways here; nobody would see the end of it.
    assert not matcher("(a*)*b")("a" * 1_000_000)


def test_nothing_is_printed_about_a_bad_pattern(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="missing"):
        matcher("[")
    assert capfd.readouterr() == ("", "")
