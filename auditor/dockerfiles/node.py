"""npm, yarn, pnpm and bun: what a command installs, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.analysis.effects.acts import Act
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.options import Options, read_options
from auditor.dockerfiles.places import NODE_GLOBAL, in_folder
from auditor.dockerfiles.wanted import Named, named
from auditor.dockerfiles.words import names_of
from auditor.domain.build_plan import Install, ListFile, Removal
from auditor.domain.packages import Ecosystem


@dataclass(frozen=True, slots=True)
class _Tool:
    """`all_verbs` install what package.json says, `verbs` take names too ("" for none).

    `locks` are the files that tell exactly, the best first.
    """

    verbs: frozenset[str]
    locks: tuple[str, ...]


_NPM_VERBS = "install i in ins inst isntall add ci clean-install ic install-clean"
_TOOLS = {
    "npm": _Tool(names_of(_NPM_VERBS), ("npm-shrinkwrap.json", "package-lock.json")),
    "yarn": _Tool(frozenset({"", "install", "add"}), ("yarn.lock",)),
    "pnpm": _Tool(frozenset({"install", "i", "ci", "add", "fetch"}), ("pnpm-lock.yaml",)),
    "bun": _Tool(frozenset({"install", "i", "add"}), ("bun.lock",)),
}
_CLEAN = frozenset({"ci", "clean-install", "ic", "install-clean"})
_VALUED = frozenset(
    {
        *("--prefix", "-C", "--cwd", "--dir", "--registry", "--cache", "--loglevel", "-w"),
        *("--workspace", "--filter", "-F", "--network-timeout", "--mutex", "--cache-folder"),
        *("--modules-folder", "--store-dir", "--tag", "--omit", "--include", "--only", "--cpu"),
        *("--os", "--libc", "--userconfig", "--fetch-timeout", "--fetch-retries", "--jobs"),
        "--global-folder",
    }
)
_PRODUCTION = ("--production", "--prod")
_GLOBAL = ("-g", "--global")
_ASKS = frozenset({"--version", "-v", "--help", "-h"})


def node_install(act: Act, around: Around) -> Install | None:
    """What the command installs; None where it installs nothing."""
    tool = _TOOLS.get(act.name)
    if tool is None or not _ASKS.isdisjoint(act.arguments):
        return None
    options = read_options(act.arguments, _VALUED)
    verb, words = _verb(act.name, options)
    folder = _folder(act, options)
    if verb == "deploy":
        return _deployed(act, options, words, around)
    if verb not in tool.verbs:
        return None
    is_global = options.has(*_GLOBAL) or options.operands[:1] == ("global",)
    found = named(words, Ecosystem.NPM, act)
    return Install(
        Ecosystem.NPM,
        act.name,
        _global_place(act.name, options, around) if is_global else _modules(folder, options),
        found.packages,
        lists=() if is_global else _lists(tool, folder, options, found, around),
        local=found.local,
        unread=found.unread,
        has_dev=not is_global and takes_dev(act.name, options, around),
        has_optional=_takes_optional(options, around),
        are_archives=verb == "fetch",
        starts_anew=act.name == "npm" and verb in _CLEAN,
        is_conditional=act.is_conditional,
    )


def _verb(tool: str, options: Options) -> tuple[str, tuple[str, ...]]:
    """`install` and the names behind it; of `yarn workspaces focus` an install."""
    words = options.operands
    if tool == "yarn" and words[:2] == ("workspaces", "focus"):
        return "install", ()
    if tool == "yarn" and words[:1] in (("global",), ("workspace",)):
        words = words[1:] if words[0] == "global" else words[2:]
    return (words[0], words[1:]) if words else ("", ())


def _folder(act: Act, options: Options) -> str:
    return in_folder(act.folder, options.value("--prefix", "-C", "--cwd", "--dir") or ".")


def _modules(folder: str, options: Options) -> str:
    return in_folder(folder, options.value("--modules-folder") or "node_modules")


def _global_place(tool: str, options: Options, around: Around) -> str:
    prefix = options.value("--prefix") or around.value("NPM_CONFIG_PREFIX", "npm_config_prefix")
    if tool == "pnpm":
        return f"{around.value('PNPM_HOME') or around.home + '/.local/share/pnpm'}/global"
    if tool == "yarn":
        return "/usr/local/share/.config/yarn/global/node_modules"
    return in_folder("/", f"{prefix}/lib/node_modules") if prefix else NODE_GLOBAL


def _lists(
    tool: _Tool, folder: str, options: Options, found: Named, around: Around
) -> tuple[ListFile, ...]:
    """The lock file, and package.json; with names given only where the file is there."""
    is_without = options.has("--no-package-lock", "--no-lockfile")
    is_without = is_without or options.is_off("--package-lock")
    locks = () if is_without else tool.locks
    files = around.list_file(*(in_folder(folder, name) for name in (*locks, "package.json")))
    is_there = any(one.context_path for one in (files, *files.instead))
    return (_there_first(files),) if is_there or not (found.packages or found.local) else ()


def _there_first(files: ListFile) -> ListFile:
    """Those that a step is known to have copied come first, as far as any is."""
    all_files = [replace(files, instead=()), *files.instead]
    first, *others = sorted(all_files, key=lambda one: not one.context_path)
    return replace(first, instead=tuple(others))


def takes_dev(tool: str, options: Options, around: Around) -> bool:
    """Whether what only development needs is installed; options win over variables."""
    included = (*options.all("--include"), *options.all("--also"))
    if "dev" in included or options.is_off(*_PRODUCTION):
        return True
    omitted = (*options.all("--omit"), *options.all("--only"))
    if {"dev", "prod", "production"} & {one.strip().lower() for one in omitted}:
        return False
    if options.has(*_PRODUCTION, "--no-dev") or (tool == "pnpm" and options.has("-P")):
        return False
    return not _is_production(tool, around)


def _is_production(tool: str, around: Around) -> bool:
    """By NODE_ENV, which bun does not ask, or npm's own variables.

    Sources: npm docs, config `omit`; yarn 1 docs, `yarn install --production`; pnpm docs,
    `pnpm install --prod`.
    """
    omits = around.value("NPM_CONFIG_OMIT", "npm_config_omit")
    is_on = around.is_on("NPM_CONFIG_PRODUCTION", "npm_config_production")
    if tool == "npm" and ("dev" in omits or is_on):
        return True
    return tool != "bun" and around.value("NODE_ENV") == "production"


def _takes_optional(options: Options, around: Around) -> bool:
    if options.has("--no-optional", "--ignore-optional") or options.is_off("--optional"):
        return False
    omits = (*options.all("--omit"), around.value("NPM_CONFIG_OMIT", "npm_config_omit"))
    return not any("optional" in one for one in omits)


def _deployed(act: Act, options: Options, words: tuple[str, ...], around: Around) -> Install | None:
    """`pnpm deploy FOLDER`: a package of the workspace with its node_modules of its own."""
    if act.name != "pnpm" or not words:
        return None
    return Install(
        Ecosystem.NPM,
        act.name,
        in_folder(act.folder, f"{words[-1]}/node_modules"),
        lists=(around.list_file(in_folder(act.folder, "pnpm-lock.yaml")),),
        has_dev=takes_dev(act.name, options, around),
        is_conditional=act.is_conditional,
    )


def node_prune(act: Act, around: Around) -> Removal | None:
    """`npm prune --omit=dev` and `pnpm prune --prod`: dev packages go from node_modules."""
    if act.name not in ("npm", "pnpm") or act.operands[:1] != ("prune",):
        return None
    options = read_options(act.arguments, _VALUED)
    if takes_dev(act.name, options, around):
        return None
    place = _modules(_folder(act, options), options)
    return Removal(Ecosystem.NPM, paths=(place,), is_dev_only=True)
