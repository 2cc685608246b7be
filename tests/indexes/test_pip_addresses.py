from __future__ import annotations

import sys

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.origins import basic
from auditor.indexes.pip_addresses import _BUILT_IN, find_pip
from auditor.indexes.surroundings import ask_tool
from tests.fakes.index_machine import Machine

A, B, C = (f"https://{name}.example/simple" for name in "abc")
HELP = "python3 -m pip --isolated install --help"
PRINTED = f"""
  -i, --index-url <url>       Base URL of the Python Package Index (default
                              {A}). This should point to a
  --extra-index-url <url>     Extra URLs
"""


def test_our_settings_go_before_all_else(machine: Machine) -> None:
    machine.environment = {"PIP_INDEX_URL": B, "PIP_EXTRA_INDEX_URL": B}
    found = find_pip(A, (), machine.around)
    assert (found.indexes, found.source) == ((A,), "estimate.indexes.pip")
    assert find_pip("", (C,), machine.around).indexes == (B, C)
    assert find_pip(A, (C, A), machine.around).indexes == (A, C)


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({"PIP_INDEX_URL": A, "UV_DEFAULT_INDEX": B}, (A,)),
        ({"UV_DEFAULT_INDEX": f"ours={A}", "UV_INDEX_URL": B}, (A,)),
        ({"UV_INDEX_URL": A, "UV_INDEX": f"one={B} {C}"}, (A, B, C)),
        ({"PIP_INDEX_URL": A, "PIP_EXTRA_INDEX_URL": f"{B}\n {C}"}, (A, B, C)),
        ({"PIP_INDEX_URL": f"{A}?x=1"}, (f"{A}?x=1",)),
    ],
)
def test_then_variables(
    machine: Machine, variables: dict[str, str], expected: tuple[str, ...]
) -> None:
    machine.environment = variables
    machine.write("etc/pip.conf", "[global]\nindex-url = https://file.example/\n")
    found = find_pip("", (), machine.around)
    assert found.indexes == expected
    assert found.source in variables
    assert machine.asked == []


@pytest.mark.parametrize(
    "place", ["etc/pip.conf", "etc/xdg/pip/pip.conf", "~/.config/pip/pip.conf", "~/.pip/pip.conf"]
)
def test_then_files_wherever_pip_has_them(machine: Machine, place: str) -> None:
    text = f"[global]\nindex_url = {A}\nextra-index-url =\n  {B}\n  {C}\n"
    file = machine.write(place, text)
    found = find_pip("", (), machine.around)
    assert found.indexes == (A, B, C)
    assert found.source == str(file)


def test_of_several_files_the_closer_one_counts(machine: Machine) -> None:
    machine.write("etc/pip.conf", f"[global]\nindex-url = {A}\nextra-index-url = {C}\n")
    machine.write("~/.config/pip/pip.conf", "[install]\nindex-url = https://user.example/\n")
    assert find_pip("", (), machine.around).indexes == ("https://user.example/", C)
    folder = machine.write("venv/pip.conf", f"[global]\nindex-url = {B}\n").parent
    machine.environment["VIRTUAL_ENV"] = str(folder)
    # [install] of one file goes before [global] of any, as pip merges them by section.
    assert find_pip("", (), machine.around).indexes[0] == "https://user.example/"
    machine.environment["XDG_CONFIG_HOME"] = str(machine.root / "elsewhere")
    assert find_pip("", (), machine.around).indexes == (B, C)
    named = machine.write("named.conf", "[global]\nindex-url = https://named.example/\n")
    machine.environment["PIP_CONFIG_FILE"] = str(named)
    assert find_pip("", (), machine.around).indexes == ("https://named.example/", C)
    machine.environment["PIP_CONFIG_FILE"] = "/dev/null"
    machine.answers[HELP] = PRINTED
    assert find_pip("", (), machine.around).indexes == (A,)


def test_files_that_make_no_sense_are_passed_by(machine: Machine) -> None:
    machine.write("~/.config/pip/pip.conf", "no section\n")
    machine.write("etc/pip.conf", f"[global]\nindex-url = {A}\n")
    assert find_pip("", (), machine.around).indexes == (A,)


def test_last_pip_itself_is_asked(machine: Machine) -> None:
    machine.answers[HELP] = PRINTED
    found = find_pip("", (), machine.around)
    assert (found.indexes, found.source) == ((A,), "pip itself")
    assert machine.asked == [HELP]


def test_the_real_pip_says_what_it_has_built_in() -> None:
    answer = ask_tool((sys.executable, "-m", "pip", "--isolated", "install", "--help"))
    if not answer:
        pytest.skip("this Python has no pip")
    assert _BUILT_IN.search(answer)


def test_an_index_on_disk_is_left_out_with_a_note(machine: Machine) -> None:
    machine.environment = {"PIP_INDEX_URL": A, "PIP_EXTRA_INDEX_URL": "file:///opt/simple"}
    found = find_pip("", (), machine.around)
    assert found.indexes == (A,)
    assert found.notes == ("An index of PIP_EXTRA_INDEX_URL is left out: it is not http (file).",)


@pytest.mark.parametrize("variables", [{}, {"PIP_INDEX_URL": "/opt/simple"}])
def test_without_any_index_the_setting_is_named(
    machine: Machine, variables: dict[str, str]
) -> None:
    machine.environment = variables
    with pytest.raises(IndexFailureError, match="no index of Python packages") as raised:
        find_pip("", (), machine.around)
    assert "estimate.indexes.pip" in raised.value.next_step


def test_logins_come_from_addresses_and_netrc(machine: Machine) -> None:
    machine.write(
        "~/.netrc",
        "machine a.example login no password canary\nmachine b.example login bob password two\n",
    )
    machine.environment = {
        "PIP_INDEX_URL": "https://ann:canary@a.example/simple",
        "PIP_EXTRA_INDEX_URL": f"{B} http://b.example:8080/simple",
    }
    found = find_pip("", (), machine.around)
    assert found.indexes == (A, B, "http://b.example:8080/simple")
    assert [login.header for login in found.logins] == [
        basic("ann", "canary"),
        *[basic("bob", "two")] * 2,
    ]
    assert "canary" not in repr(found)


def test_certificates_are_those_that_pip_trusts(machine: Machine) -> None:
    machine.environment = {"PIP_INDEX_URL": A}
    named = machine.write("ca.pem", "x")
    machine.write("etc/pip.conf", f"[global]\ncert = {named}\n")
    assert find_pip("", (), machine.around).ca_files == (str(named),)
    machine.environment["PIP_CERT"] = "/absent"
    assert find_pip("", (), machine.around).ca_files == ()
