"""Whatever a registry says a build step was, reading it ends, and soon."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.shell.reader import read_script
from auditor.analysis.shell.script import Script

PIECES = (
    *("(", ")", "{", "}", "$(", "${", "$((", "((", "))", "`", "'", '"', "\\", "$'", "<(", "a=("),
    *("<<E", "<<-'E'", "\nE\n", "\n", "\t", " ", ";", ";;", "&", "&&", "|", "||", "<", ">", ">&"),
    *(
        "if ",
        "then ",
        "fi ",
        "case ",
        "in ",
        "esac ",
        "for ",
        "do ",
        "done ",
        "while ",
        "[[ ",
        "]]",
    ),
    *("function ", "f() ", "! ", "time ", "#", "# (((( '\n", "sh -c '", "eval ", "sudo ", "xargs "),
    *(
        "A=1 ",
        "a[",
        "a",
        "$a",
        "1>",
        "{x}>",
        "é",
        "\x00",
        "\ud800",
        "\u2028",
        "-c ",
        "bash <<E ",
        "a|",
    ),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=80)
# What no method call may be repeated for: reading a character costs a few lines of ours.
MOST_LINES_A_CHARACTER = 160
MOST_LINES_OF_ANY_TEXT = 2_000


class LinesRun:
    """Counts the lines of Python that run; work inside one line is of the text's length at most."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.count += event == "line"
        return self


def read_and_count(text: str) -> tuple[Script, int]:
    lines, outer = LinesRun(), sys.gettrace()
    sys.settrace(lines)
    try:
        script = read_script(text)
    finally:
        sys.settrace(outer)
    return script, lines.count


@given(HOSTILE)
def test_any_text_is_read_in_time_linear_in_its_length(text: str) -> None:
    _, lines = read_and_count(text)
    assert lines <= MOST_LINES_A_CHARACTER * len(text) + MOST_LINES_OF_ANY_TEXT


@pytest.mark.parametrize("piece", PIECES)
def test_twice_as_much_of_the_same_costs_twice_the_work(piece: str) -> None:
    _, once = read_and_count(piece * 300)
    _, twice = read_and_count(piece * 600)
    assert twice <= 2.2 * once + MOST_LINES_OF_ANY_TEXT


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
def test_repeating_any_few_pieces_costs_no_more_than_their_length(text: str) -> None:
    _, lines = read_and_count(text * 60)
    assert lines <= MOST_LINES_A_CHARACTER * 60 * len(text) + MOST_LINES_OF_ANY_TEXT


@pytest.mark.parametrize("piece", ["$(", "eval ", "$(( # (("])
def test_two_hundred_kilobytes_are_read(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert sum(len(one.words) for one in read_script(text).commands) <= len(text)


@given(HOSTILE)
def test_what_is_found_is_no_more_than_the_text_says(text: str) -> None:
    commands = read_script(text).commands
    assert sum(len(word) for one in commands for word in one.words) <= 40 * len(text) + 40
