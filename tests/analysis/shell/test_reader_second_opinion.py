"""What bash or dash takes for a script is a whole script here too."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditor.analysis.shell.reader import read_script

SHELLS = [path for name in ("bash", "dash") if (path := shutil.which(name))]
OFFICIAL = Path(__file__).parents[4] / "shared/data/official-sample.json.gz"

PLAIN = st.sampled_from(
    ["a", "-rf", "/var/*", "b=c", "{x,y}", "a#b", "~", "é", "10", "do", "in", "fi", "}", "!"]
)
QUOTED = st.sampled_from(
    ["''", "'a \" b'", '"a \' b"', '"\\"\\$"', "\\'", "\\ ", "a\\\nb", '"a\nb"', "'#'", "'\n)'"]
)
EXPANSIONS = st.sampled_from(
    ["$a", "${a}", "${a:-b c}", '"${a:-it\'s}"', "${a#'}'}", "$((1+(2)))", "$#", "$$", "${#a}",
     "${a:-${b:-c}}", '"${a:-"b"}"', "$(( ${a} * 2 ))", "${a%%/*}", '"${a}"\'b\'']
)  # fmt: skip


def words(scripts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    substitution = scripts.map("$( {} )".format) | scripts.map('"$({})"'.format)
    piece = PLAIN | QUOTED | EXPANSIONS | substitution
    return st.lists(piece, min_size=1, max_size=3).map("".join)


def simple(scripts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(["apt-get", "rm", "./x", '"a b"', "sudo", "sh -c", "A=1 make", "A=$b"])
    redirect = st.sampled_from(["", "", " > /dev/null", " 2>&1", " <f", " >>f", " 2>/dev/null"])
    rest = st.lists(words(scripts), max_size=3).map(" ".join)
    return st.tuples(name, rest, redirect).map(lambda parts: f"{parts[0]} {parts[1]}{parts[2]}")


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        inner.map("( {} )".format),
        inner.map("{{ {}\n}}".format),
        pair.map(lambda two: f"if {two[0]}\nthen {two[1]}\nfi"),
        pair.map(lambda two: f"if a; then {two[0]}\nelif b; then {two[1]}\nelse c; fi > f"),
        pair.map(lambda two: f"while {two[0]}\ndo {two[1]}\ndone"),
        inner.map(lambda one: f"for x in a 'b c' $d; do {one}\ndone"),
        pair.map(lambda two: f"case $a in b|'c)') {two[0]}\n;; (*) {two[1]}\nesac"),
        inner.map(lambda one: f"f() {{ {one}\n}}"),
        inner.map(lambda one: f"cat <<E\n$a ' \" `b`\nE\n{one}"),
        inner.map(lambda one: f"cat <<-'E' && g\n$( ' \"\n\tE\n{one}"),
        inner.map(lambda one: f"# why '\"(\n{one} # so `"),
        st.tuples(inner, st.sampled_from([" && ", " || ", " | ", "; ", "\n", " \\\n && "]), inner)
        .map("".join),
    )  # fmt: skip


SCRIPTS = st.recursive(
    simple(st.just("a b")), lambda inner: compound(inner) | simple(inner), max_leaves=6
)


def accepting(text: str) -> list[str]:
    return [
        shell
        for shell in SHELLS
        if not subprocess.run(
            [shell, "-n"], input=text.encode(), capture_output=True, check=False
        ).returncode
    ]


@pytest.mark.skipif(not SHELLS, reason="no shell to ask")
@settings(max_examples=150)
@given(SCRIPTS)
def test_what_a_shell_accepts_is_whole(text: str) -> None:
    if not read_script(text).is_whole:
        assert accepting(text) == []


@pytest.mark.skipif(not SHELLS, reason="no shell to ask")
@settings(max_examples=150)
@given(st.text(alphabet="ab \n'\"\\$(){}`;&|<>#!=", max_size=12))
def test_what_a_shell_accepts_of_random_text_is_whole(text: str) -> None:
    # Inside these, shells accept what fails as soon as it runs.
    assume("${" not in text and "((" not in text)
    if not read_script(text).is_whole:
        assert accepting(text) == []


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official images' steps are not here")
def test_the_official_images_steps_are_whole() -> None:
    with gzip.open(OFFICIAL) as file:
        commands = json.load(file)["snapshot"]["commands"]
    runs = [text.removeprefix("RUN ") for text in commands if text.startswith("RUN ")]
    broken = [text for text in runs if not read_script(text).is_whole]
    assert len(runs) > 500
    assert broken == []
