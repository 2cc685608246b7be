from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.text import clean_line, clean_text, is_clean_line

# Surrogates too: JSON can hold lone ones, and no database stores them.
ANY_TEXT = st.text(st.characters(), max_size=300)


@pytest.mark.parametrize(
    "text, cleaned",
    [
        ("plain Grüße 日本", "plain Grüße 日本"),
        ("a\x00b\x1b[31m", r"a\x00b\x1b[31m"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202etxt.exe", r"abc\u202etxt.exe"),
        ("\u2028\ud800", r"\u2028\ud800"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_what_steers_a_terminal_or_a_page_is_written_out(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_a_line_has_no_breaks_and_no_tabs() -> None:
    assert clean_line("two\nlines\tand a tab") == r"two\x0alines\x09and a tab"


def test_what_is_cut_off_ends_in_an_ellipsis() -> None:
    assert clean_line("abcdef", limit=4) == "abc…"
    assert clean_text("abcd", limit=4) == "abcd"


@given(ANY_TEXT, st.integers(1, 400))
def test_clean_text_can_be_stored_printed_and_cleaned_again(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert is_clean_line(line)
    assert len(line) <= limit
    assert clean_line(line, limit) == line
    assert clean_text(clean_text(text, limit), limit) == clean_text(text, limit)
    assert clean_text(text).encode().decode() == clean_text(text)


@given(ANY_TEXT)
def test_a_clean_line_is_one_that_cleaning_leaves_alone(text: str) -> None:
    assert is_clean_line(text) == (clean_line(text, limit=1000) == text)
