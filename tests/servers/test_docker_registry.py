from __future__ import annotations

import base64
import json
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import trustme

from tests.servers.docker_registry import (
    PASSWORD,
    USERNAME,
    RunningRegistry,
    start_docker_registry,
    write_htpasswd,
)

pytestmark = pytest.mark.real


def status_of(url: str, *, password: str = "", trust: ssl.SSLContext | None = None) -> int:
    request = urllib.request.Request(url)
    if password:
        pair = base64.b64encode(f"{USERNAME}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
    try:
        with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_answers_on_loopback_and_is_empty(docker_registry: RunningRegistry) -> None:
    with urllib.request.urlopen(f"{docker_registry.url}/v2/_catalog", timeout=10) as answer:
        assert json.load(answer) == {"repositories": []}
    assert docker_registry.address.startswith("127.0.0.1:")


def test_it_keeps_its_address_over_a_restart_and_a_collection(
    docker_registry: RunningRegistry,
) -> None:
    docker_registry.restart()
    assert status_of(f"{docker_registry.url}/v2/") == 200
    docker_registry.garbage_collect(delete_untagged=True)
    assert status_of(f"{docker_registry.url}/v2/") == 200


def test_a_stopped_registry_refuses_connections(docker_registry: RunningRegistry) -> None:
    docker_registry.stop()
    with pytest.raises(urllib.error.URLError):
        status_of(f"{docker_registry.url}/v2/")


def test_with_a_password_file_it_asks_for_the_password(tmp_path: Path) -> None:
    with start_docker_registry(tmp_path, htpasswd=write_htpasswd(tmp_path)) as registry:
        assert status_of(f"{registry.url}/v2/") == 401
        assert status_of(f"{registry.url}/v2/", password="wrong") == 401
        assert status_of(f"{registry.url}/v2/", password=PASSWORD) == 200


def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(key)
    for part in issued.cert_chain_pems:
        part.write_to_path(certificate, append=True)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with start_docker_registry(tmp_path, tls=(certificate, key)) as registry:
        assert status_of(f"{registry.url}/v2/", trust=trust) == 200


def test_it_is_gone_after_the_block(tmp_path: Path) -> None:
    with start_docker_registry(tmp_path) as registry:
        command = ["pgrep", "-f", str(registry.config)]
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
