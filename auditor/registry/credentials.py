"""Credentials from the files and helpers of Docker and Podman."""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from auditor.domain.credential import Credential
from auditor.registry.capabilities import HUB_HOSTS

_MOST_FILE_BYTES = 2**20
_TOKEN_USER = "<token>"  # noqa: S105 - how helpers mark an identity token
_HUB_KEY = "https://index.docker.io/v1/"
_API_PATHS = frozenset({"", "/", "/v1", "/v1/", "/v2", "/v2/"})

Warn = Callable[[str], None]


def find_credential(
    host: str,
    environment: Mapping[str, str],
    home: Path,
    warn: Warn = lambda _: None,
    helper_seconds: float = 60,
) -> Credential | None:
    """The credential for exactly `host` (`host[:port]`), or None.

    Looked for in `DOCKER_AUTH_CONFIG`, Docker's file, then Podman's; in each file a helper
    for the host goes before the store for all, and that before the file's own entries.
    What cannot be read, and a helper that fails or does not answer within `helper_seconds`,
    is passed by; `warn` gets a line about it that holds no secret.
    Source: docker/cli configuration file; containers-auth.json(5).
    """
    ask = partial(_ask_helper, environment=environment, warn=warn, seconds=helper_seconds)
    for source, config in _configurations(environment, home, warn):
        found = _from_helper(host, config, ask, source) or _from_entries(
            host, config.get("auths"), source, warn
        )
        if found is not None:
            return found
    return None


def _configurations(
    environment: Mapping[str, str], home: Path, warn: Warn
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each configuration that exists, with what to call it, the most specific first."""
    inline = environment.get("DOCKER_AUTH_CONFIG")
    if inline:
        # Only its entries count: Docker does not run helpers from the environment.
        yield (
            "DOCKER_AUTH_CONFIG",
            {"auths": _parse(inline, "DOCKER_AUTH_CONFIG", warn).get("auths")},
        )
    for path in _files(environment, home):
        text = _read(path, warn)
        if text is not None:
            yield str(path), _parse(text, str(path), warn)
    legacy = home / ".dockercfg"
    text = _read(legacy, warn)
    if text is not None:
        yield str(legacy), {"auths": _parse(text, str(legacy), warn)}


def _files(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    docker = environment.get("DOCKER_CONFIG")
    yield (Path(docker) if docker else home / ".docker") / "config.json"
    if environment.get("REGISTRY_AUTH_FILE"):
        yield Path(environment["REGISTRY_AUTH_FILE"])
    if environment.get("XDG_RUNTIME_DIR"):
        yield Path(environment["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"
    settings = environment.get("XDG_CONFIG_HOME")
    yield (Path(settings) if settings else home / ".config") / "containers" / "auth.json"


def _read(path: Path, warn: Warn) -> str | None:
    try:
        if path.stat().st_size > _MOST_FILE_BYTES:
            warn(f"credentials in {path} are not read: the file is too large")
            return None
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        warn(f"credentials in {path} are not read: {reason}")
        return None


def _parse(text: str, source: str, warn: Warn) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        warn(f"credentials in {source} are not read: they are no JSON object")
        return {}
    return parsed


def _from_entries(
    host: str,
    entries: Any,  # noqa: ANN401 - whatever JSON holds
    source: str,
    warn: Warn,
) -> Credential | None:
    for key, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and _is_for(host, key):
            found = _from_entry(entry, source, warn)
            if found is not None:
                return found
    return None


def _is_for(host: str, key: str) -> bool:
    """Whether an entry's key names exactly this host; a namespace's entry does not."""
    try:
        parts = urlsplit(key if "://" in key else f"//{key}")
    except ValueError:
        return False
    named = parts.netloc.lower()
    if host.lower() in HUB_HOSTS:
        return named in HUB_HOSTS
    return named == host.lower() and parts.path in _API_PATHS


def _from_entry(entry: dict[str, Any], source: str, warn: Warn) -> Credential | None:
    username, password = _text(entry, "username"), _text(entry, "password")
    if _text(entry, "auth"):
        username, password = _decode_auth(_text(entry, "auth"), source, warn)
    identity, ready = _text(entry, "identitytoken"), _text(entry, "registrytoken")
    if not (username or identity or ready):
        return None
    return Credential(username, password, identity, ready, source)


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _decode_auth(packed: str, source: str, warn: Warn) -> tuple[str, str]:
    try:
        text = base64.b64decode(packed, validate=False).decode("utf-8").rstrip("\0")
    except (binascii.Error, ValueError):
        warn(f"an entry in {source} is not read: it is not base64")
        return "", ""
    username, _, password = text.partition(":")
    return username, password


def _from_helper(
    host: str,
    config: dict[str, Any],
    ask: Callable[[str, str, str], Credential | None],
    source: str,
) -> Credential | None:
    helpers, store = config.get("credHelpers"), config.get("credsStore")
    servers = (_HUB_KEY, "docker.io") if host in HUB_HOSTS else (host,)
    for server in servers:
        program = helpers.get(server) if isinstance(helpers, dict) else None
        program = program or store
        if isinstance(program, str) and program:
            found = ask(program, server, source)
            if found is not None:
                return found
    return None


def _ask_helper(
    program: str,
    server: str,
    source: str,
    *,
    environment: Mapping[str, str],
    warn: Warn,
    seconds: float,
) -> Credential | None:
    """What `docker-credential-PROGRAM get` says; None, with a warning, where it fails."""
    # Imported here: it takes long, and most registries need no helper.
    from docker.credentials import CredentialsNotFound, StoreError  # noqa: PLC0415

    from auditor.registry.helper import PatientStore  # noqa: PLC0415

    name = f"docker-credential-{program}"
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns where the program is absent
            store = PatientStore(program, environment=dict(environment), seconds=seconds)
            answer = store.get(server)
        username, secret = str(answer["Username"]), str(answer["Secret"])
    except CredentialsNotFound:
        return None
    except subprocess.TimeoutExpired:
        warn(f"{name} ({source}) did not answer within {seconds:g} seconds")
        return None
    except (StoreError, OSError, ValueError, TypeError, KeyError) as error:
        warn(f"{name} ({source}) gave no credentials: {type(error).__name__}")
        return None
    source = f"{name} ({source})"
    if username == _TOKEN_USER:
        return Credential(identity_token=secret, source=source)
    return Credential(username=username, password=secret, source=source)
