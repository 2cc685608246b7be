from __future__ import annotations

import pytest

from auditor.registry.capabilities import capabilities_of


@pytest.mark.parametrize(
    "host",
    [
        "docker.io",
        "registry-1.docker.io",
        "quay.io",
        "ghcr.io",
        "eu.gcr.io",
        "gcr.io",
        "x.azurecr.io",
        "1.dkr.ecr.eu-west-1.amazonaws.com",
        "europe-docker.pkg.dev",
        "registry.gitlab.com",
    ],
)
def test_vendors_that_record_pulls_are_known(host: str) -> None:
    assert capabilities_of(host).counts_pulls


@pytest.mark.parametrize("host", ["localhost", "evilgcr.io.test", "quay.io.test", "notgcr.io"])
def test_other_hosts_are_plain(host: str) -> None:
    assert not capabilities_of(host).counts_pulls


def test_harbor_is_known_by_its_token_service() -> None:
    assert capabilities_of("h.test", realm="https://h.test/service/token").counts_pulls
    assert not capabilities_of("h.test", realm="Registry Realm").counts_pulls
    assert not capabilities_of("h.test", realm="https://[").counts_pulls


def test_zot_is_known_by_its_extensions() -> None:
    assert capabilities_of("z.test", extensions=b'{"extensions":[{"name":"_zot"}]}').counts_pulls
    assert not capabilities_of("z.test", extensions=b"\xff").counts_pulls


def test_the_user_knows_better() -> None:
    assert not capabilities_of("quay.io", counts_pulls=False).counts_pulls
    assert capabilities_of("localhost", counts_pulls=True).counts_pulls
