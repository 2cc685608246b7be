from __future__ import annotations

import pytest

from auditor.analysis.shell.wrappers import assignment, unwrap

INNER = [
    ("make all", "make all"),
    ("sudo make", "make"),
    ("/usr/bin/sudo -E -u root -- make", "make"),
    ("sudo A=1 make", "make"),
    ("env -i PATH=/bin A=1 make", "make"),
    ("nice -n 19 ionice -c2 -n7 make", "make"),
    ("timeout -k 5 30 make", "make"),
    ("timeout --signal=KILL 30 make", "make"),
    ("gosu nobody make", "make"),
    ("setarch i386 make", "make"),
    ("exec -a x nohup eatmydata make -j 4", "make -j 4"),
    ("command make", "make"),
    ("command -v make", "command -v make"),
    ("command -p make", "make"),
    ("env", "env"),
    ("env A=1", "env A=1"),
    ("sudo -u root", "sudo -u root"),
    ("sudo env A=1", "env A=1"),
    ("timeout 30", "timeout 30"),
    ("xargs -n 1 -I {} sudo rm {}", "rm {}"),
    ("", ""),
]


@pytest.mark.parametrize("text, inner", INNER)
def test_the_command_behind_wrappers_is_found(text: str, inner: str) -> None:
    words = text.split()
    found = unwrap(words)
    assert " ".join(words[found.start :]) == inner
    assert found.script is None


def test_assignments_of_wrappers_are_kept() -> None:
    assert unwrap(["env", "A=1", "sudo", "B+=2", "x"]).assignments == (("A", "1"), ("B", "2"))


def test_xargs_is_a_command_of_its_own_too() -> None:
    assert unwrap(["xargs", "rm"]).keeps_all
    assert not unwrap(["xargs"]).keeps_all
    assert not unwrap(["sudo", "rm"]).keeps_all


SCRIPTS = [
    ("sh -c S", "S"),
    ("sudo bash -exc S name", "S"),
    ("bash -o pipefail -c S", "S"),
    ("bash -euo pipefail -c S", "S"),
    ("bash --login +x -c S", "S"),
    ("bash -c", None),
    ("bash script.sh -c x", None),
    ("bash - -c", None),
    ("eval A B", "A B"),
    ("su -c S user", "S"),
    ("su user --command S", "S"),
    ("su user", None),
    ("su -c", None),
    ("make -c S", None),
]


@pytest.mark.parametrize("text, script", SCRIPTS)
def test_words_that_are_a_script_are_found(text: str, script: str | None) -> None:
    words = text.split()
    found = unwrap(words).script
    assert (None if found is None else " ".join(words[at] for at in found)) == script


@pytest.mark.parametrize("text", ["sh", "sudo bash -x", "sh -s", "/bin/sh -"])
def test_a_shell_without_a_script_reads_one(text: str) -> None:
    assert unwrap(text.split()).reads_script


@pytest.mark.parametrize("text", ["", "make", "sh x.sh", "bash -c x"])
def test_other_commands_read_none(text: str) -> None:
    assert not unwrap(text.split()).reads_script


def test_an_assignment_has_a_name() -> None:
    assert assignment("A_1=b=c") == ("A_1", "b=c")
    assert assignment("1A=b") is None
    assert assignment("--a=b") is None
