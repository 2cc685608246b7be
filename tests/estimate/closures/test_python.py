from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Wanted
from auditor.estimate.closures import python
from auditor.estimate.closures.python import python_closure
from auditor.estimate.closures.python_target import PythonTarget
from tests.fakes.package_indexes import FakePythonIndex, sdist, wheel

TARGET = PythonTarget("3.12")


def install(
    index: FakePythonIndex,
    *wanted: Wanted | str,
    base: dict[str, str] | None = None,
    target: PythonTarget = TARGET,
) -> Closure:
    asked = [one if isinstance(one, Wanted) else Wanted(one) for one in wanted]
    return python_closure(asked, index, target, in_base=base or {})


def versions(closure: Closure) -> dict[str, str]:
    return {package.name: package.version for package in closure.packages}


def test_the_newest_versions_that_fit_together_are_taken() -> None:
    index = FakePythonIndex.of(
        {
            "Flask": {"2.3.0": ["werkzeug>=2"], "3.0.3": ["Werkzeug>=3.0.0", "click>=8.1.3"]},
            "werkzeug": {"2.9": [], "3.0.4": ["MarkupSafe>=2.1.1"], "4.0rc1": []},
            "click": {"8.1.7": []},
            "markupsafe": {"2.1.5": []},
        }
    )
    closure = install(index, "flask")
    assert versions(closure) == {
        "click": "8.1.7",
        "flask": "3.0.3",
        "markupsafe": "2.1.5",
        "werkzeug": "3.0.4",
    }
    assert [package.asked_by for package in closure.packages] == ["flask", "", "werkzeug", "flask"]
    flask = closure.packages[1]
    assert (flask.archive_bytes, flask.unpacked_bytes, flask.source_bytes) == (1000, 3000, 2000)
    assert not closure.is_approximate
    assert ("flask",) in index.looked_ahead
    assert ("click", "werkzeug") in index.looked_ahead


def test_an_older_version_is_taken_where_the_newest_fits_nobody_else() -> None:
    index = FakePythonIndex.of(
        {
            "a": {"1.0": ["c<2"], "2.0": ["c<2"]},
            "b": {"1.0": ["c<2"], "2.0": ["c>=2"]},
            "c": {"1.0": [], "2.0": []},
        }
    )
    assert versions(install(index, "a", "b")) == {"a": "2.0", "b": "1.0", "c": "1.0"}


@pytest.mark.parametrize(
    "constraint, version",
    [
        ("", "2.0"),
        ("==1.0", "1.0"),
        ("1.0", "1.0"),
        ("~=1.0", "1.5"),
        (">=1,<2", "1.5"),
        ("!=2.0", "1.5"),
        (">=3.0b1", "3.0b2"),
        ("==1.*", "1.5"),
        ("===1.5", "1.5"),
    ],
)
def test_versions_are_chosen_by_specifiers(constraint: str, version: str) -> None:
    index = FakePythonIndex.of({"a": {one: [] for one in ("1.0", "1.5", "2.0", "3.0b2")}})
    assert versions(install(index, Wanted("a", constraint))) == {"a": version}


def test_a_pre_release_is_taken_where_there_is_nothing_else() -> None:
    index = FakePythonIndex.of({"black": {"18.3a0": [], "18.9b0": []}})
    assert versions(install(index, "black")) == {"black": "18.9b0"}


def test_a_yanked_version_is_taken_only_where_it_alone_is_asked_for() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}})
    index.add("a", wheel("a", "1.1", is_yanked=True))
    assert versions(install(index, "a")) == {"a": "1.0"}
    assert versions(install(index, Wanted("a", "==1.1"))) == {"a": "1.1"}
    with pytest.raises(UsageError):
        install(index, Wanted("a", ">1.0"))


def test_extras_bring_what_they_name_and_markers_are_those_of_the_target() -> None:
    index = FakePythonIndex.of(
        {
            "uvicorn": {
                "0.30": [
                    "click>=7",
                    'uvloop>=0.14; (sys_platform != "win32") and extra == "standard"',
                    'colorama>=0.4; sys_platform == "win32" and extra == "standard"',
                    'typing-extensions>=4; python_version < "3.11"',
                    'uvicorn[standard]; extra == "all"',
                ]
            },
            "click": {"8": []},
            "uvloop": {"0.20": []},
            "typing-extensions": {"4.12": []},
        }
    )
    assert versions(install(index, "uvicorn")) == {"click": "8", "uvicorn": "0.30"}
    full = {"click": "8", "uvicorn": "0.30", "uvloop": "0.20"}
    assert versions(install(index, Wanted("uvicorn", extras=("Standard",)))) == full
    assert versions(install(index, Wanted("uvicorn", extras=("all",)))) == full
    assert versions(install(index, Wanted("uvicorn", extras=("unheard-of",)))) == {
        "click": "8",
        "uvicorn": "0.30",
    }
    old = install(index, "uvicorn", target=PythonTarget("3.10"))
    assert "typing-extensions" in versions(old)


