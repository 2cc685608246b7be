from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.safe_text import cell_width, cut, visible

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    "text, shown",
    [
        ("team/app", "team/app"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\u202egnp", r"\u202egnp"),
        ("\u2066a\u200b", r"\u2066a\u200b"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("[red]Größe[/red] 画像", "[red]Größe[/red] 画像"),
    ],
)
def test_what_steers_a_terminal_is_written_out_and_the_rest_is_kept(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_any_text_becomes_one_line_that_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert len(f"{shown}x".splitlines()) == 1
    assert shown.encode().decode() == shown
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs"}


@given(st.text(), st.integers(0, 40), st.booleans())
def test_a_cut_text_never_takes_more_columns_than_it_may(
    text: str, width: int, in_the_middle: bool
) -> None:
    assert cell_width(cut(text, width, in_the_middle=in_the_middle)) <= width


@pytest.mark.parametrize(
    "text, width, in_the_middle, shown",
    [
        ("abcdef", 6, False, "abcdef"),
        ("abcdef", 4, False, "abc…"),
        ("abcdef", 4, True, "ab…f"),
        ("abcdef", 1, False, "…"),
        ("abcdef", 0, False, ""),
        ("画像画像", 5, False, "画像…"),
        ("画像画像", 4, False, "画…"),
    ],
)
def test_an_ellipsis_stands_for_what_was_cut(
    text: str, width: int, in_the_middle: bool, shown: str
) -> None:
    assert cut(text, width, in_the_middle=in_the_middle) == shown


def test_accents_take_no_column_and_wide_letters_two() -> None:
    assert cell_width("e\u0301画") == 3
