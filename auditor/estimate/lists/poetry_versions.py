"""Poetry's constraints as PEP 440 and PEP 508 have them. Source: Poetry, "Dependency specification"."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from auditor.estimate.lists.limits import quoted, refused, shown

_LONGEST = 256
_NO_SPECIFIER = "none"
_NUMBERS = re.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,9})")
_ANY = ("", "*", "x", "X")
_BREAKS = re.compile(r"\s*,\s*|(?<=[0-9A-Za-z*])\s+(?=[<>=!~^])")
_SIGNS = re.compile(r"(<=|>=|===|==|!=|~=|<|>|=|\^|~)?\s*(.*)")
_PLATFORMS = {"darwin": "darwin", "linux": "linux", "win32": "win32"}


def to_pep440(constraint: str, file: str, whose: str) -> str:
    """`^1.2` becomes `>=1.2,<2`, `~1.2` becomes `>=1.2,<1.3`, `1.2` becomes `==1.2`; `*` nothing.

    Of alternatives (`^1 || ^3`) the one with the highest numbers is taken, as a resolver would
    first. Raises UsageError for what is no constraint.
    """
    text = max(constraint.split("||"), key=_height).strip() if "|" in constraint else constraint
    parts = [
        part for one in _BREAKS.split(text.strip()[: _LONGEST + 1]) for part in _converted(one)
    ]
    joined = ",".join(parts)
    try:
        SpecifierSet(joined if len(text) <= _LONGEST else _NO_SPECIFIER)
    except (InvalidSpecifier, ValueError) as error:
        raise refused(
            file,
            f"{quoted(constraint)} is no version of {shown(whose)}",
            "write it as ^1.2 or >=1.2,<2",
        ) from error
    return joined


def of_python(constraint: str, file: str, whose: str) -> str:
    """Poetry's `python = "<3.11"` of a dependency as a marker."""
    specifiers = SpecifierSet(to_pep440(constraint, file, whose))
    return " and ".join(
        f"{_python_name(one.version)} {one.operator} '{one.version}'"
        for one in sorted(specifiers, key=str)
    )


def of_platform(platform: str) -> str:
    """Poetry's `platform = "win32"` of a dependency as a marker."""
    name = _PLATFORMS.get(platform)
    return f"sys_platform == '{name}'" if name else ""


def _python_name(version: str) -> str:
    return "python_full_version" if version.removesuffix(".*").count(".") > 1 else "python_version"


def _height(constraint: str) -> tuple[int, ...]:
    return max(
        (_numbers(found[1]) for found in _NUMBERS.finditer(constraint[:_LONGEST])), default=()
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _converted(one: str) -> list[str]:
    found = _SIGNS.fullmatch(one.strip())
    sign, version = (found[1] or "", found[2]) if found else ("", one)
    if version in _ANY and sign in ("", "==", "=", ">=", "^", "~"):
        return []
    if not version:
        return [_NO_SPECIFIER]
    if sign in ("^", "~"):
        numbers = _NUMBERS.match(version)
        bounds = [f">={version.removesuffix('.*')}"]
        return [*bounds, f"<{_next(numbers[1], is_caret=sign == '^')}"] if numbers else bounds
    return [f"=={version}" if sign in ("", "=") else f"{sign}{version}"]


def _next(version: str, *, is_caret: bool) -> str:
    numbers = _numbers(version)[:3]
    if is_caret:
        place = next((at for at, one in enumerate(numbers) if one), len(numbers) - 1)
    else:
        place = min(1, len(numbers) - 1)
    return ".".join(map(str, [*numbers[:place], numbers[place] + 1]))
