"""A policy file: what images may weigh and be made of, for all repositories and for some."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from auditor.domain.errors import SettingsError, UsageError
from auditor.domain.globs import matches
from auditor.domain.policy import GrowthLimit, Policy
from auditor.domain.units import parse_bytes
from auditor.settings_sources import read_toml

AGAINST: Final = "against"
_REPOSITORY: Final = "repository"
_MOST_NAMES: Final = 1000
_MOST_LAYERS: Final = 10_000
Said = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says: keys of `Policy` and `against` to values, None for "no limit".

    `overrides`: patterns of repositories with what they say; a later one counts more.
    """

    said: Said = field(default_factory=dict)
    overrides: tuple[tuple[str, Said], ...] = ()

    def for_repository(self, repository: str, flags: Said) -> tuple[Policy, str]:
        """The policy for a repository and what to compare with; flags count most."""
        said = dict(self.said)
        for pattern, more in self.overrides:
            if matches(pattern, repository):
                said |= more
        said |= flags
        against = said.pop(AGAINST, None)
        return Policy(**{key: one for key, one in said.items() if one is not None}), against or ""  # type: ignore[arg-type, return-value]


def read_policy(path: Path) -> PolicyFile:
    """The policy in the TOML file.

    Raises SettingsError that names the key which is unknown, or whose value cannot be used.
    """
    content = read_toml(path, "the policy")
    overrides = content.pop(_REPOSITORY, {})
    if not isinstance(overrides, dict) or not all(isinstance(v, dict) for v in overrides.values()):
        raise SettingsError(
            f"{path}: {_REPOSITORY} is no table",
            next_step='write [repository."team/**"] and the rules below it',
        )
    return PolicyFile(
        said=_said(path, "", content),
        overrides=tuple(
            (pattern, _said(path, f'{_REPOSITORY}."{pattern}".', table))
            for pattern, table in overrides.items()
        ),
    )


def said_of(key: str, value: object) -> tuple[str, object]:
    """The field of `Policy` and its value for a key of the file; raises UsageError."""
    name, parse = _KEYS[key]
    return name, parse(value)


def _said(path: Path, prefix: str, table: Mapping[str, object]) -> Said:
    said: dict[str, object] = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise _unknown(path, prefix, key)
        name, parse = _KEYS[key]
        try:
            said[name] = None if value is False else parse(value)
        except UsageError as error:
            raise SettingsError(
                f"{path}: {prefix}{key}: {error.message}", next_step=error.next_step
            ) from None
    return said


def _unknown(path: Path, prefix: str, key: str) -> SettingsError:
    known = [*_KEYS] if prefix else [*_KEYS, _REPOSITORY]
    near = difflib.get_close_matches(key, known, n=1)
    step = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return SettingsError(f"{path}: {prefix}{key} is no rule of a policy", next_step=step)


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        return parse_bytes(value)
    raise UsageError("not a size", next_step='write it as "300MiB", "1.5GB" or a number of bytes')


def _growth(value: object) -> GrowthLimit:
    if isinstance(value, str):
        return GrowthLimit.parse(value)
    raise UsageError("not a growth", next_step='write it as "10%", "20MB" or "5MiB"')


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_LAYERS:
        return value
    raise UsageError("not a number of layers", next_step="write a whole number, such as 40")


def _text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise UsageError("not a text", next_step='write it in quotes, such as "latest"')


def _texts(value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list | tuple) else ()
    if texts and len(texts) <= _MOST_NAMES and all(isinstance(one, str) and one for one in texts):
        return tuple(texts)
    raise UsageError("not a list of texts", next_step='write it as ["one", "two"]')


_KEYS: Final[Mapping[str, tuple[str, Callable[[Any], object]]]] = {
    "max_size": ("max_size_bytes", _size),
    "max_unpacked_size": ("max_unpacked_bytes", _size),
    "max_growth": ("max_growth", _growth),
    AGAINST: (AGAINST, _text),
    "max_layers": ("max_layers", _count),
    "max_layer_size": ("max_layer_bytes", _size),
    "forbidden_bases": ("forbidden_bases", _texts),
    "required_bases": ("required_bases", _texts),
    "required_labels": ("required_labels", _texts),
    "max_saving": ("max_saving_bytes", _size),
    "forbidden_findings": ("forbidden_findings", _texts),
}


def known_keys() -> Iterable[str]:
    """Every key that a policy may have, in the order of the reference."""
    return _KEYS.keys()
