"""pip and uv pip: what a command installs, and where."""

from __future__ import annotations

import posixpath

from auditor.analysis.effects.acts import Act, program
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.options import Options, read_options
from auditor.dockerfiles.places import PYTHON, in_folder
from auditor.dockerfiles.wanted import named
from auditor.dockerfiles.words import names_of
from auditor.domain.build_plan import Install, ListFile
from auditor.domain.packages import Ecosystem

PACKAGES = "lib/python3/site-packages"
_PIP_VALUED = names_of(
    """-r --requirement -c --constraint -e --editable -t --target --prefix --root -i --index-url
    --extra-index-url -f --find-links --no-binary --only-binary --platform --python-version
    --implementation --abi --src --upgrade-strategy --progress-bar --trusted-host --cert
    --client-cert --cache-dir --log --proxy --retries --timeout --exists-action --report
    --config-settings -C --global-option --hash --python --use-feature --use-deprecated
    --keyring-provider -w --wheel-dir -d --dest --group --build-constraint --root-user-action
    --requirements -p --index --default-index --index-strategy --resolution --prerelease
    --link-mode --directory --project --override --overrides --exclude-newer --extra
    --python-platform --torch-backend --no-build-package --no-binary-package --config-setting
    --override-channels -o --output-file"""
)
_SYSTEM_PREFIXES = frozenset({"/usr", "/usr/local", "/"})
_PROJECT = ("pyproject.toml", "setup.cfg", "setup.py")


def pip_words(act: Act) -> tuple[str, ...] | None:
    """What stands behind `pip`, `python -m pip` or `uv pip`; None for another command."""
    name = program(act.name)
    if name == "pip":
        return act.arguments
    words = act.arguments
    if name in ("python", "pypy"):
        at = next((at for at, word in enumerate(words[:4]) if word.endswith("m")), None)
        is_pip = at is not None and words[at].startswith("-") and words[at + 1 : at + 2] == ("pip",)
        return words[at + 2 :] if is_pip and at is not None else None
    return words[1:] if name == "uv" and words[:1] == ("pip",) else None


def pip_install(act: Act, around: Around) -> Install | None:
    """`pip install`, `wheel` or `download`, `uv pip install` or `sync`; None for all else."""
    words = pip_words(act)
    options = read_options(words or (), _PIP_VALUED)
    verb = options.operands[0] if options.operands else ""
    if words is None or verb not in ("install", "wheel", "download", "sync"):
        return None
    folder = in_folder(act.folder, options.value("--directory", "--project") or ".")
    is_sync = verb == "sync"
    projects = options.all("-e", "--editable")
    found = named((*options.operands[1:], *projects) if not is_sync else (), Ecosystem.PIP, act)
    listed = options.all("-r", "--requirement", "--requirements")
    listed += options.operands[1:] if is_sync else ()
    lists, unread = _lists(listed, folder, around)
    local = tuple(one.partition("[")[0] for one in found.local)
    return Install(
        Ecosystem.PIP,
        "uv" if act.name == "uv" else "pip",
        _place(act, options, verb, folder, around),
        found.packages,
        lists=(*lists, *_of_projects(local, around)),
        constraints=_lists(options.all("-c", "--constraint"), folder, around)[0],
        local=local,
        unread=(*found.unread, *unread),
        extras=(*_extras(found.local), *options.all("--extra")),
        groups=options.all("--group"),
        has_dependencies=not options.has("--no-deps", "--no-dependencies") and not is_sync,
        has_bytecode=_compiles(act, options, around),
        are_archives=verb in ("wheel", "download"),
        is_conditional=act.is_conditional,
    )


def _lists(
    names: tuple[str, ...], folder: str, around: Around
) -> tuple[tuple[ListFile, ...], tuple[str, ...]]:
    """Files of requirements, and the names that are not known or are addresses."""
    known = [name for name in names if "$" not in name and "://" not in name]
    unread = tuple(name for name in names if name not in known)
    return tuple(around.list_file(in_folder(folder, name)) for name in known), unread


