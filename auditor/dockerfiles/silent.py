"""Commands that leave next to nothing in a layer."""

from __future__ import annotations

from auditor.analysis.effects.acts import Act, program
from auditor.dockerfiles.words import names_of

_NAMES = names_of(
    """[ [[ . : true false test set unset export echo printf cat head tail grep egrep awk sed cut tr
    sort uniq wc ls cd pushd popd mkdir rmdir rm unlink touch ln chmod chown chgrp find which type
    command hash id whoami uname arch hostname env printenv date sleep sync exit return source
    umask trap eval read shift local declare readonly typeset let wait kill
    groupadd useradd usermod groupmod addgroup adduser deluser delgroup passwd chpasswd chsh
    ldconfig update-ca-certificates update-alternatives dpkg-reconfigure dpkg-query
    debconf-set-selections apt-key apt-cache apt-config apt-mark apt-file add-apt-repository
    gpg gpgv gpgconf sha256sum sha512sum sha1sum md5sum xargs tee mktemp dirname basename
    readlink realpath stat file nproc getent setcap corepack sudo visudo stty tput expr seq
    a2enmod a2ensite a2dissite phpenmod strip yes timeout diff cmp ldd curl wget aria2c axel
    cargo-cache ssh-keyscan"""
)
_APT_VERBS = (
    "update clean autoclean dist-clean distclean autoremove autopurge purge remove show list"
)
# Of these only some commands leave nothing.
_VERBS = {
    "npm": "config cache version set view ls list audit fund outdated pkg whoami ping test t prune",
    "yarn": "config cache version set policies audit test lint why info list autoclean",
    "pnpm": "config store version set audit test lint why list prune setup env",
    "bun": "pm test",
    "pip": "config cache list freeze check show uninstall debug index hash",
    "uv": "cache venv version lock export python self run pip",
    "poetry": "config cache version lock check export self env show",
    "pipenv": "lock --version check graph requirements",
    "pdm": "config lock cache export",
    "pipx": "ensurepath",
    "go": "env version clean vet fmt list",
    "cargo": "clean --version fmt",
    "dpkg": "-l -s -L --print-architecture --configure --list --get-selections",
    "tar": "-t tf tzf",
    "apk": "update info cache",
    "virtualenv": "",
    **dict.fromkeys(("apt-get", "apt", "aptitude"), _APT_VERBS),
    **dict.fromkeys(("dnf", "yum", "microdnf", "zypper"), "clean makecache repolist remove erase"),
}
_ASKS = frozenset({"--version", "-version", "-V", "--help", "version"})
SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_RUNS_A_SCRIPT = frozenset({"python", "node", "java", "git"})
_QUIET_GIT = frozenset(
    {"config", "rev-parse", "checkout", "submodule", "describe", "clone", "init"}
)
MOVES = frozenset({"cp", "mv", "install", "rsync", "dd"})
"""Copies of what is there: nothing new beside what the same RUN brought, else not known."""


def is_silent(act: Act) -> bool:
    """Whether the command leaves next to nothing, as far as its name and verb tell."""
    name = program(act.name)
    if not name or (act.arguments and _ASKS.issuperset(act.arguments)):
        return True
    if name in SHELLS:
        # It reads its commands from a here-document, which are commands of ours too.
        return not act.operands
    if name in _RUNS_A_SCRIPT:
        return _runs_nothing(name, act)
    verbs = _VERBS.get(name)
    if verbs is not None:
        first = (*act.arguments[:3], *act.operands[:3])
        return not act.arguments or not set(verbs.split()).isdisjoint(first)
    return name in _NAMES or act.name in _NAMES


def _runs_nothing(name: str, act: Act) -> bool:
    """An interpreter that is asked for a module which only prints, or prepares."""
    words = act.arguments
    if name == "git":
        return not _QUIET_GIT.isdisjoint(words)
    module = words[1] if words[:1] == ("-m",) and len(words) > 1 else ""
    return module in ("venv", "virtualenv", "pip", "ensurepip", "compileall", "site")
