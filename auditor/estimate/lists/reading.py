"""A file of packages, told by its name, else by what it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from auditor.domain.packages import PackageList
from auditor.estimate.lists.limits import refused, text_of
from auditor.estimate.lists.npm_lock import read_package_lock
from auditor.estimate.lists.npm_manifest import read_package_json
from auditor.estimate.lists.pnpm import read_pnpm_lock
from auditor.estimate.lists.pyproject import read_pipfile, read_pyproject
from auditor.estimate.lists.python_locks import (
    read_pipfile_lock,
    read_poetry_lock,
    read_uv_lock,
)
from auditor.estimate.lists.requirements import read_requirements
from auditor.estimate.lists.system_lists import read_alpine_list, read_debian_list
from auditor.estimate.lists.yarn import read_yarn_lock

_PLAIN = {
    "Pipfile": read_pipfile,
    "Pipfile.lock": read_pipfile_lock,
    "npm-shrinkwrap.json": read_package_lock,
    "package-lock.json": read_package_lock,
    "package.json": read_package_json,
    "pnpm-lock.yaml": read_pnpm_lock,
    "poetry.lock": read_poetry_lock,
    "world": read_alpine_list,
}
_OTHERS = ("pyproject.toml", "requirements.txt", "uv.lock", "yarn.lock", "apt.txt", "apk.txt")
_DEBIAN_NAMES = frozenset({"apt", "aptfile", "debian", "dpkg", "packages", "selections"})
_ALPINE_NAMES = frozenset({"apk", "alpine"})
_DEPTH_OF_A_LOOK = 4_000


def known_names() -> tuple[str, ...]:
    """Names of the files that are understood, sorted; other names are told by their contents."""
    return tuple(sorted((*_PLAIN, *_OTHERS)))


def read_list(
    file_name: str,
    content: bytes,
    *,
    extras: Collection[str] = (),
    companions: Mapping[str, bytes] | None = None,
) -> tuple[PackageList, ...]:
    """What a file asks for or fixes; one list per ecosystem in it.

    `extras` are those of a Python project. `companions` are files given beside it, by name:
    yarn.lock needs package.json to tell what is for development, requirements include others. Raises UsageError naming the
    file, the place in it and the next step.
    """
    name = file_name.replace("\\", "/").rpartition("/")[2]
    if name in _PLAIN:
        return _PLAIN[name](name, content)
    if name == "pyproject.toml":
        return read_pyproject(name, content, extras)
    if name == "uv.lock":
        return read_uv_lock(name, content, extras)
    if name == "yarn.lock":
        return read_yarn_lock(name, content, (companions or {}).get("package.json"))
    return _by_kind(name, content, companions or {})


def _by_kind(name: str, content: bytes, companions: Mapping[str, bytes]) -> tuple[PackageList, ...]:
    """By words in the name, else by its first lines."""
    words = set(name.lower().replace("-", ".").replace("_", ".").split("."))
    if words & {"requirements", "constraints", "pip"} or name.endswith(".in"):
        return read_requirements(name, content, companions)
    if words & _DEBIAN_NAMES:
        return read_debian_list(name, content)
    if words & _ALPINE_NAMES:
        return read_alpine_list(name, content)
    head = text_of(name, content)[:_DEPTH_OF_A_LOOK]
    if '"lockfileVersion"' in head:
        return read_package_lock(name, content)
    if '"dependencies"' in head or '"devDependencies"' in head:
        return read_package_json(name, content)
    if "==" in head or ">=" in head:
        return read_requirements(name, content)
    raise refused(
        name, "it is not known what it lists", f"call it one of: {', '.join(known_names())}"
    )