def _of_projects(local: tuple[str, ...], around: Around) -> tuple[ListFile, ...]:
    """What a project that is installed from its folder says it needs."""
    return tuple(
        around.list_file(*(in_folder(place, name) for name in _PROJECT))
        for place in local
        if ":" not in place and "*" not in place and not _is_file(place)
    )


def _is_file(path: str) -> bool:
    return path.endswith((".whl", ".gz", ".zip", ".bz2"))


def _extras(local: tuple[str, ...]) -> tuple[str, ...]:
    inside = (one.partition("[")[2].rstrip("]").split(",") for one in local if one.endswith("]"))
    return tuple(extra.strip() for extras in inside for extra in extras)


def _compiles(act: Act, options: Options, around: Around) -> bool:
    """Pip compiles what it installs unless told not to; uv only where told to."""
    if act.name == "uv":
        asked = options.has("--compile-bytecode", "--compile")
        return asked or around.is_on("UV_COMPILE_BYTECODE")
    return not options.has("--no-compile") and not around.is_on("PIP_NO_COMPILE")


def _place(act: Act, options: Options, verb: str, folder: str, around: Around) -> str:
    if verb in ("wheel", "download"):
        default = "." if verb == "wheel" else options.value("-d", "--dest") or "."
        return in_folder(folder, options.value("-w", "--wheel-dir") or default)
    if target := options.value("-t", "--target") or around.value("PIP_TARGET"):
        return in_folder(folder, target)
    if prefix := options.value("--prefix") or around.value("PIP_PREFIX"):
        return packages_of(in_folder(folder, prefix))
    if root := options.value("--root") or around.value("PIP_ROOT"):
        return in_folder(folder, root.rstrip("/") + PYTHON)
    if options.has("--user") or around.is_on("PIP_USER"):
        base = around.value("PYTHONUSERBASE") or f"{around.home}/.local"
        return packages_of(in_folder("/", base))
    if act.name == "uv":
        return _place_of_uv(act, options, folder, around)
    return packages_of(environment_of(act, around))


def _place_of_uv(act: Act, options: Options, folder: str, around: Around) -> str:
    if options.has("--system") or around.is_on("UV_SYSTEM_PYTHON"):
        return PYTHON
    python = options.value("--python", "-p") or around.value("UV_PYTHON")
    if "/" in python:
        path = in_folder(folder, python)
        inside, sign, _ = path.rpartition("/bin/")
        return packages_of(inside if sign else path)
    return packages_of(environment_of(act, around) or in_folder(folder, ".venv"))


def packages_of(prefix: str) -> str:
    """Where packages lie below a prefix; empty or a system's for the system's own place."""
    return PYTHON if prefix in _SYSTEM_PREFIXES or not prefix else f"{prefix}/{PACKAGES}"


def environment_of(act: Act, around: Around) -> str:
    """The virtual environment a command works in: by its path, VIRTUAL_ENV or PATH; or empty."""
    own, sign, _ = act.program.rpartition("/bin/")
    if sign and act.name != "uv":
        return in_folder(act.folder, own or "/")
    if told := around.value("VIRTUAL_ENV"):
        return in_folder(act.folder, told)
    for entry in around.value("PATH").split(":", 8)[:8]:
        prefix = in_folder("/", posixpath.dirname(entry)) if entry.endswith("/bin") else ""
        if prefix in around.environments or "env" in posixpath.basename(prefix):
            return prefix
    return ""


def made_environment(act: Act) -> str:
    """The folder in which `python -m venv`, `virtualenv` or `uv venv` makes one; or empty."""
    words = act.arguments
    name = program(act.name)
    if name in ("python", "pypy") and words[:2] in (("-m", "venv"), ("-m", "virtualenv")):
        words = words[2:]
    elif act.name == "uv" and words[:1] == ("venv",):
        words = (*words[1:], ".venv") if len(words) == 1 else words[1:]
    elif act.name != "virtualenv":
        return ""
    operands = read_options(words, frozenset({"-p", "--python", "--prompt"})).operands
    return in_folder(act.folder, operands[0]) if operands else ""
