from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Wanted
from auditor.estimate.closures.apk import apk_closure
from tests.fakes.package_indexes import FakeSystemIndex, alpine_index, apk

MUSL = apk("musl", "1.2.5-r0", provides="so:libc.musl-x86_64.so.1=1")


def add(index: FakeSystemIndex, *wanted: str, base: frozenset[str] = frozenset()) -> Closure:
    split = (one.partition(" ") for one in wanted)
    return apk_closure([Wanted(name, rest) for name, _, rest in split], index, in_base=base)


def names(closure: Closure) -> list[str]:
    return [package.name for package in closure.packages]


def test_libraries_and_commands_are_found_by_what_packages_provide() -> None:
    index = alpine_index(
        MUSL,
        apk(
            "curl", depends="ca-certificates-bundle so:libc.musl-x86_64.so.1 so:libcurl.so.4 cmd:sh"
        ),
        apk("libcurl", provides="so:libcurl.so.4=4.8.0", depends="so:libc.musl-x86_64.so.1"),
        apk("ca-certificates-bundle"),
        apk("busybox", provides="cmd:sh=1.36"),
    )
    closure = add(index, "curl", base=frozenset({"musl", "busybox"}))
    assert names(closure) == ["ca-certificates-bundle", "curl", "libcurl"]
    assert closure.in_base == ("busybox", "musl")
    assert not closure.is_approximate
    assert not any(package.is_recommended for package in closure.packages)


@pytest.mark.parametrize(
    "constraint, version",
    [
        ("", "1.10-r0"),
        ("=1.2-r0", "1.2-r0"),
        ("<1.10", "1.2.9-r1"),
        ("~1.2", "1.2.9-r1"),
        ("=~1.2.9", "1.2.9-r1"),
        (">=1.2.9-r1", "1.10-r0"),
    ],
)
def test_versions_are_chosen_by_apk_s_own_signs(constraint: str, version: str) -> None:
    index = alpine_index(apk("a", "1.2-r0"), apk("a", "1.10-r0"), apk("a", "1.2.9-r1"))
    assert [one.version for one in add(index, f"a {constraint}").packages] == [version]


def test_a_version_that_is_gone_is_replaced_and_said_to_be() -> None:
    closure = add(alpine_index(apk("a", "2-r0")), "a =1-r0")
    assert [one.version for one in closure.packages] == ["2-r0"]
    assert "a =1-r0 is not in the index" in closure.notes[0]


def test_of_several_providers_the_newest_of_what_they_provide_is_taken() -> None:
    index = alpine_index(
        apk("a", depends="so:libx.so.1"),
        apk("old", provides="so:libx.so.1=1.0"),
        apk("new", provides="so:libx.so.1=1.1"),
    )
    closure = add(index, "a")
    assert names(closure) == ["a", "new"]
    assert not closure.is_approximate


def test_a_priority_decides_among_providers_without_a_version() -> None:
    index = alpine_index(
        apk("a", depends="editor"),
        apk("nano", provides="editor", provider_priority=10),
        apk("vim", provides="editor", provider_priority=20),
    )
    assert names(add(index, "a")) == ["a", "vim"]


def test_what_others_need_anyway_answers_a_choice() -> None:
    index = alpine_index(
        apk("a", depends="sh b"),
        apk("b", depends="dash"),
        apk("bash", provides="sh=9"),
        apk("dash", provides="sh=1"),
    )
    assert names(add(index, "a")) == ["a", "b", "dash"]


def test_a_choice_that_apk_would_not_make_is_noted() -> None:
    index = alpine_index(
        apk("a", depends="editor"), apk("nano", provides="editor"), apk("vim", provides="editor")
    )
    closure = add(index, "a")
    assert len(closure.packages) == 2
    assert "apk would want one of nano, vim named" in closure.notes[0]
    with pytest.raises(UsageError, match="several packages provide editor") as failed:
        add(index, "editor")
    assert failed.value.next_step == "ask for one of nano, vim"
    assert names(add(index, "editor", "nano")) == ["nano"]


def test_a_name_that_one_package_provides_can_be_asked_for() -> None:
    assert names(add(alpine_index(apk("vim", provides="editor")), "editor")) == ["vim"]


