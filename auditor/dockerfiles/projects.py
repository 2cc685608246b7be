"""uv, poetry, pipenv, pdm and pipx: what installing a Python project's lock brings, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.paths import option
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.options import Options, read_options
from auditor.dockerfiles.places import in_folder
from auditor.dockerfiles.python import environment_of, packages_of, pip_words
from auditor.dockerfiles.wanted import named
from auditor.dockerfiles.words import names_of
from auditor.domain.build_plan import Install
from auditor.domain.packages import Ecosystem

IN_PROJECT = "poetry makes environments in the project"
NO_ENVIRONMENT = "poetry makes no environments"
_VALUED = names_of(
    """--directory --project --python -p --group --only-group --no-group --extra --no-extra
    --index --default-index --index-url --extra-index-url --find-links --link-mode
    --no-install-package --package --refresh-package --cache-dir -C -P --only --without --with
    -E --extras -G --categories -i --pypi-mirror -r --requirements --no-binary-package"""
)
_SETTLED: dict[tuple[str, ...], str] = {
    ("virtualenvs.create", "false"): NO_ENVIRONMENT,
    ("virtualenvs.in-project", "true"): IN_PROJECT,
}
_ALL = ("*",)


def project_install(act: Act, around: Around) -> Install | None:
    """What `uv sync`, `poetry install`, `pipenv sync`, `pdm install` and the like bring."""
    reader = _READERS.get(act.name)
    words = act.arguments
    is_module = words[:1] == ("-m",) and len(words) > 1 and act.name.startswith("python")
    if is_module and words[1] in _READERS:
        act = replace(act, name=words[1], program=words[1], arguments=words[2:])
        reader = _READERS[words[1]]
    if reader is None or pip_words(act) is not None:
        return None
    options = read_options(act.arguments, _VALUED)
    found = reader(act, options, around)
    return found and replace(found, is_conditional=act.is_conditional)


def _folder(act: Act, options: Options) -> str:
    return in_folder(act.folder, options.value("--directory", "--project", "-C", "-P") or ".")


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names in options that take several: `--with test,docs`."""
    return tuple(name for value in values for name in value.replace(",", " ").split())


def _uv(act: Act, options: Options, around: Around) -> Install | None:
    if options.operands[:2] == ("tool", "install"):
        return _tools(act, options, around, f"{around.home}/.local/share/uv/tools")
    if options.operands[:1] not in (("sync",), ("add",)):
        return None
    folder = _folder(act, options)
    told = around.value("UV_PROJECT_ENVIRONMENT")
    active = environment_of(act, around) if options.has("--active") else ""
    prefix = in_folder(folder, told or active or ".venv")
    only = options.all("--only-group")
    every = _ALL if options.has("--all-groups") else ()
    keeps_out = options.has("--no-dev", "--no-default-groups", "--only-main")
    is_out = keeps_out or "dev" in options.all("--no-group") or around.is_on("UV_NO_DEV")
    found = named(options.operands[1:], Ecosystem.PIP, act)
    copies = options.has("--no-editable") and not options.has("--no-install-project")
    compiles = options.has("--compile-bytecode") or around.is_on("UV_COMPILE_BYTECODE")
    return Install(
        Ecosystem.PIP,
        "uv",
        packages_of(prefix),
        found.packages,
        lists=(around.list_file(f"{folder}/uv.lock", f"{folder}/pyproject.toml"),),
        local=(folder,) if copies else (),
        unread=found.unread,
        extras=_ALL if options.has("--all-extras") else options.all("--extra"),
        groups=every or (*options.all("--group"), *only),
        has_dev="dev" in only if only else not is_out or "dev" in options.all("--group"),
        has_bytecode=compiles,
    )


def _tools(act: Act, options: Options, around: Around, place: str) -> Install:
    """Programs in environments of their own: `uv tool install`, `pipx install`."""
    words = options.operands[2:] if act.name == "uv" else options.operands[1:]
    found = named(words, Ecosystem.PIP, act)
    return Install(
        Ecosystem.PIP,
        act.name,
        in_folder("/", around.value("UV_TOOL_DIR", "PIPX_HOME") or place),
        found.packages,
        local=found.local,
        unread=found.unread,
        has_bytecode=act.name == "pipx",
    )


def _pipx(act: Act, options: Options, around: Around) -> Install | None:
    if options.operands[:1] != ("install",):
        return None
    return _tools(act, options, around, f"{around.home}/.local/share/pipx")


