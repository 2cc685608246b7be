from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dockerfiles.variables import (
    MOST_CHARACTERS,
    MOST_CHARACTERS_OF_A_WORD,
    Expander,
)
from auditor.domain.errors import UsageError

VALUES = {"A": "one", "E": "", "P": "/usr/lib/x.tar.gz", "V": "v1.2.3", "S": "[a]"}


def expanded(text: str, *, keeps: bool = False, escape: str = "\\") -> str:
    return Expander(escape).word(text, VALUES, 7, keeps=keeps)


@pytest.mark.parametrize(
    "text,becomes",
    [
        ("plain", "plain"),
        ("$A-${A}", "one-one"),
        ("$A_b", ""),
        ("${A}b", "oneb"),
        ("$", "$"),
        ("a$.b", "a$.b"),
        ("${", "${"),
        ("${}", "${}"),
        ("${N:-two}", "two"),
        ("${E:-two}", "two"),
        ("${E-two}", ""),
        ("${N-two}", "two"),
        ("${A:+x}${E:+x}${E+y}${N+z}", "xy"),
        ("${N:-${M:-$A}}", "one"),
        ("${N:-a}b}", "ab}"),
        ("${A:?must be set}${N?must}", "one"),
        ("'$A'", "$A"),
        ('"$A b"', "one b"),
        ('"\\$A \\" \\\\ \\n"', '$A " \\ \\n'),
        ("\\$A\\", "$A"),
        ("a}b", "a}b"),
        ("'open", "open"),
        ('"open $A', "open one"),
        ("${V#v}", "1.2.3"),
        ("${V#*.}", "2.3"),
        ("${V##*.}", "3"),
        ("${V%.*}", "v1.2"),
        ("${V%%.*}", "v1"),
        ("${V%.3}", "v1.2"),
        ("${V#*x}${V%x*}", "v1.2.3v1.2.3"),
        ("${V#?}", "v1.2.3"),
        ("${V#*}", "v1.2.3"),
        ("${P/lib/share}", "/usr/share/x.tar.gz"),
        ("${P//./_}", "/usr/lib/x_tar_gz"),
        ("${P//*/_}", "/usr/lib/x.tar.gz"),
        ("${N/a/b}", ""),
    ],
)  # fmt: skip
def test_variables_are_replaced_as_a_builder_does(text: str, becomes: str) -> None:
    assert expanded(text) == becomes


def test_variables_that_only_the_base_may_know_stay_as_they_are() -> None:
    assert expanded("$N/${N}/${N:-a}/${N:?x}", keeps=True) == "$N/${N}/a/${N:?x}"


def test_the_escape_character_is_the_dockerfiles() -> None:
    assert expanded("`$A\\b", escape="`") == "$A\\b"


def test_doubling_ends_in_an_error() -> None:
    expander, value = Expander("\\"), "x"
    while len(value) <= MOST_CHARACTERS_OF_A_WORD // 2:
        value = expander.word("$A$A", {"A": value}, 9, keeps=False)
    assert len(value) == MOST_CHARACTERS_OF_A_WORD
    with pytest.raises(UsageError, match="line 9: variables make more than 64 KiB of one word"):
        expander.word("$A$A", {"A": value}, 9, keeps=False)


def test_replacing_every_letter_ends_in_an_error_before_it_is_done() -> None:
    with pytest.raises(UsageError, match="more than 64 KiB"):
        Expander("\\").word("${A//x/$B}", {"A": "x" * 60_000, "B": "y" * 60_000}, 1, keeps=False)


def test_all_words_together_are_bounded() -> None:
    expander = Expander("\\")
    count = MOST_CHARACTERS // 60_000
    for _ in range(count):
        expander.word("$A", {"A": "x" * 60_000}, 1, keeps=False)
    with pytest.raises(UsageError, match="line 2: variables come to more than 4 MiB"):
        expander.word("$A", {"A": "x" * 60_000}, 2, keeps=False)


def test_defaults_within_defaults_are_read_to_a_depth() -> None:
    assert expanded("${N:-" * 16 + "x" + "}" * 16) == "x"
    with pytest.raises(UsageError, match="more than 16 deep"):
        expanded("${N:-" * 17)


PIECES = st.sampled_from(["$", "{", "}", "A", "${A", ":-", "/", "#", "*", "'", '"', "\\", " ", "N"])


@given(st.lists(PIECES, max_size=14).map("".join), st.booleans())
def test_whatever_a_word_is_what_comes_of_it_is_bounded(text: str, keeps: bool) -> None:
    assert len(expanded(text, keeps=keeps)) <= 4 * len(text)