def test_packages_come_by_themselves_once_all_they_complete_is_there() -> None:
    index = alpine_index(
        apk("python3", depends="pyc"),
        apk("pyc"),
        apk("python3-pyc", install_if="python3=1.0-r0 pyc", depends="python3-pycache"),
        apk("python3-pyc", "0.9-r0", install_if="python3 pyc"),
        apk("python3-pycache"),
        apk("python3-doc", install_if="python3 docs"),
    )
    closure = add(index, "python3")
    assert names(closure) == ["pyc", "python3", "python3-pyc", "python3-pycache"]
    assert names(add(index, "python3", base=frozenset({"python3-pyc"}))) == ["pyc", "python3"]


def test_conflicts_are_noted_and_avoided_where_there_is_a_choice() -> None:
    index = alpine_index(
        apk("a", depends="!b tool"),
        apk("b", provides="tool=9"),
        apk("c", provides="tool=1"),
        apk("d", depends="b"),
    )
    assert names(add(index, "a")) == ["a", "c"]
    closure = add(index, "a", "d")
    assert any("refuse each other" in note for note in closure.notes)
    assert closure.is_approximate


def test_two_wishes_for_one_name_are_noted() -> None:
    index = alpine_index(apk("a", depends="b<2"), apk("b", "1-r0"), apk("b", "2-r0"))
    closure = add(index, "a", "b >=2")
    assert [(one.name, one.version) for one in closure.packages] == [("a", "1.0-r0"), ("b", "2-r0")]
    assert closure.notes == ("a needs b (<< 2), and 2-r0 is chosen for others",)


def test_what_the_index_does_not_have_is_noted() -> None:
    closure = add(alpine_index(apk("a", depends="so:gone.so")), "a")
    assert closure.notes == ("a needs so:gone.so, which the index does not have",)


def test_unknown_packages_are_named() -> None:
    index = alpine_index(apk("curl"))
    with pytest.raises(UsageError, match="the index for apk has no package crul"):
        add(index, "crul")
    with pytest.raises(UsageError, match="no name of a package for apk"):
        add(index, "$(reboot)")


def test_a_tag_of_a_repository_is_left_out() -> None:
    assert names(add(alpine_index(apk("curl")), "curl@edge")) == ["curl"]


def test_circles_end_and_large_closures_are_refused() -> None:
    assert names(add(alpine_index(apk("a", depends="b a"), apk("b", depends="a")), "a")) == [
        "a",
        "b",
    ]
    many = [apk(f"p{number}", depends=f"p{number + 1}") for number in range(6_000)]
    with pytest.raises(UsageError, match="more than 5000"):
        add(alpine_index(*many), "p0")


NAMES = [f"n{number}" for number in range(6)]
needs = st.lists(
    st.sampled_from([*NAMES, "so:x", "so:y", "n1>=2", "n2<2", "!n3"]), max_size=3, unique=True
)


@st.composite
def indexes(draw: st.DrawFn) -> FakeSystemIndex:
    return alpine_index(
        *(
            apk(
                name,
                version,
                depends=" ".join(draw(needs)),
                provides=" ".join(
                    draw(st.lists(st.sampled_from(["so:x=1", "so:y=2"]), max_size=1))
                ),
                install_if=draw(st.sampled_from(["", "", "n1 n2"])),
            )
            for name in NAMES
            for version in ("1-r0", "2-r0")[: draw(st.integers(1, 2))]
        )
    )


@settings(max_examples=40)
@given(
    indexes(),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
    st.frozensets(st.sampled_from(NAMES), max_size=3),
    st.randoms(),
)
def test_a_closure_is_closed_and_the_order_changes_nothing(
    index: FakeSystemIndex, wanted: list[str], base: frozenset[str], random: Random
) -> None:
    closure = add(index, *wanted, base=base)
    random.shuffle(wanted)
    assert add(index, *wanted, base=base) == closure
    there = {one.name for one in closure.packages} | base
    for package in closure.packages:
        facts = next(one for one in index.named(package.name) if one.version == package.version)
        for (relation,) in facts.depends:
            providers = {one.name for one in index.providing(relation.name)} | {relation.name}
            is_noted = any(note.startswith(f"{package.name} needs") for note in closure.notes)
            assert providers & there or is_noted
