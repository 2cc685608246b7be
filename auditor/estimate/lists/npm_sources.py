"""Where npm, yarn and pnpm take a package from: a registry, or anywhere else."""

from __future__ import annotations

import re

# Schemes, folders, and the short form of a repository: user/name.
_ELSEWHERE = re.compile(
    r"(?:[a-z+]{1,20}:|git@|\.{1,2}/|~/|/|[^@\s<>=|~^/]{1,100}/)", re.IGNORECASE
)
_OWN = ("workspace:", "link:", "portal:")


def is_elsewhere(spec: str) -> bool:
    """Whether a range of package.json means an address or a folder; aliases do not."""
    text = spec.strip()
    return not text.startswith("npm:") and _ELSEWHERE.match(text) is not None


def is_own(spec: str) -> bool:
    """Whether it means a folder of the same workspace."""
    return spec.strip().startswith(_OWN)


def is_not_of_registry(resolved: str) -> bool:
    """Whether a lock's address is that of a repository of sources or a folder."""
    return resolved.startswith(("git", "file:", "link:")) or "codeload.github.com/" in resolved
