from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.package_facts import SystemPackage
from auditor.domain.packages import Closure, Wanted
from auditor.estimate.closures.apt import apt_closure, installed_with, minbase
from auditor.estimate.closures.debian_versions import satisfies
from tests.fakes.package_indexes import FakeSystemIndex, deb, debian_index

NOTHING: frozenset[str] = frozenset()


def install(
    index: FakeSystemIndex,
    *names: str,
    base: frozenset[str] = NOTHING,
    recommends: bool = True,
) -> Closure:
    wanted = [
        Wanted(name, sign + rest) for name, sign, rest in (one.partition("=") for one in names)
    ]
    return apt_closure(wanted, index, in_base=base, recommends=recommends)


def names(closure: Closure) -> list[str]:
    return [package.name for package in closure.packages]


def test_dependencies_come_along_and_each_says_who_asked() -> None:
    index = debian_index(
        deb("curl", "7.88.1-10", depends="libc6 (>= 2.34), libcurl4 (= 7.88.1-10)"),
        deb(
            "libcurl4", "7.88.1-10", depends="libc6, zlib1g", archive_bytes=390, unpacked_bytes=800
        ),
        deb("libc6", "2.36-9"),
        deb("zlib1g"),
        deb("unrelated"),
    )
    closure = install(index, "curl")
    assert {one.name: one.asked_by for one in closure.packages} == {
        "curl": "",
        "libc6": "curl",
        "libcurl4": "curl",
        "zlib1g": "libcurl4",
    }
    libcurl = closure.packages[2]
    assert (libcurl.version, libcurl.archive_bytes, libcurl.unpacked_bytes) == (
        "7.88.1-10",
        390,
        800,
    )
    assert not closure.is_approximate


def test_what_the_base_holds_is_named_and_not_counted() -> None:
    index = debian_index(deb("a", depends="libc6, b"), deb("b", depends="libc6"), deb("libc6"))
    closure = install(index, "a", "libc6", base=frozenset({"libc6", "dpkg"}))
    assert names(closure) == ["a", "b"]
    assert closure.in_base == ("libc6",)


def test_the_newest_version_is_taken_unless_another_one_is_asked_for() -> None:
    index = debian_index(deb("a", "1:1.0-1"), deb("a", "2.0-1"), deb("a", "1.9-1"))
    assert install(index, "a").packages[0].version == "1:1.0-1"
    assert install(index, "a=1.9-1").packages[0].version == "1.9-1"
    assert install(index, "a=2.*").packages[0].version == "2.0-1"


def test_a_version_that_is_gone_is_replaced_and_said_to_be() -> None:
    closure = install(debian_index(deb("curl", "7.88.1-10")), "curl=7.64.0-4")
    assert closure.packages[0].version == "7.88.1-10"
    assert closure.is_approximate
    assert "curl =7.64.0-4 is not in the index" in closure.notes[0]


def test_the_first_alternative_is_taken_unless_something_brought_another() -> None:
    index = debian_index(
        deb("a", depends="exim | postfix"), deb("exim"), deb("postfix"), deb("needs-postfix")
    )
    assert names(install(index, "a")) == ["a", "exim"]
    assert names(install(index, "a", "postfix")) == ["a", "postfix"]
    assert names(install(index, "a", base=frozenset({"postfix"}))) == ["a"]


def test_an_alternative_that_cannot_be_had_is_passed_over() -> None:
    index = debian_index(deb("a", depends="gone | old (>= 2) | good"), deb("old", "1"), deb("good"))
    closure = install(index, "a")
    assert names(closure) == ["a", "good"]
    assert not closure.is_approximate


def test_a_virtual_package_is_answered_by_what_provides_it() -> None:
    index = debian_index(
        deb("a", depends="awk, mail-agent"),
        deb("gawk", provides="awk"),
        deb("mawk", provides="awk", priority="required"),
        deb("postfix", provides="mail-agent (= 3)"),
    )
    assert names(install(index, "a")) == ["a", "mawk", "postfix"]


def test_a_dependency_with_a_version_needs_a_provider_with_one() -> None:
    index = debian_index(
        deb("a", depends="api (>= 2)"),
        deb("one", provides="api"),
        deb("two", provides="api (= 1)"),
        deb("three", provides="api (= 2.1)"),
    )
    assert names(install(index, "a")) == ["a", "three"]


def test_an_old_version_that_provides_it_is_not_what_apt_would_install() -> None:
    index = debian_index(deb("a", depends="api"), deb("x", "1", provides="api"), deb("x", "2"))
    closure = install(index, "a")
    assert names(closure) == ["a"]
    assert closure.notes == ("a needs api, which the index does not have",)
    assert closure.is_approximate


