from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from auditor.domain.credential import Credential
from auditor.registry.credentials import find_credential

CANARY = "s3cret-canary"


def packed(user: str = "ann", password: str = CANARY) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))


def docker(home: Path, document: object) -> None:
    write(home / ".docker" / "config.json", document)


@pytest.mark.parametrize(
    "key", ["r.test:5000", "https://r.test:5000", "http://r.test:5000/v2/", "R.test:5000/v1/"]
)
def test_the_entry_for_exactly_this_host_is_found(tmp_path: Path, key: str) -> None:
    docker(tmp_path, {"auths": {"r.test": packed("wrong"), key: packed()}})
    found = find_credential("r.test:5000", {}, tmp_path)
    assert found is not None
    assert (found.username, found.password) == ("ann", CANARY)
    assert CANARY not in repr(found)
    assert "config.json" in found.source


@pytest.mark.parametrize(
    "key", ["r.test", "r.test:443", "x.r.test", "r.test.evil", "r.test:5000/team", "["]
)
def test_entries_for_other_places_are_not_used(tmp_path: Path, key: str) -> None:
    docker(tmp_path, {"auths": {key: packed()}})
    assert find_credential("r.test:5000", {}, tmp_path) is None


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io"])
def test_docker_hub_has_its_own_key(tmp_path: Path, host: str) -> None:
    docker(tmp_path, {"auths": {"https://index.docker.io/v1/": packed()}})
    assert find_credential(host, {}, tmp_path) is not None


def test_tokens_and_odd_endings_are_understood(tmp_path: Path) -> None:
    docker(
        tmp_path,
        {
            "auths": {
                "a.test": {"identitytoken": "i", **packed("u", "")},
                "b.test": {"registrytoken": "t"},
                "c.test": {"username": "u", "password": "p:q"},
                "d.test": packed("u", "p:q\0\0"),
                "e.test": {},
            }
        },
    )
    found = {host: find_credential(f"{host}.test", {}, tmp_path) for host in "abcde"}
    source = str(tmp_path / ".docker" / "config.json")
    assert found["a"] == Credential("u", "", "i", "", source)
    assert found["b"] == Credential("", "", "", "t", source)
    assert found["c"] == found["d"] == Credential("u", "p:q", "", "", source)
    assert found["e"] is None


def test_places_are_searched_in_order(tmp_path: Path) -> None:
    def entry(user: str) -> dict[str, object]:
        return {"auths": {"r.test": packed(user)}}

    environment = {
        "DOCKER_AUTH_CONFIG": json.dumps(entry("inline")),
        "DOCKER_CONFIG": str(tmp_path / "d"),
        "REGISTRY_AUTH_FILE": str(tmp_path / "auth"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "conf"),
    }
    write(tmp_path / "d" / "config.json", entry("docker"))
    write(tmp_path / "auth", entry("file"))
    write(tmp_path / "run" / "containers" / "auth.json", entry("run"))
    write(tmp_path / "conf" / "containers" / "auth.json", entry("conf"))
    write(tmp_path / ".dockercfg", {"r.test": packed("legacy")})
    users = []
    for name in (*environment, "nothing"):
        found = find_credential("r.test", environment, tmp_path)
        users.append(found.username if found else "")
        environment.pop(name, None)
    assert users == ["inline", "docker", "file", "run", "conf", "legacy"]


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "[]",
        "{",
        '{"auths":[]}',
        '{"auths":{"r.test":5}}',
        '{"auths":{"r.test":{"auth":"%%"}}}',
        '{"auths":{"r.test":{"auth":7}}}',
        "[" * 100_000,
        '{"credHelpers":5,"credsStore":{}}',
    ],
)
def test_broken_files_are_passed_by(tmp_path: Path, contents: str) -> None:
    docker(tmp_path, contents)
    assert find_credential("r.test", {}, tmp_path) is None


