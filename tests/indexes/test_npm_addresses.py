from __future__ import annotations

import base64

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.npm_addresses import find_npm
from auditor.indexes.origins import basic
from tests.fakes.index_machine import Machine

A, B = "https://a.example/npm/", "https://b.example/"


def test_settings_then_variables_then_files_then_npm_itself(machine: Machine) -> None:
    machine.answers["npm config get registry"] = f"{A}\n"
    found = find_npm("", machine.around)
    assert (found.indexes, found.source) == ((A,), "npm itself")
    machine.write("etc/npmrc", f"registry={B}\n")
    assert find_npm("", machine.around).indexes == (B,)
    machine.write("~/.npmrc", f'; a comment\n# another = one\nregistry = "{A}"\n')
    assert find_npm("", machine.around).indexes == (A,)
    machine.environment["NPM_CONFIG_USERCONFIG"] = str(machine.write("own", f"registry={B}\n"))
    assert find_npm("", machine.around).indexes == (B,)
    machine.environment["NPM_CONFIG_REGISTRY"] = A
    found = find_npm("", machine.around)
    assert (found.indexes, found.source) == ((A,), "NPM_CONFIG_REGISTRY")
    machine.environment["npm_config_registry"] = "https://lower.example/"
    assert find_npm(B, machine.around).indexes == (B,)
    assert machine.asked == ["npm config get registry"]


def test_the_machines_file_may_be_named(machine: Machine) -> None:
    machine.environment["npm_config_globalconfig"] = str(machine.write("x", f"registry={A}\n"))
    assert find_npm("", machine.around).indexes == (A,)


@pytest.mark.parametrize("answer", ["", "undefined\n", "file:///x"])
def test_without_a_registry_the_setting_is_named(machine: Machine, answer: str) -> None:
    machine.answers["npm config get registry"] = answer
    with pytest.raises(IndexFailureError, match="no index of npm packages") as raised:
        find_npm("", machine.around)
    assert "estimate.indexes.npm" in raised.value.next_step


def test_scopes_have_registries_of_their_own(machine: Machine) -> None:
    machine.write("~/.npmrc", f"@Ours:registry={B}\n@bad:registry=file:///x\n@x/y:registry={B}\n")
    found = find_npm(A, machine.around)
    assert found.scopes == {"@ours": B}
    assert found.all_indexes == (A, B)
    assert len(found.notes) == 1


def test_logins_are_for_a_place_of_a_registry_that_is_known(machine: Machine) -> None:
    packed = base64.b64encode(b"canary").decode()
    machine.environment["TOKEN"] = "canary-1"
    machine.write(
        "~/.npmrc",
        f"@ours:registry={B}\n"
        "//a.example/npm/:_authToken=${TOKEN}\n"
        "//b.example/:_auth=abc\n"
        "//b.example/:username=unused\n"
        f"//b.example/deep/:username=bob\n//b.example/deep/:_password={packed}\n"
        "//stranger.example/:_authToken=canary-2\n"
        "//a.example:8443/:_authToken=canary-3\n"
        "//b.example/none/:username=bob\n//b.example/odd/:_password=%%\n"
        "//[/:_authToken=x\n",
    )
    found = find_npm(A, machine.around)
    assert {(one.origin.host, one.path, one.header) for one in found.logins} == {
        ("a.example", "/npm/", "Bearer canary-1"),
        ("b.example", "/", "Basic abc"),
        ("b.example", "/deep/", basic("bob", "canary")),
    }
    assert "canary" not in repr(found)


def test_a_variable_that_is_not_set_stays_or_is_nothing(machine: Machine) -> None:
    machine.write(
        "~/.npmrc", "//a.example/:_authToken=x${ABSENT}\n//a.example/b/:_auth=${ABSENT?}\n"
    )
    found = find_npm(A, machine.around)
    assert [one.header for one in found.logins] == ["Bearer x${ABSENT}"]


def test_npm_also_reads_netrc_for_us_and_trusts_its_cafile(machine: Machine) -> None:
    machine.write("~/.netrc", "machine a.example login ann password one\n")
    authority = machine.write("ca.pem", "x")
    machine.write("~/.npmrc", f"cafile={authority}\n")
    found = find_npm(A, machine.around)
    assert [one.header for one in found.logins] == [basic("ann", "one")]
    assert found.ca_files == (str(authority),)
