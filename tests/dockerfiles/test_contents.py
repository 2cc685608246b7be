from __future__ import annotations

import pytest

from auditor.dockerfiles.contents import MOST_LOOKED_AT, Contents, Work
from auditor.domain.build_plan import (
    Copy,
    Deed,
    Download,
    IndexKept,
    Install,
    Removal,
    Rewrite,
    Upgrade,
)
from auditor.domain.errors import UsageError
from auditor.domain.packages import Ecosystem, Wanted

NODE = Install(Ecosystem.NPM, "npm", "/app/node_modules", (Wanted("a"), Wanted("b")), has_dev=True)
GCC = Install(Ecosystem.APT, "apt-get", "/usr", (Wanted("gcc:i386"), Wanted("curl")))


def contents(*deeds: Deed) -> Contents:
    made = Contents(Work())
    for at, deed in enumerate(deeds):
        made.do(deed, (0, at, 0), at)
    return made


def places(*deeds: Deed) -> list[str]:
    return [item.place for item in contents(*deeds).items]


def test_deeds_lie_where_they_say() -> None:
    fetched = Download("https://h/x.tgz", "/x.tgz", unpacked_to="/opt")
    gone = Download("https://h/y", "/y", is_kept=False)
    index = IndexKept(Ecosystem.APT, "/var/lib/apt/lists")
    deeds = (
        Copy((".",), "/app"),
        fetched,
        gone,
        index,
        Upgrade(Ecosystem.APT, "apt"),
        Rewrite("/z"),
    )
    assert places(*deeds, Install(Ecosystem.PIP, "pip", "/p")) == [
        *("/app", "/x.tgz", "/opt", "/var/lib/apt/lists", "/usr"),
    ]


def test_what_is_removed_lies_there_no_more() -> None:
    copy = Copy((".",), "/app")
    made = contents(copy, NODE)
    assert made.do(Removal(paths=("/app/node_modules", "/x")), (0, 9, 0), 1)
    assert not made.do(Removal(paths=("/x",)), (0, 9, 0), 1)
    assert [item.deed for item in made.items] == [copy]


def test_packages_are_removed_by_name() -> None:
    made = contents(NODE, GCC, Copy((".",), "/"))
    assert made.do(Removal(Ecosystem.APT, ("gcc", "a")), (0, 9, 0), 1)
    assert not made.do(Removal(Ecosystem.APT, ("none",)), (0, 9, 0), 1)
    left = [item.deed.packages for item in made.items if isinstance(item.deed, Install)]
    assert left == [NODE.packages, (Wanted("curl"),)]


def test_what_only_development_needs_is_pruned() -> None:
    made = contents(NODE)
    assert not made.do(Removal(Ecosystem.NPM, paths=("/b",), is_dev_only=True), (0, 9, 0), 1)
    assert made.do(Removal(Ecosystem.NPM, paths=(NODE.place,), is_dev_only=True), (0, 9, 0), 1)
    assert [getattr(item.deed, "has_dev", None) for item in made.items] == [False]


def test_installing_again_replaces_or_prunes() -> None:
    anew = Install(Ecosystem.NPM, "npm", NODE.place, NODE.packages, starts_anew=True)
    assert [item.deed for item in contents(NODE, anew).items] == [anew]
    with_dev = Install(Ecosystem.NPM, "npm", NODE.place, has_dev=True, is_repeated=True)
    without = Install(Ecosystem.NPM, "npm", NODE.place, is_repeated=True)
    assert [item.deed for item in contents(NODE, with_dev).items] == [NODE]
    assert [getattr(one.deed, "has_dev", None) for one in contents(NODE, without).items] == [False]


def test_a_copy_goes_its_own_way() -> None:
    one = contents(NODE)
    other = one.copy(1)
    other.do(Removal(paths=("/app",)), (0, 9, 0), 1)
    assert (len(one.items), len(other.items)) == (1, 0)


def test_items_are_found_below_and_around_a_path() -> None:
    made = contents(Copy((".",), "/app"), NODE, Copy(("x",), "/"))
    assert [item.place for item in made.within("/app", 1)] == ["/app", "/app/node_modules"]
    assert [item.place for item in made.around("/app/node_modules", 1)] == ["/", "/app"]


def test_looking_ends() -> None:
    made = contents(NODE)
    made.work.left = 1
    with pytest.raises(UsageError, match="line 7: the steps copy and change more by here"):
        made.within("/", 7)
    full = Contents(Work(), contents(NODE).items * 20_000)
    with pytest.raises(UsageError, match="line 8"):
        full.add(full.items[:1], 8)
    assert Work().left == MOST_LOOKED_AT
