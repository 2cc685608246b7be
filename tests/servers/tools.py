"""Programs that tests start: found, or their absence said out loud."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

missing: dict[str, str] = {}
"""Tool to how it is installed, for those a test asked for in vain."""


def in_ci() -> bool:
    """Whether a missing tool is a failure: `CI=true`."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def require(*names: str, package: str, folders: tuple[Path, ...] = ()) -> Path:
    """The first of these programs on PATH or in `folders`.

    Where there is none the test that asked is skipped by the tool's name; with CI=true
    it fails.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    for name in names:
        if found := shutil.which(name, path=path):
            return Path(found)
    missing[names[0]] = f"apt-get install {package}"
    message = f"{names[0]} is not installed; {missing[names[0]]}"
    if in_ci():
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
