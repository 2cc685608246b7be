from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from auditor.domain.credential import Credential
from auditor.domain.errors import InvalidReferenceError
from auditor.domain.observation import StorageScope
from auditor.registry.options import ClientOptions
from auditor.settings import Settings, load_settings
from auditor.usecases.audit_registry import NO_FLAGS, TargetFlags, target_for
from auditor.usecases.crawl_registry import CrawlTarget

FILE = """
[registries.production]
address = "registry.example:5000"
scope = "namespace"
username = "reader"
password = "s3cret"
ca_file = "/etc/our-authority.pem"
verify_tls = true
repositories = ["team/app", "team/api"]
token_hosts = ["auth.example"]
counts_pulls = true
reference = true
tags = ["3.*"]

[registries.plain]
address = "http://old.example"
verify_tls = false

[registries.disk]
address = "oci:images/app"
username = "nobody"

[crawl]
concurrency = 5
request_timeout_seconds = 7
manifest_max_bytes = 2048
config_max_bytes = 4096
token_max_bytes = 1024
error_max_bytes = 1025
redirects_max = 2
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "auditor.toml"
    file.write_text(FILE)
    return load_settings(config_file=file, environment={}, overrides={}).settings


@pytest.fixture
def nothing_set() -> Settings:
    return load_settings(config_file=None, environment={}, overrides={}).settings


def found(text: str, settings: Settings, flags: TargetFlags = NO_FLAGS) -> CrawlTarget:
    return target_for(text, settings, flags, environment={})


# --- address and scope -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["production", "registry.example:5000", "https://registry.example:5000/"]
)
def test_a_registry_is_known_by_its_name_and_by_its_address(text: str, settings: Settings) -> None:
    target = found(text, settings)
    assert target.address.base_url == "https://registry.example:5000"
    assert target.scope is StorageScope.NAMESPACE
    assert target.repositories == ("team/app", "team/api")
    assert target.options.settings_name == "production"
    assert target.options.counts_pulls is True
    assert target.options.token_hosts == ("auth.example",)


def test_an_address_that_is_not_configured_has_the_defaults(settings: Settings) -> None:
    target = found("other.example", settings)
    assert target.address.base_url == "https://other.example"
    assert (target.scope, target.repositories) == (StorageScope.REGISTRY, ())
    assert target.credential is None
    assert (target.options.settings_name, target.options.counts_pulls) == ("", None)


def test_the_scope_of_a_known_vendor_is_the_default(nothing_set: Settings) -> None:
    assert found("ghcr.io", nothing_set).scope is StorageScope.NAMESPACE
    ecr = found("123456789012.dkr.ecr.eu-central-1.amazonaws.com", nothing_set)
    assert ecr.scope is StorageScope.REPOSITORY


@pytest.mark.parametrize(
    "text, flags, base_url",
    [
        ("old.example", NO_FLAGS, "http://old.example"),
        ("https://old.example", NO_FLAGS, "https://old.example"),
        ("http://registry.example:5000", NO_FLAGS, "http://registry.example:5000"),
        ("production", TargetFlags(plain_http=True), "http://registry.example:5000"),
        ("registry.example:5000", TargetFlags(plain_http=True), "http://registry.example:5000"),
        ("new.example", TargetFlags(plain_http=True), "http://new.example"),
        ("localhost:5000", NO_FLAGS, "http://localhost:5000"),
    ],
)
def test_how_to_reach_a_registry_is_what_was_typed_before_what_is_configured(
    text: str, flags: TargetFlags, base_url: str, settings: Settings
) -> None:
    assert found(text, settings, flags).address.base_url == base_url


def test_a_layout_on_disk_needs_no_credential_and_no_scheme(settings: Settings) -> None:
    for flags in (NO_FLAGS, TargetFlags(username="me", password="x", plain_http=True)):
        for text in ("disk", "oci:images/app"):
            target = found(text, settings, flags)
            assert (target.address.directory, target.credential) == (
                str(Path("images/app").resolve()),
                None,
            )


@pytest.mark.parametrize("text", ["", "UPPER CASE", "ftp://host", "user:pw@host", "a/b", "h:99999"])
def test_what_is_no_address_is_refused(text: str, nothing_set: Settings) -> None:
    with pytest.raises(InvalidReferenceError) as refused:
        found(text, nothing_set)
    assert "pw" not in str(refused.value)


# --- flags over settings over defaults ---------------------------------------------------


def test_flags_count_before_the_configuration(settings: Settings) -> None:
    flags = TargetFlags(
        username="me",
        password="mine",
        ca_file="/etc/other.pem",
        verify_tls=False,
        scope=StorageScope.REPOSITORY,
        repositories=("one",),
    )
    target = found("production", settings, flags)
    assert target.credential == Credential("me", "mine", source="command line")
    assert (target.scope, target.repositories) == (StorageScope.REPOSITORY, ("one",))
    assert (target.options.ca_file, target.options.verify_tls) == ("/etc/other.pem", False)


def test_the_configuration_counts_before_the_defaults(settings: Settings) -> None:
    target = found("production", settings)
    assert target.credential == Credential("reader", "s3cret", source="configuration")
    assert target.options.ca_file == "/etc/our-authority.pem"
    assert target.options.verify_tls
    assert not found("plain", settings).options.verify_tls


def test_limits_of_the_crawl_reach_the_client(settings: Settings, nothing_set: Settings) -> None:
    for text in ("production", "other.example"):
        options = found(text, settings).options
        assert (options.concurrency, options.deadline_seconds, options.redirects) == (5, 7, 2)
        assert (options.manifest_cap_bytes, options.config_cap_bytes) == (2048, 4096)
        assert (options.token_cap_bytes, options.error_cap_bytes) == (1024, 1025)
    assert found("other.example", nothing_set).options == ClientOptions()


# --- credentials -------------------------------------------------------------------------


def docker_file(folder: Path, *hosts: str) -> dict[str, str]:
    """An environment in which docker login was done for these hosts."""
    folder.mkdir(exist_ok=True)
    entry = {"auth": base64.b64encode(b"docker:pw").decode()}
    (folder / "config.json").write_text(json.dumps({"auths": dict.fromkeys(hosts, entry)}))
    return {"DOCKER_CONFIG": str(folder)}


def test_what_docker_login_left_is_used_where_nothing_else_is_said(
    tmp_path: Path, settings: Settings
) -> None:
    environment = docker_file(tmp_path / "docker", "plain.example", "registry.example:5000")
    target = target_for("plain.example", settings, environment=environment)
    assert target.credential is not None
    assert (target.credential.username, target.credential.password) == ("docker", "pw")
    assert target.credential.source.endswith("config.json")
    configured = target_for("production", settings, environment=environment)
    assert configured.credential is not None
    assert configured.credential.source == "configuration"


@pytest.mark.parametrize(
    "address",
    ["registry.example", "registry.example:5001", "sub.registry.example:5000", "example:5000"],
)
def test_a_credential_is_for_its_own_host_and_port_only(
    address: str, tmp_path: Path, settings: Settings
) -> None:
    environment = docker_file(tmp_path / "docker", "registry.example:5000")
    assert target_for(address, settings, environment=environment).credential is None


def test_an_empty_environment_is_not_that_of_the_process(
    tmp_path: Path, nothing_set: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in docker_file(tmp_path / "docker", "plain.example").items():
        monkeypatch.setenv(name, value)
    assert target_for("plain.example", nothing_set, environment={}).credential is None
    assert target_for("plain.example", nothing_set).credential is not None


def test_a_username_on_the_command_line_counts_before_what_docker_login_left(
    tmp_path: Path, nothing_set: Settings
) -> None:
    environment = docker_file(tmp_path / "docker", "plain.example")
    flags = TargetFlags(username="me", password="mine")
    target = target_for("plain.example", nothing_set, flags, environment)
    assert target.credential == Credential("me", "mine", source="command line")


def test_a_target_does_not_show_its_password(settings: Settings) -> None:
    assert "s3cret" not in repr(found("production", settings))


# --- named repositories ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, what, step",
    [
        ("team/app:1.4", "not one image of it: team/app:1.4", "--repository team/app"),
        ("team/app@sha256:ab", "not one image of it", "--repository team/app"),
        ("new.example:5000/team/app", "not the registry before it", "--repository team/app"),
        ("https://new.example:5000/team/app", "not the registry before", "--repository team/app"),
        ("new.example:5000/team/app:1", "not one image of it", "--repository team/app"),
        ("Team/App", "not a repository name: 'Team/App'", "lower case"),
        ("team//app", "not a repository name", "lower case"),
        ("", "not a repository name", "lower case"),
        ("a\nb", "not a repository name", "lower case"),
    ],
)
def test_what_is_no_name_of_a_repository_is_refused_with_what_it_is(
    name: str, what: str, step: str, nothing_set: Settings
) -> None:
    with pytest.raises(InvalidReferenceError) as refused:
        found("new.example:5000", nothing_set, TargetFlags(repositories=("fine", name)))
    assert what in refused.value.message
    assert step in refused.value.next_step
    assert "\n" not in str(refused.value)


def test_trouble_with_a_credentials_file_is_a_warning_of_the_target(
    tmp_path: Path, nothing_set: Settings
) -> None:
    (tmp_path / "config.json").write_text("[]")
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    target = target_for("new.example", nothing_set, environment=environment)
    assert target.credential is None
    (warning,) = target.warnings
    assert "config.json are not read: they are no JSON object" in warning
    assert found("new.example", nothing_set).warnings == ()


def test_what_is_configured_as_a_reference_is_crawled_as_one(settings: Settings) -> None:
    for text in ("production", "registry.example:5000"):
        target = target_for(text, settings)
        assert (target.is_reference, target.tags) == (True, ("3.*",))
    target = target_for("unknown.example", settings)
    assert (target.is_reference, target.tags) == (False, ())