def test_recommends_come_by_default_and_are_marked() -> None:
    index = debian_index(
        deb("git", depends="libc6", recommends="less, gone, ssh-client | ssh"),
        deb("less", depends="libtinfo6"),
        deb("openssh-client", provides="ssh-client"),
        deb("libtinfo6", depends="libc6"),
        deb("libc6"),
    )
    closure = install(index, "git")
    marked = {one.name: one.is_recommended for one in closure.packages}
    assert marked == {
        "git": False,
        "less": True,
        "libc6": False,
        "libtinfo6": True,
        "openssh-client": True,
    }
    assert not closure.is_approximate
    assert names(install(index, "git", recommends=False)) == ["git", "libc6"]


def test_what_is_recommended_by_one_and_needed_by_another_is_needed() -> None:
    index = debian_index(
        deb("a", recommends="x"), deb("b", depends="x"), deb("x", depends="y"), deb("y")
    )
    closure = install(index, "a", "b")
    assert [one.is_recommended for one in closure.packages] == [False] * 4


def test_an_alternative_that_refuses_what_is_there_is_avoided() -> None:
    index = debian_index(
        deb("a", depends="old-ssl | new-ssl"),
        deb("b", conflicts="old-ssl"),
        deb("old-ssl"),
        deb("new-ssl"),
    )
    assert names(install(index, "a", "b")) == ["a", "b", "new-ssl"]


def test_packages_that_refuse_each_other_are_noted() -> None:
    index = debian_index(deb("a", depends="b"), deb("b", conflicts="a (<< 9)"))
    closure = install(index, "a")
    assert names(closure) == ["a", "b"]
    assert closure.notes == ("b and a refuse each other",)
    assert closure.is_approximate


def test_a_package_may_refuse_others_that_provide_what_it_provides() -> None:
    agent = "mail-agent"
    index = debian_index(
        deb("postfix", provides=agent, conflicts=agent), deb("a", depends="postfix")
    )
    assert not install(index, "a").is_approximate


def test_a_refusal_of_old_versions_does_not_touch_the_base() -> None:
    index = debian_index(
        deb("a", depends="b"), deb("b", conflicts="libc6 (<< 2)"), deb("libc6", "2.36")
    )
    assert not install(index, "a", base=frozenset({"libc6"})).is_approximate


def test_a_virtual_package_with_one_provider_can_be_asked_for() -> None:
    index = debian_index(deb("mawk", provides="awk"))
    assert names(install(index, "awk")) == ["mawk"]


def test_a_virtual_package_with_several_providers_is_for_the_user_to_choose() -> None:
    index = debian_index(deb("mawk", provides="awk"), deb("gawk", provides="awk"))
    with pytest.raises(UsageError, match="awk is a virtual package") as failed:
        install(index, "awk")
    assert failed.value.next_step == "ask for one of gawk, mawk"


def test_all_unknown_packages_are_named_with_what_looks_like_them() -> None:
    index = debian_index(deb("curl"), deb("wget"))
    with pytest.raises(UsageError, match="no package crul, nowhere") as failed:
        install(index, "wget", "crul", "nowhere")
    assert "crul may be curl" in failed.value.next_step


@pytest.mark.parametrize("name", ["a;rm -rf", "../etc", "", "A", "\x1b[2J", "x" * 300])
def test_what_is_no_name_is_said_and_not_looked_up(name: str) -> None:
    index = debian_index(deb("curl"))
    with pytest.raises(UsageError, match="no name of a package for apt") as failed:
        install(index, name)
    assert "\x1b" not in str(failed.value)
    assert index.asked == []


def test_an_architecture_behind_a_name_is_left_out() -> None:
    assert names(install(debian_index(deb("curl")), "curl:amd64")) == ["curl"]


def test_circles_end() -> None:
    index = debian_index(deb("a", depends="b, a"), deb("b", depends="c"), deb("c", depends="a"))
    assert names(install(index, "a")) == ["a", "b", "c"]


def test_a_long_chain_is_walked_without_recursion_and_too_long_a_one_refused() -> None:
    chain = [deb(f"p{number}", depends=f"p{number + 1}") for number in range(10_000)]
    assert len(install(debian_index(*chain[:4_000], deb("p4000")), "p0").packages) == 4_001
    with pytest.raises(UsageError, match="more than 5000 packages for apt"):
        install(debian_index(*chain), "p0")


