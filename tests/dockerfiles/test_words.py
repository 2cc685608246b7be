from __future__ import annotations

import pytest

from auditor.dockerfiles.words import exec_form, flag, flags_of, here_of, split_words


@pytest.mark.parametrize(
    "text,words",
    [
        ("a  b\tc", ["a", "b", "c"]),
        ("'a b' \"c d\"e f\\ g", ["'a b'", '"c d"e', "f\\ g"]),
        ('a"b\\"c d"', ['a"b\\"c d"']),
        ("it's one's", ["it's one's"]),
        ("lonely' word", ["lonely'", "word"]),
        ("", []),
    ],
)
def test_words_keep_their_quotes(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_flags_end_at_the_first_other_word() -> None:
    assert flags_of("--a=1 --b  x --c") == (("--a=1", "--b"), "x --c")
    assert flags_of("x") == ((), "x")


def test_of_a_flag_given_twice_the_last_counts() -> None:
    assert flag(("--from=a", "--link", "--from=b"), "from") == "b"
    assert flag((), "from") == ""


def test_only_a_list_of_strings_is_an_exec_form() -> None:
    assert exec_form('["a", "b c"]') == ("a", "b c")
    for text in ("a", "[1]", "[a]", "[" * 50_000, '["a"] b'):
        assert exec_form(text) is None


def test_a_here_document_has_a_name() -> None:
    assert here_of("3<<EOF") == ("EOF", True, False)
    assert here_of('<<-"E F"') is None
    assert here_of("<<-'E'") == ("E", False, True)
    assert here_of("a<<E") is None