def test_files_that_cannot_be_read_are_passed_by_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)
    write(tmp_path / ".dockercfg", "x" * (2**20 + 1))
    write(tmp_path / ".config" / "containers" / "auth.json", b"\xff".decode("latin-1"))
    (tmp_path / ".config" / "containers" / "auth.json").write_bytes(b"\xff")
    warnings: list[str] = []
    assert find_credential("r.test", {}, tmp_path, warnings.append) is None
    assert warnings == [
        f"credentials in {tmp_path}/.docker/config.json are not read: Is a directory",
        f"credentials in {tmp_path}/.config/containers/auth.json are not read: it is no text",
        f"credentials in {tmp_path}/.dockercfg are not read: the file is too large",
    ]


@pytest.mark.parametrize(
    "contents, warning",
    [
        ("[]", "credentials in {file} are not read: they are no JSON object"),
        ('{"auths":{"r.test":{"auth":"abc"}}}', "an entry in {file} is not read: it is not base64"),
    ],
)
def test_what_is_broken_in_a_file_is_a_warning(tmp_path: Path, contents: str, warning: str) -> None:
    docker(tmp_path, contents)
    warnings: list[str] = []
    assert find_credential("r.test", {}, tmp_path, warnings.append) is None
    assert warnings == [warning.format(file=tmp_path / ".docker" / "config.json")]


def helper(folder: Path, name: str, script: str) -> dict[str, str]:
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_a_helper_for_the_host_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = helper(
        tmp_path,
        "mine",
        f'read host; echo "{{\\"Username\\":\\"$host\\",\\"Secret\\":\\"{CANARY}\\"}}"',
    )
    monkeypatch.setenv("PATH", environment["PATH"])
    docker(tmp_path, {"credHelpers": {"r.test": "mine"}, "auths": {"r.test": packed("file")}})
    found = find_credential("r.test", environment, tmp_path)
    assert found is not None
    assert (found.username, found.password) == ("r.test", CANARY)
    other = find_credential("other.test", environment, tmp_path)
    assert other is None


def test_a_store_may_hold_identity_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = helper(tmp_path, "mine", """echo '{"Username":"<token>","Secret":"idt"}'""")
    monkeypatch.setenv("PATH", environment["PATH"])
    docker(tmp_path, {"credsStore": "mine"})
    found = find_credential("docker.io", environment, tmp_path)
    assert found is not None
    assert found.identity_token == "idt"


@pytest.mark.parametrize(
    "script",
    [
        "echo 'credentials not found in native keychain'; exit 1",
        f"echo {CANARY}; exit 1",
        "echo '{'",
        "echo '[]'",
    ],
)
def test_a_helper_that_fails_leaves_the_file_and_no_secret_in_the_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    environment = helper(tmp_path, "mine", script)
    monkeypatch.setenv("PATH", environment["PATH"])
    docker(tmp_path, {"credsStore": "mine", "auths": {"r.test": packed("file")}})
    warnings: list[str] = []
    found = find_credential("r.test", environment, tmp_path, warnings.append)
    assert found is not None
    assert found.username == "file"
    assert len(warnings) == ("not found" not in script)
    assert CANARY not in str(warnings)


def test_a_helper_that_is_not_there_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    docker(tmp_path, {"credsStore": "absent", "auths": {"r.test": packed("file")}})
    found = find_credential("r.test", {"PATH": str(tmp_path)}, tmp_path)
    assert found is not None


@pytest.mark.parametrize("script", ["exec sleep 600", "sleep 600"])
def test_a_helper_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """Also where it is a script that waits for another program, which keeps the pipe open."""
    environment = helper(tmp_path, "mine", f"echo $$ >{tmp_path}/pid; {script}")
    monkeypatch.setenv("PATH", environment["PATH"])
    docker(tmp_path, {"credsStore": "mine", "auths": {"r.test": packed("file")}})
    warnings: list[str] = []
    found = find_credential("r.test", environment, tmp_path, warnings.append, 0.2)
    assert found is not None
    assert found.username == "file"
    (warning,) = warnings
    assert "docker-credential-mine" in warning
    assert "did not answer within 0.2 seconds" in warning
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