def test_a_minimal_root_is_what_is_required_and_apt() -> None:
    index = debian_index(
        deb("dpkg", priority="required", depends="tar, libc6"),
        deb("bash", is_essential=True, recommends="bash-completion"),
        deb("tar"),
        deb("libc6"),
        deb("bash-completion"),
        deb("apt", depends="gpgv"),
        deb("gpgv"),
        deb("vim"),
    )
    assert minbase(index) == {"dpkg", "bash", "tar", "libc6", "apt", "gpgv"}
    assert minbase(debian_index(deb("bash", is_essential=True))) == {"bash"}


def test_a_minimal_root_needs_nothing_to_merge_usr_with() -> None:
    index = debian_index(
        deb("init-system-helpers", priority="required", depends="usrmerge | usr-is-merged"),
        deb("usrmerge", depends="perl"),
        deb("usr-is-merged"),
        deb("perl"),
    )
    assert minbase(index) == {"init-system-helpers", "usr-is-merged"}


def test_the_packages_of_a_base_follow_from_what_its_build_installed() -> None:
    index = debian_index(
        deb("ca-certificates", depends="openssl, libc6", recommends="more"),
        deb("openssl"),
        deb("libc6"),
        deb("more"),
    )
    base = frozenset({"libc6"})
    held = installed_with(["ca-certificates", "unknown"], index, base)
    assert held == {"libc6", "ca-certificates", "openssl"}
    assert "more" in installed_with(["ca-certificates"], index, base, recommends=True)


NAMES = [f"n{number}" for number in range(5)]
VIRTUAL = ["v0"]
relations = st.builds(
    lambda name, version: f"{name} ({version})" if version and name not in VIRTUAL else name,
    st.sampled_from([*NAMES, *VIRTUAL, "gone"]),
    st.sampled_from(["", ">= 1", "<< 2", "= 1.5"]),
)
needs = st.lists(st.lists(relations, min_size=1, max_size=2).map(" | ".join), max_size=2)


@st.composite
def indexes(draw: st.DrawFn) -> FakeSystemIndex:
    packages: list[SystemPackage] = []
    for name in NAMES:
        for version in draw(
            st.lists(st.sampled_from(["0.9", "1.5", "2.0"]), min_size=1, max_size=2, unique=True)
        ):
            package = deb(
                name,
                version,
                depends=", ".join(draw(needs)),
                recommends=", ".join(draw(needs)),
                provides=", ".join(draw(st.lists(st.sampled_from(VIRTUAL), max_size=1))),
                conflicts=", ".join(draw(st.lists(st.sampled_from(NAMES), max_size=1))),
            )
            packages.append(package)
    return debian_index(*packages)


roots = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
bases = st.frozensets(st.sampled_from(NAMES), max_size=4)


@settings(max_examples=40)
@given(indexes(), roots, bases, st.booleans())
def test_every_need_of_a_chosen_package_is_met_or_noted(
    index: FakeSystemIndex, wanted: list[str], base: frozenset[str], recommends: bool
) -> None:
    closure = install(index, *wanted, base=base, recommends=recommends)
    chosen = {one.name: one for one in closure.packages}
    assert not set(chosen) & base
    assert set(wanted) <= set(chosen) | base
    for package in closure.packages:
        facts = next(one for one in index.named(package.name) if one.version == package.version)
        for alternatives in facts.depends:
            is_met = any(
                relation.name in base
                or (relation.name in chosen and satisfies(chosen[relation.name].version, relation))
                or _is_provided(relation.name, index, closure, base)
                for relation in alternatives
            )
            assert is_met or any(note.startswith(f"{package.name} needs") for note in closure.notes)


def _is_provided(name: str, index: FakeSystemIndex, closure: Closure, base: frozenset[str]) -> bool:
    versions = {one.name: one.version for one in closure.packages}
    return any(
        package.name in base or versions.get(package.name) == package.version
        for package in index.providing(name)
    )


@settings(max_examples=40)
@given(indexes(), roots, st.booleans(), st.randoms())
def test_the_order_of_what_is_asked_for_changes_nothing(
    index: FakeSystemIndex, wanted: list[str], recommends: bool, random: Random
) -> None:
    first = install(index, *wanted, recommends=recommends)
    random.shuffle(wanted)
    assert install(index, *wanted, recommends=recommends) == first


@settings(max_examples=40)
@given(indexes(), roots, bases)
def test_a_base_never_makes_more_packages_necessary_where_nothing_is_to_choose(
    index: FakeSystemIndex, wanted: list[str], base: frozenset[str]
) -> None:
    plain = debian_index(
        *(
            replace(
                one,
                depends=tuple(need[:1] for need in one.depends),
                recommends=tuple(need[:1] for need in one.recommends),
                provides=(),
                conflicts=(),
            )
            for one in index.packages
        )
    )
    assert set(names(install(plain, *wanted, base=base))) <= set(names(install(plain, *wanted)))