def _poetry(act: Act, options: Options, around: Around) -> Install | None:
    if options.operands[:1] not in (("install",), ("sync",)):
        return None
    folder = _folder(act, options)
    only = _split(options.all("--only"))
    is_out = options.has("--no-dev") or "dev" in _split(options.all("--without"))
    is_out = is_out or options.has("--only-root")
    return Install(
        Ecosystem.PIP,
        "poetry",
        _place_of_poetry(act, folder, around),
        lists=(around.list_file(f"{folder}/poetry.lock", f"{folder}/pyproject.toml"),),
        extras=_ALL if options.has("--all-extras") else _split(options.all("-E", "--extras")),
        groups=_split(options.all("--with")) + tuple(one for one in only if one != "main"),
        has_dev="dev" in only if only else not is_out,
        has_bytecode=options.has("--compile"),
    )


def _place_of_poetry(act: Act, folder: str, around: Around) -> str:
    makes = around.value("POETRY_VIRTUALENVS_CREATE").lower()
    if NO_ENVIRONMENT in around.settings or makes in ("false", "0"):
        return packages_of(environment_of(replace(act, program=""), around))
    if active := around.value("VIRTUAL_ENV"):
        return packages_of(in_folder(act.folder, active))
    if IN_PROJECT in around.settings or around.is_on("POETRY_VIRTUALENVS_IN_PROJECT"):
        return packages_of(f"{folder}/.venv")
    cache = around.value("POETRY_CACHE_DIR") or f"{around.home}/.cache/pypoetry"
    return in_folder("/", around.value("POETRY_VIRTUALENVS_PATH") or f"{cache}/virtualenvs")


def poetry_setting(act: Act) -> str:
    """What a `poetry config` settles about environments; empty for nothing."""
    if act.name != "poetry" or act.operands[:1] != ("config",):
        return ""
    return _SETTLED.get(act.operands[1:3], "")


def _pipenv(act: Act, options: Options, around: Around) -> Install | None:
    if options.operands[:1] not in (("install",), ("sync",)):
        return None
    folder = _folder(act, options)
    found = named(options.operands[1:], Ecosystem.PIP, act)
    listed = tuple(
        around.list_file(in_folder(folder, name)) for name in options.all("-r", "--requirements")
    )
    locks = (around.list_file(f"{folder}/Pipfile.lock", f"{folder}/Pipfile"),)
    return Install(
        Ecosystem.PIP,
        "pipenv",
        _place_of_pipenv(act, options, folder, around),
        found.packages,
        lists=listed or locks,
        local=found.local,
        unread=found.unread,
        groups=_split(options.all("--categories")),
        has_dev=options.has("--dev", "-d"),
        has_bytecode=True,
    )


def _place_of_pipenv(act: Act, options: Options, folder: str, around: Around) -> str:
    if options.has("--system") or around.is_on("PIPENV_SYSTEM"):
        return packages_of(environment_of(replace(act, program=""), around))
    if around.is_on("PIPENV_VENV_IN_PROJECT"):
        return packages_of(f"{folder}/.venv")
    return in_folder("/", around.value("WORKON_HOME") or f"{around.home}/.local/share/virtualenvs")


def _pdm(act: Act, options: Options, around: Around) -> Install | None:
    if options.operands[:1] not in (("install",), ("sync",)):
        return None
    folder = _folder(act, options)
    return Install(
        Ecosystem.PIP,
        "pdm",
        packages_of(f"{folder}/.venv"),
        lists=(around.list_file(f"{folder}/pdm.lock", f"{folder}/pyproject.toml"),),
        groups=_split(options.all("-G", "--group")),
        has_dev=not options.has("--prod", "--production", "--no-dev"),
    )


_READERS: dict[str, Callable[[Act, Options, Around], Install | None]] = {
    "uv": _uv,
    "pipx": _pipx,
    "poetry": _poetry,
    "pipenv": _pipenv,
    "pdm": _pdm,
}


_LOCKS = {
    "poetry": ("export", "poetry.lock"),
    "uv": ("export", "uv.lock"),
    "pdm": ("export", "pdm.lock"),
    "pipenv": ("requirements", "Pipfile.lock"),
}


def exported_lists(act: Act) -> Iterator[tuple[str, str]]:
    """Files of requirements that a tool writes from its lock: their paths, and the lock's."""
    verb, lock = _LOCKS.get(act.name, ("", ""))
    if not lock or act.operands[:1] != (verb,):
        return
    named_file = option(act.arguments, ("-o", "--output", "--output-file"))
    targets = [named_file] if named_file else [target for _, target in act.redirects]
    for target in targets[:1]:
        yield in_folder(act.folder, target), in_folder(act.folder, lock)
