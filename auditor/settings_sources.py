"""Where settings come from: a TOML file, the environment, flags; values with their origin.

A layer maps a key, as a tuple of its parts, to what was found there. Nothing is checked
here but that a source can be read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_config_path

from auditor.domain.errors import SettingsError

PREFIX = "AUDITOR_"
CONFIG_VARIABLE = "AUDITOR_CONFIG"
_LABELS = "labels"
_FILE_SUFFIX = "_file"
_MAX_FILE_BYTES = 2**20
_MAX_SECRET_BYTES = 2**16

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FromPlace:
    """A value, and in words where it was found; the value may be a secret."""

    value: object = field(repr=False)
    origin: str


Layer = dict[Key, FromPlace]


def find_config_file(config_file: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read: the flag's, `AUDITOR_CONFIG`'s, else the one in the user's folder.

    The last one may be absent, then None; a named one is not looked for, only named.
    """
    if config_file is not None:
        return config_file
    if named := environment.get(CONFIG_VARIABLE):
        return Path(named).expanduser()
    folder = Path(environment.get("XDG_CONFIG_HOME", ""))
    usual = folder / "auditor" if folder.is_absolute() else user_config_path("auditor")
    return usual / "auditor.toml" if (usual / "auditor.toml").exists() else None


def file_layer(path: Path, secrets: Collection[str]) -> Layer:
    """What the TOML file holds; paths in it are relative to its folder. SettingsError."""
    step = f"name a readable file with --config or {CONFIG_VARIABLE}"
    content = read_toml(path, "the configuration", step)
    origin = f"file {path}"
    layer = {key: FromPlace(value, origin) for key, value in _flatten(content, ())}
    return _with_secret_files(_with_absolute_paths(layer, path.parent), secrets)


def read_toml(path: Path, what: str, next_step: str = "name a readable file") -> dict[str, object]:
    """What the TOML file holds, at most a mebibyte of it. Raises SettingsError."""
    try:
        text = _read_text(path, _MAX_FILE_BYTES)
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path} is not valid TOML: {error}", next_step="correct that line"
        ) from None
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"cannot read {what} {path}: {_reason(error)}", next_step=next_step
        ) from None


def environment_layer(
    environment: Mapping[str, str],
    *,
    top_level: Collection[str],
    tables: Collection[Key],
    beside: Collection[Key],
    secrets: Collection[str],
) -> Layer:
    """What `AUDITOR_KEY` and `AUDITOR_SECTION__KEY` hold, and `PORT`; empty ones count as unset.

    `top_level` are the keys outside sections: other names without `__` are passed by, since
    container platforms put some there for a service called auditor. `tables` are
    the keys under which the user chooses names, `beside` the keys of the file: a variable
    writes a name that is known from there in upper case with `_` for `-`.
    """
    layer: Layer = {}
    if environment.get("PORT"):
        layer[("web", "port")] = FromPlace(environment["PORT"], "environment PORT")
    spelled = _spelled(tables, beside)
    known = {*top_level, *(f"{name}{_FILE_SUFFIX}" for name in secrets)}
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or not value:
            continue
        parts = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        if len(parts) == 1 and parts[0] not in known:
            continue
        layer[_respelled(parts, tables, spelled)] = FromPlace(value, f"environment {variable}")
    return _with_secret_files(layer, secrets)


def flag_layer(overrides: Mapping[str, object]) -> Layer:
    """What flags set, by dotted key; None is a flag that was not given."""
    return {
        tuple(key.split(".")): FromPlace(value, "flag")
        for key, value in overrides.items()
        if value is not None
    }


def nest(layer: Layer) -> dict[str, object]:
    """The same values as nested tables, names in the order they were found.

    SettingsError where a key is value and section.
    """
    content: dict[str, object] = {}
    for key, found in layer.items():
        table = content
        for part in key[:-1]:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                raise _is_below_a_value(key, found)
            table = inner
        if table.get(key[-1]):
            raise _is_below_a_value(*next(_below(key, layer)))
        table[key[-1]] = dict(found.value) if isinstance(found.value, dict) else found.value
    return content


def _below(key: Key, layer: Layer) -> Iterator[tuple[Key, FromPlace]]:
    return (item for item in layer.items() if item[0] != key and item[0][: len(key)] == key)


def _is_below_a_value(key: Key, found: FromPlace) -> SettingsError:
    return SettingsError(
        f"{'.'.join(key)} is below a key that has a value ({found.origin})",
        next_step="use one of the two",
    )


def _flatten(content: Mapping[str, object], above: Key) -> Iterator[tuple[Key, object]]:
    for name, value in content.items():
        # Labels have keys of the user's own, dots and all: they stay one value.
        if isinstance(value, dict) and value and name != _LABELS:
            yield from _flatten(value, (*above, name))
        else:
            yield (*above, name), value


def _with_absolute_paths(layer: Layer, folder: Path) -> Layer:
    for key, found in layer.items():
        if key[-1].endswith(_FILE_SUFFIX) and isinstance(found.value, str) and found.value:
            path = folder.absolute() / Path(found.value).expanduser()
            layer[key] = FromPlace(str(path), found.origin)
    return layer


def _with_secret_files(layer: Layer, secrets: Collection[str]) -> Layer:
    """Replace each `password_file` and the like by the contents of the file it names."""
    read: Layer = {}
    for key, found in layer.items():
        secret = key[-1].removesuffix(_FILE_SUFFIX)
        if secret == key[-1] or secret not in secrets:
            read[key] = found
            continue
        target = (*key[:-1], secret)
        if target in layer:
            raise SettingsError(
                f"{'.'.join(target)} and {'.'.join(key)} are both set ({found.origin})",
                next_step="keep one of them",
            )
        read[target] = _read_secret(key, found)
    return read


def _read_secret(key: Key, found: FromPlace) -> FromPlace:
    path = Path(str(found.value))
    try:
        text = _read_text(path, _MAX_SECRET_BYTES)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{'.'.join(key)}: cannot read {path}: {_reason(error)} ({found.origin})",
            next_step="name a readable file that holds nothing but the secret",
        ) from None
    return FromPlace(text.rstrip("\r\n"), f"{found.origin}, from {path}")


def _read_text(path: Path, limit_bytes: int) -> str:
    with path.open("rb") as file:
        body = file.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise ValueError(f"it has more than {limit_bytes} bytes")
    return body.decode()


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (error.strerror or "unreadable") if isinstance(error, OSError) else str(error)


def _as_variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _spelled(tables: Collection[Key], keys: Collection[Key]) -> dict[Key, str]:
    """Each name of the user's, by its table and by how a variable writes it."""
    return {
        (*table, _as_variable(key[len(table)])): key[len(table)]
        for table in tables
        for key in keys
        if key[: len(table)] == table and len(key) > len(table)
    }


def _respelled(key: Key, tables: Collection[Key], spelled: Mapping[Key, str]) -> Key:
    for table in tables:
        at = len(table)
        if key[:at] == table and len(key) > at:
            name = spelled.get((*table, _as_variable(key[at])), key[at])
            return (*table, name, *key[at + 1 :])
    return key