def test_an_extra_and_its_project_have_one_version() -> None:
    index = FakePythonIndex.of(
        {
            "a": {"1.0": ['x; extra == "e"'], "2.0": ['x; extra == "e"']},
            "b": {"1.0": ["a<2"]},
            "x": {"1.0": []},
        }
    )
    closure = install(index, Wanted("a", extras=("e",)), "b")
    assert versions(closure) == {"a": "1.0", "b": "1.0", "x": "1.0"}


def test_a_marker_on_what_is_asked_for_is_heeded() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}, "b": {"1.0": []}})
    wanted = [Wanted("a", marker='sys_platform == "win32"'), Wanted("b", marker='os_name=="posix"')]
    assert versions(install(index, *wanted)) == {"b": "1.0"}


def test_the_metadata_s_requires_python_counts_where_the_index_is_silent() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}})
    index.add("a", wheel("a", "2.0"), requires_python=">=3.13")
    assert versions(install(index, "a")) == {"a": "1.0"}
    with pytest.raises(UsageError, match=r"a 2.0 wants <python>>=3.13"):
        install(index, Wanted("a", "==2.0"))


def test_what_the_base_has_is_kept_where_it_will_do() -> None:
    index = FakePythonIndex.of(
        {
            "a": {"1.0": ["setuptools", "wheel>=0.45"]},
            "setuptools": {"80": []},
            "wheel": {"0.45": []},
        }
    )
    closure = install(index, "a", base={"Setuptools": "65.5.1", "wheel": "0.40", "odd": "?"})
    assert versions(closure) == {"a": "1.0", "wheel": "0.45"}
    assert closure.in_base == ("setuptools",)


def test_an_extra_of_what_the_base_has_is_added() -> None:
    index = FakePythonIndex.of({"a": {"1.0": ['x; extra == "e"']}, "x": {"1": []}})
    closure = install(index, Wanted("a", extras=("e",)), base={"a": "1.0"})
    assert versions(closure) == {"x": "1"}
    assert closure.in_base == ("a",)


def test_a_source_is_sized_by_a_wheel_for_others_and_said_to_be() -> None:
    index = FakePythonIndex()
    index.add("psycopg2", wheel("psycopg2", "2.9.9", "cp312-cp312-win_amd64", size_bytes=1_163_000))
    index.add("psycopg2", sdist("psycopg2", "2.9.9", size_bytes=384_000), None)
    closure = install(index, "psycopg2")
    assert closure.packages[0].archive_bytes == 1_163_000
    assert closure.packages[0].unpacked_bytes == 3000
    assert "counted as a wheel of the same version for another platform" in closure.notes[0]
    assert closure.is_approximate


def test_a_source_alone_counts_as_it_is_downloaded() -> None:
    index = FakePythonIndex()
    index.add("old", sdist("old", "1.0"), None)
    closure = install(index, "old")
    assert closure.packages[0].archive_bytes == 5000
    assert closure.packages[0].unpacked_bytes is None
    assert closure.notes[0] == "old 1.0 says what it needs only once built"
    assert "size once built unknown" in closure.notes[1]


def test_requirements_that_are_addresses_or_nonsense_are_noted() -> None:
    index = FakePythonIndex.of({"a": {"1.0": ["b @ file:///tmp/b.whl", "c ==== 1", "d" * 5000]}})
    closure = install(index, "a")
    assert versions(closure) == {"a": "1.0"}
    assert "takes b from an address: not counted" in closure.notes[0]
    assert "not understood: c ==== 1" in closure.notes[1]
    assert closure.is_approximate


def test_all_unknown_packages_are_named() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}})
    with pytest.raises(UsageError, match="the index for pip has no package nowhere, reqests"):
        install(index, "reqests", "a", "nowhere")


