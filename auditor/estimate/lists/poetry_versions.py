"""Poetry's carets and tildes as PEP 440 has them. Source: Poetry, "Dependency specification"."""

from __future__ import annotations

import re

_PART = re.compile(r"(\^|~(?!=)|)\s*([^\s].*)")
_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")


def to_pep440(constraint: str) -> str:
    """`^1.2` becomes `>=1.2,<2`, `~1.2` becomes `>=1.2,<1.3`, `1.2` becomes `==1.2`; `*` nothing.

    Of alternatives (`||`) none is taken: they become no constraint at all.
    """
    text = constraint.strip()
    if "|" in text:
        return ""
    return ",".join(part for one in text.split(",") for part in _converted(one.strip()))


def _converted(one: str) -> list[str]:
    match = _PART.fullmatch(one)
    if not match or one == "*":
        return []
    sign, version = match[1], match[2]
    numbers = _NUMBERS.match(version)
    if sign and numbers:
        return [f">={version}", f"<{_next(numbers[1], is_caret=sign == '^')}"]
    if version.endswith(".*") or version[0] in "<>=!~":
        return [version if version[0] in "<>=!~" else f"=={version}"]
    return [f"=={version}"]


def _next(version: str, *, is_caret: bool) -> str:
    numbers = [int(one) for one in version.split(".")[:3]]
    if is_caret:
        place = next((at for at, one in enumerate(numbers) if one), len(numbers) - 1)
    else:
        place = min(1, len(numbers) - 1)
    return ".".join(map(str, [*numbers[:place], numbers[place] + 1]))
