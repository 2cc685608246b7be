"""Where npm would look: our settings, its variables, its files, and what it has built in."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.indexes.addresses import Gathering, IndexAddresses, unknown
from auditor.indexes.origins import Login, basic, origin_of, parse_address
from auditor.indexes.surroundings import Surroundings, read_text

SETTING = "estimate.indexes.npm"
_VARIABLE = re.compile(r"(?<!\\)\$\{([A-Za-z0-9_]+)(\?)?\}")
_SCOPE = re.compile(r"(@[A-Za-z0-9~][\w.~-]{0,200}):registry")
_LOGIN = re.compile(r"//([^\s]+?)/?:(_authToken|_auth|username|_password)")


def find_npm(configured: str, around: Surroundings) -> IndexAddresses:
    """The registry of npm, and those of scopes. Raises IndexFailureError naming the setting.

    Source: npm's "config" and "npmrc": environment over the user's .npmrc over the machine's.
    A project's own .npmrc does not count: whoever wrote it could have a token sent to
    themselves.
    """
    values = _files(around)
    gathering = Gathering()
    source, registry = _registry(configured, values, gathering, around)
    if registry is None:
        raise unknown("npm packages", SETTING, '"https://HOST/"', gathering.notes)
    scopes = {}
    for key, value in values.items():
        found = _SCOPE.fullmatch(key)
        if found and (address := gathering.add(value, f"{found[1]} in .npmrc")):
            scopes[found[1].lower()] = address
    gathering.logins += _logins(values, gathering.addresses)
    gathering.from_netrc(around)
    certificates = values.get("cafile", "")
    return IndexAddresses(
        (registry,),
        source,
        logins=tuple(gathering.logins),
        scopes=scopes,
        ca_files=(certificates,) if certificates and Path(certificates).is_file() else (),
        notes=tuple(gathering.notes),
    )


def _registry(
    configured: str, values: Mapping[str, str], gathering: Gathering, around: Surroundings
) -> tuple[str, str | None]:
    """Who says it, and the address."""
    if configured:
        return SETTING, gathering.add(configured, SETTING)
    for name, value in sorted(around.environment.items()):
        if name.lower() == "npm_config_registry" and value.strip():
            return name, gathering.add(value, name)
    if "registry" in values:
        return ".npmrc", gathering.add(values["registry"], ".npmrc")
    answer = around.ask(("npm", "config", "get", "registry")).strip()
    return "npm itself", gathering.add(answer, "npm itself") if answer else None


def _files(around: Surroundings) -> dict[str, str]:
    """All keys of npm's files; the user's own go before the machine's."""
    named = {name.lower(): value for name, value in around.environment.items() if value}
    of_all = named.get("npm_config_globalconfig")
    of_user = named.get("npm_config_userconfig")
    paths = (
        Path(of_all) if of_all else around.system_file("etc/npmrc"),
        Path(of_user) if of_user else around.home / ".npmrc",
    )
    values: dict[str, str] = {}
    for path in paths:
        for line in (read_text(path) or "").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith((";", "#")):
                values[_expanded(key, around)] = _expanded(value, around)
    return values


def _expanded(text: str, around: Surroundings) -> str:
    """The text without quotes, `${NAME}` replaced; `${NAME?}` by nothing where it is not set."""
    plain = text.strip().strip('"').strip("'")

    def value(found: re.Match[str]) -> str:
        return around.environment.get(found[1], "" if found[2] else found[0])

    return _VARIABLE.sub(value, plain)


def _logins(values: Mapping[str, str], addresses: Mapping[str, None]) -> Iterator[Login]:
    """Logins of npm, each for a place `//host/path/` of a registry that is known here."""
    places: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        if found := _LOGIN.fullmatch(key):
            places.setdefault(found[1], {})[found[2]] = value
    origins = {origin_of(parse_address(address)) for address in addresses}
    for place, login in places.items():
        header = _header(login)
        for origin in sorted(origins):
            try:
                url = parse_address(f"{origin.scheme}://{place}/")
            except ValueError:
                continue
            if header and origin_of(url) == origin:
                yield Login(origin, header, url.path)


def _header(login: Mapping[str, str]) -> str:
    if token := login.get("_authToken"):
        return f"Bearer {token}"
    if packed := login.get("_auth"):
        return f"Basic {packed}"
    try:
        password = base64.b64decode(login.get("_password", ""), validate=True).decode()
    except (binascii.Error, UnicodeError):
        return ""
    user = login.get("username", "")
    return basic(user, password) if user and password else ""
