from __future__ import annotations

import pytest

from auditor.dockerfiles.lines import Instruction, read_lines
from tests.fakes.dockerfiles import fault_of


def read(text: str | bytes) -> list[tuple[int, str, str]]:
    return [(one.line, one.name, one.text) for one in read_lines(text).instructions]


def only(text: str) -> Instruction:
    (one,) = read_lines(text).instructions
    return one


def test_instructions_are_named_in_any_case_with_the_line_they_begin_in() -> None:
    text = '\n# a comment\nfrom debian:12\n\n  Run true\nCMD ["sh"]\nRUN\n'
    assert read(text) == [
        (3, "FROM", "debian:12"),
        (5, "RUN", "true"),
        (6, "CMD", '["sh"]'),
        (7, "RUN", ""),
    ]


def test_lines_go_on_over_comments_and_empty_lines() -> None:
    text = "RUN a \\\n  # why\n\n  && b \\  \n && c\nRUN d\\\\\nRUN e \\"
    assert read(text) == [
        (1, "RUN", "a   && b  && c"),
        (6, "RUN", "d\\\\"),
        (7, "RUN", "e"),
    ]


def test_another_escape_character_ends_lines() -> None:
    text = "# syntax=docker/dockerfile:1\r\n# escape=`\r\nRUN a `\r\n  b\\\r\nRUN c\r\n"
    lines = read_lines(text)
    assert lines.escape == "`"
    assert [one.text for one in lines.instructions] == ["a   b\\", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "\n# escape=`\nRUN a \\\n b",
        "# why\n# escape=`\nRUN a \\\n b",
        "# check=skip=all\n# check=x\nRUN a",
    ],
)
def test_directives_end_with_whatever_else_stands_there(text: str) -> None:
    assert read_lines(text).escape == "\\"
    assert len(read(text)) == 1


def test_a_file_may_hold_directives_alone() -> None:
    assert read_lines("# syntax=x").instructions == ()


def test_a_byte_order_mark_counts_for_nothing() -> None:
    assert read(b"\xef\xbb\xbfFROM a") == [(1, "FROM", "a")]


def test_flags_stand_before_the_rest() -> None:
    one = only('COPY --from=build --chown="a b" /x /y --z\n')
    assert (one.flags, one.text) == (("--from=build", '--chown="a b"'), "/x /y --z")


def test_here_documents_are_read_to_their_end() -> None:
    one = only("COPY <<A <<-'B' /etc/\none $X\nA\n\ttwo\n\t\tB\n")
    documents = [(here.name, here.text, here.expands) for here in one.documents]
    assert documents == [("A", "one $X\n", True), ("B", "two\n", False)]
    assert one.with_documents == "<<A <<-'B' /etc/\none $X\nA\n\ttwo\n\t\tB"


@pytest.mark.parametrize(
    "text",
    ["RUN cat <<<word", "RUN echo $((1<<2))", 'RUN ["cat", "<<A"]', "CMD <<A", "RUN a <<''"],
)
def test_what_only_looks_like_a_here_document_is_none(text: str) -> None:
    assert only(text).documents == ()


def test_here_documents_of_triggers_are_read_too() -> None:
    one = only("ONBUILD RUN <<E\na\nE\n")
    assert [here.text for here in one.documents] == ["a\n"]


@pytest.mark.parametrize(
    "text,said",
    [
        (b"FROM a\nRUN \xff", "line 2: this is not UTF-8 text"),
        ("FROM a\nRUN \udc80", "line 2: this is not UTF-8 text"),
        ("FROM a\nRUN \0", "line 2: there is a NUL byte"),
        ("FROM a\nfetch x\nRUN y", "line 2: `fetch` is no instruction"),
        ("FROM a\nRUN.x", "line 2: `RUN.x` is no instruction"),
        ("FROM a\n\x1b[2J", "line 2: `\\x1b[2J` is no instruction"),
        ("# escape=x\nFROM a", "line 1: `x` cannot be the escape character"),
        ("FROM a\nRUN cat <<E\nx\nRUN <<F", "line 2: the here-document `E` has no end"),
        ("#" * 1_048_577, "larger than 1 MiB"),
        ("\n" * 10_001, "more than 10,000 lines"),
        ("", "has no FROM"),
        ("# nothing\n", "has no FROM"),
    ],
)
def test_what_is_no_dockerfile_is_refused_with_its_line(text: str | bytes, said: str) -> None:
    assert said in fault_of(text)
