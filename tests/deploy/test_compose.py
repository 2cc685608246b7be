"""The compose files, checked by their structure: no Docker engine runs where tests do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.settings import load_settings
from auditor.usecases.web_key import load_web_key
from tests.deploy.shapes import COMPOSE, ROOT, assert_is_a_command, load

# compose-spec, 05-services.md and its siblings: what may stand where.
TOP = {"services", "networks", "volumes", "configs", "secrets"}
OF_A_SERVICE = {
    *("build", "cap_add", "cap_drop", "command", "configs", "depends_on", "deploy", "environment"),
    *("healthcheck", "image", "mem_limit", "networks", "pids_limit", "ports", "profiles"),
    *("read_only", "restart", "secrets", "security_opt", "shm_size", "stop_grace_period", "tmpfs"),
    "volumes",
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
KEY = "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq"
Services = list[tuple[str, str, dict[str, Any]]]


def services() -> Services:
    return [
        (path.name, name, service)
        for path in COMPOSE
        for name, service in load(path)["services"].items()
    ]


each = pytest.mark.parametrize(
    "file, name, service", [pytest.param(*one, id=f"{one[0]}:{one[1]}") for one in services()]
)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_it_holds_only_what_the_specification_knows(path: Path) -> None:
    content = load(path)
    assert {key for key in content if not key.startswith("x-")} <= TOP
    for name, service in content["services"].items():
        assert set(service) <= OF_A_SERVICE, name
        for kind in ("networks", "secrets"):
            assert set(service.get(kind, ())) <= set(content.get(kind, ())), name
        for other, how in service.get("depends_on", {}).items():
            assert other in content["services"]
            assert how["condition"] in CONDITIONS


@each
def test_a_container_has_no_more_rights_than_it_needs(
    file: str, name: str, service: dict[str, Any]
) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name != "postgres":
        assert "cap_add" not in service
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:"), "there is no sign-in yet"


@each
def test_an_image_is_named_exactly_and_health_needs_no_shell(
    file: str, name: str, service: dict[str, Any]
) -> None:
    tag = service["image"].rpartition(":")[2]
    assert any(character.isdigit() for character in tag)
    assert "." in tag, "a tag that moves"
    test = service.get("healthcheck", {}).get("test", ["CMD"])
    assert test[0] == "CMD"


@each
def test_what_is_ours_runs_a_command_there_is_with_settings_there_are(
    file: str, name: str, service: dict[str, Any], tmp_path: Path
) -> None:
    if "build" not in service:
        return
    assert_is_a_command(service["command"])
    (tmp_path / "secret_key").write_text(KEY)
    (tmp_path / "database_url").write_text("postgresql://auditor:word@postgres/auditor")
    environment = {
        key: str(tmp_path / value.rpartition("/")[2]) if key.endswith("_FILE") else value
        for key, value in service.get("environment", {}).items()
        if key != "AUDITOR_CONFIG"
    }
    settings = load_settings(
        config_file=ROOT / "deploy/auditor.toml", environment=environment, overrides={}
    ).settings
    if file == "docker-compose.yml":
        assert settings.database_url.startswith("postgresql+psycopg://")
        assert settings.web.secret_key.get_secret_value() == KEY


def test_the_server_shape_is_complete_and_migrates_first() -> None:
    server = load(COMPOSE[0])["services"]
    assert {"postgres", "migrate", "web", "scheduler", "worker", "registry", "mail"} == set(server)
    assert server["worker"]["deploy"]["replicas"] == 2
    for name in ("web", "scheduler", "worker"):
        after = server[name]["depends_on"]
        assert after == {"migrate": {"condition": "service_completed_successfully"}}
    assert server["registry"]["profiles"] == server["mail"]["profiles"] == ["try"]


def test_no_secret_stands_in_a_file() -> None:
    for file, name, service in services():
        for key, value in service.get("environment", {}).items():
            is_secret = "PASSWORD" in key or "URL" in key or "KEY" in key
            assert not is_secret or key.endswith("_FILE"), f"{file} {name} {key}: {value}"


def test_secrets_are_made_once_and_are_good_enough(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_text((ROOT / "deploy/make-secrets.sh").read_text())
    found = []
    for _ in range(2):
        subprocess.run(["sh", script], check=True, capture_output=True, timeout=60)
        files = sorted((tmp_path / "secrets").iterdir())
        found.append({file.name: file.read_text() for file in files})
    assert found[0] == found[1]
    names = {secret["file"].rpartition("/")[2] for secret in load(COMPOSE[0])["secrets"].values()}
    assert set(found[0]) == names
    assert f":{found[0]['postgres_password']}@postgres/auditor" in found[0]["database_url"]
    given = {"web.secret_key": found[0]["secret_key"]}
    loaded = load_settings(config_file=None, environment={}, overrides=given)
    assert load_web_key(loaded.settings) == found[0]["secret_key"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_yaml_is_clean() -> None:
    linter = Path(sys.executable).with_name("yamllint")
    files = [path.name for path in COMPOSE]
    run = [str(linter), "--strict", "deploy", *files]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