def test_who_wants_what_is_said_where_nothing_fits() -> None:
    index = FakePythonIndex.of(
        {"a": {"1.0": ["c>=2"]}, "b": {"1.0": ["c<2"]}, "c": {"1.0": [], "2.0": []}}
    )
    with pytest.raises(UsageError, match="no versions fit together") as failed:
        install(index, "a", "b")
    assert "a 1.0 wants c>=2; b 1.0 wants c<2" in failed.value.message
    with pytest.raises(UsageError, match="the list wants a>=9"):
        install(index, Wanted("a", ">=9"))
    index.add("d", wheel("d", "1"), ["gone"])
    with pytest.raises(UsageError, match="d 1 wants gone"):
        install(index, "d")


def test_an_endless_search_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "MAX_ROUNDS", 3)
    index = FakePythonIndex.of(
        {
            "a": {str(one): [f"b=={one}", "c"] for one in range(50)},
            "b": {"0": ["c"]},
            "c": {"1": []},
        }
    )
    with pytest.raises(UsageError, match="no versions found that fit together in 3 rounds"):
        install(index, "a")


@pytest.mark.parametrize("name", ["a; import os", "../a", "", "-e", "\x1b[31m"])
def test_what_is_no_name_is_said_and_not_looked_up(name: str) -> None:
    index = FakePythonIndex()
    with pytest.raises(UsageError, match="no name of a package for pip"):
        install(index, name)
    assert index.asked == []


@pytest.mark.parametrize("constraint", [">>1", "=1", "<" * 5000, "1" * 5000 + ".0", "((((" * 40])
def test_a_constraint_that_is_none_is_said(constraint: str) -> None:
    with pytest.raises(UsageError, match="not understood: a "):
        install(FakePythonIndex.of({"a": {"1.0": []}}), Wanted("a", constraint))


def test_a_marker_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="not understood: a "):
        install(FakePythonIndex.of({"a": {"1.0": []}}), Wanted("a", marker="os.system('x')"))


def test_circles_end_and_long_chains_need_no_recursion() -> None:
    circle = FakePythonIndex.of({"a": {"1": ["b", "a"]}, "b": {"1": ["a"]}})
    assert versions(install(circle, "a")) == {"a": "1", "b": "1"}
    chain = FakePythonIndex.of(
        {f"p{n}": {"1": [f"p{n + 1}"]} for n in range(400)} | {"p400": {"1": []}}
    )
    assert len(install(chain, "p0").packages) == 401


def test_a_circle_that_was_given_up_on_the_way_is_left_out() -> None:
    index = FakePythonIndex.of(
        {
            "a": {"1": [], "2": ["x", "z<1"]},
            "x": {"1": ["y"]},
            "y": {"1": ["x"]},
            "z": {"1": []},
        }
    )
    assert versions(install(index, "a", "z")) == {"a": "1", "z": "1"}


def test_a_package_that_needs_ten_thousand_is_refused() -> None:
    index = FakePythonIndex.of({"a": {"1": [f"p{n}" for n in range(10_000)]}})
    with pytest.raises(UsageError, match="more than 5000 packages for pip"):
        install(index, "a")


def test_hostile_names_in_metadata_are_never_looked_up() -> None:
    index = FakePythonIndex.of({"a": {"1": ["b" * 300]}})
    with pytest.raises(UsageError):
        install(index, "a")
    assert index.asked == ["a", "a"]


NAMES = ["a", "b", "c", "d"]
VERSIONS = ["1.0", "1.5", "2.0"]
requirement = st.builds(
    str.__add__, st.sampled_from(NAMES), st.sampled_from(["", "", ">=1.5", "<2", "==1.0", "~=1.0"])
)
projects = st.fixed_dictionaries(
    {
        name: st.dictionaries(
            st.sampled_from(VERSIONS), st.lists(requirement, max_size=2), min_size=1
        )
        for name in NAMES
    }
)


@settings(max_examples=60)
@given(projects, st.lists(st.sampled_from(NAMES), min_size=1, unique=True), st.randoms())
def test_a_closure_is_closed_consistent_and_the_same_in_every_order(
    facts: dict[str, dict[str, list[str]]], wanted: list[str], random: Random
) -> None:
    index = FakePythonIndex.of(facts)
    try:
        closure = install(index, *wanted)
    except UsageError:
        random.shuffle(wanted)
        with pytest.raises(UsageError):
            install(index, *wanted)
        return
    chosen = versions(closure)
    assert set(wanted) <= set(chosen)
    for name, version in chosen.items():
        for text in facts[name][version]:
            assert SpecifierSet(text[1:]).contains(chosen[text[0]])
    random.shuffle(wanted)
    assert install(index, *wanted) == closure
    based = install(index, *wanted, base={"a": "1.0"})
    assert "a" not in versions(based) or versions(based)["a"] != "1.0"
