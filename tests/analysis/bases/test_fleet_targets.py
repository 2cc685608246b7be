from __future__ import annotations

from auditor.analysis.bases.fleet_targets import OldBase, Target, named_target, propose_targets
from auditor.analysis.bases.variants import VariantIndex
from auditor.domain.bases import KnownBase
from tests.analysis.bases.making import MB, base, layer

FULL = base("python:3.12", layers=[layer("debian", 48), layer("python", 350)])
SLIM = base("python:3.12-slim", layers=[layer("slim", 28), layer("slim python", 15)])
ALPINE = base("python:3.12-alpine", layers=[layer("alpine", 4), layer("musl python", 14)])
JDK = base("eclipse-temurin:21", layers=[layer("ubuntu", 30), layer("jdk", 200)])
JRE = base("eclipse-temurin:21-jre", layers=[layer("ubuntu", 30), layer("jre", 90)])


def old(known: KnownBase, today: KnownBase | None = None, *, builds: bool = False) -> OldBase:
    current = {today.names[0]: today} if today else {}
    return OldBase(known.names, known.layers, known.platform, builds=builds, current=current)


def proposed(of: OldBase, *known: KnownBase) -> list[Target]:
    return list(propose_targets(of, VariantIndex(known)))


def test_what_changes_least_besides_is_proposed_with_what_to_mind() -> None:
    (one,) = proposed(old(FULL), FULL, ALPINE, SLIM)
    assert (one.name, one.size_bytes) == ("python:3.12-slim", 43 * MB)
    assert any("compilers" in word for word in one.words)
    (musl,) = proposed(old(SLIM), FULL, ALPINE, SLIM)
    assert any("musl" in word for word in musl.words)


def test_what_compiles_keeps_its_tools() -> None:
    assert [one.name for one in proposed(old(JDK), JRE)] == ["eclipse-temurin:21-jre"]
    assert proposed(old(JDK, builds=True), JRE) == []


def test_a_base_of_which_the_layers_are_not_known_or_that_is_no_smaller_is_not_proposed() -> None:
    unknown = base("python:3.12-slim", megabytes=40)
    bigger = base("python:3.12-slim", layers=[layer("huge", 900)])
    other = base("python:3.11-slim", layers=SLIM.layers)
    assert proposed(old(FULL), unknown) == proposed(old(FULL), bigger) == []
    assert proposed(old(FULL), other) == []


def test_todays_build_of_the_same_tag_is_proposed_after_it() -> None:
    rebuilt = base("python:3.12", layers=[layer("debian", 48), layer("python again", 351)])
    found = proposed(old(FULL, rebuilt), SLIM)
    assert [one.name for one in found] == ["python:3.12-slim", "python:3.12"]
    assert found[1].layers == rebuilt.layers


def test_nothing_is_proposed_for_a_base_without_a_name_or_of_nobodys_family() -> None:
    assert proposed(OldBase((), FULL.layers), SLIM) == []
    assert proposed(OldBase(("team/own:1",), FULL.layers), SLIM) == []


def test_any_other_base_says_what_its_name_tells_of_the_change() -> None:
    words = {
        name: " ".join(named_target(old(FULL), name, base(name, layers=SLIM.layers)).words)
        for name in ("python:3.12-alpine", "python:3.13", "node:22", "python:3.12")
    }
    assert "musl" in words["python:3.12-alpine"]
    assert "another version" in words["python:3.13"]
    assert "another family" in words["node:22"]
    assert words["python:3.12"] == ""
    assert named_target(OldBase((), FULL.layers), "node:22", SLIM).words == ()
