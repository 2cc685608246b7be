from __future__ import annotations

from auditor.analysis.shell.here import HereDocument, body_of


def body(text: str, *, strips_tabs: bool = False, is_quoted: bool = False) -> tuple[str, str]:
    found, position = body_of(text, 0, HereDocument("E", strips_tabs, is_quoted))
    return found, text[position:]


def test_a_body_ends_at_its_delimiter() -> None:
    assert body("a\n E\nE\nb") == ("a\n E\n", "b")
    assert body("E") == ("", "")
    assert body("") == ("", "")


def test_tabs_before_lines_and_the_delimiter_are_stripped_when_asked_for() -> None:
    assert body("\ta\n\tE\nb", strips_tabs=True) == ("a\n", "b")


def test_a_body_without_a_delimiter_goes_to_the_end() -> None:
    assert body("a\nb") == ("a\nb\n", "")


def test_an_escaped_line_break_hides_the_delimiter_unless_quoted() -> None:
    assert body("a\\\nE\nE\nb") == ("a\\\nE\n", "b")
    assert body("a\\\\\nE\nb") == ("a\\\\\n", "b")
    assert body("a\\\nE\nb", is_quoted=True) == ("a\\\n", "b")
