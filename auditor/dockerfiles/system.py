"""apt and apk: what a command installs, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.packages import asked_for, takes_recommended, upgrades_all
from auditor.analysis.effects.paths import option
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.places import SYSTEM, in_folder
from auditor.dockerfiles.wanted import Named, named
from auditor.domain.build_plan import Install, ListFile, Upgrade
from auditor.domain.packages import Ecosystem

NO_RECOMMENDS = "apt without recommends"
ECOSYSTEMS = {
    "apt-get": Ecosystem.APT,
    "apt": Ecosystem.APT,
    "aptitude": Ecosystem.APT,
    "apk": Ecosystem.APK,
}
_PATH = re.compile(r"[\w./+-]+")
_LIST_ENDINGS = (".txt", ".list", ".lst")
_READS = frozenset({"cat", "grep", "sed", "xargs", "awk", "tr"})


def system_install(act: Act, before: tuple[Act, ...], around: Around) -> Install | None:
    """What an `apt-get install` or `apk add` brings; None for any other command.

    `before` are commands of the same RUN right before it, which may give it names by a pipe.
    """
    ecosystem = ECOSYSTEMS.get(act.name)
    words = asked_for(act)
    if ecosystem is None or words is None:
        return None
    found = named(words, ecosystem, act)
    lists = _lists(found, act, () if words else before, around)
    root = option(act.arguments, ("-p", "--root")) if ecosystem is Ecosystem.APK else ""
    return Install(
        ecosystem,
        act.name,
        in_folder(act.folder, root) if root else SYSTEM,
        found.packages,
        lists=lists,
        local=found.local,
        unread=_unread(found, act, words, lists),
        has_recommended=_has_recommended(act, around, ecosystem),
        is_conditional=act.is_conditional,
    )


def system_upgrade(act: Act) -> Upgrade | None:
    """An `apt-get upgrade` or `apk upgrade`."""
    ecosystem = ECOSYSTEMS.get(act.name)
    return Upgrade(ecosystem, act.name) if ecosystem and upgrades_all(act) else None


def _has_recommended(act: Act, around: Around, ecosystem: Ecosystem) -> bool:
    if ecosystem is not Ecosystem.APT or NO_RECOMMENDS in around.settings:
        return False
    return takes_recommended(act)


def _lists(found: Named, act: Act, before: tuple[Act, ...], around: Around) -> tuple[ListFile, ...]:
    """Files that `$(cat packages.txt)` or `cat packages.txt | xargs` name."""
    texts = [*found.unread, *(w for one in before if one.name in _READS for w in one.arguments)]
    names = dict.fromkeys(name for text in texts for name in _listed(text))
    return tuple(around.list_file(in_folder(act.folder, name)) for name in names)


def _listed(text: str) -> Iterator[str]:
    """Names of files in a word such as `$(cat packages.txt)`."""
    return (name for name in _PATH.findall(text) if name.endswith(_LIST_ENDINGS))


def _unread(
    found: Named, act: Act, words: tuple[str, ...], lists: tuple[ListFile, ...]
) -> tuple[str, ...]:
    if not words and not lists:
        return (act.name,)
    return tuple(word for word in found.unread if not any(_listed(word)))
