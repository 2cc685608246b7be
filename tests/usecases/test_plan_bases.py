"""From crawls to plans: who builds on what, what moves are planned, and what settings change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.analysis_settings import AnalysisSettings, RuleTuning
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, BasesQuery
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.exactness import Exactness
from auditor.domain.image_config import HistoryEntry
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.browse import Browse
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.plan_bases import family_of
from auditor.usecases.prune_history import prune_history
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource
from tests.usecases.bench import LISTS_ALL, REGISTRY, Bench, day, target

MB = 1_000_000
HUB = "hub.example"
ALL = Analysis.from_settings(AnalysisSettings())
FULL = (layer(48 * MB, "debian"), layer(350 * MB, "python"))
SLIM = (layer(28 * MB, "slim"), layer(15 * MB, "slim python"))
REBUILT = (layer(49 * MB, "debian again"), layer(350 * MB, "python"))
OLDER = (layer(47 * MB, "older"), layer(300 * MB, "python 3.11"))
OLDEST = (layer(46 * MB, "oldest"), layer(290 * MB, "python 3.10"))
APPS = ("team/a", "team/b", "team/c")


def built(contents: Contents, name: str, *stack: Descriptor, run: str = "") -> Digest:
    history = tuple(HistoryEntry(run or f"COPY {one.digest.short} /") for one in stack)
    return contents.image(name, *stack, config=config_of(name, stack, history=history))


def hub(**stacks: tuple[Descriptor, ...]) -> Contents:
    contents = Contents()
    for tag, stack in (stacks or {"3.12": FULL, "3.12-slim": SLIM}).items():
        contents.tag("library/python", tag, built(contents, f"python {tag} {stack}", *stack))
    return contents


def fleet(
    base: tuple[Descriptor, ...] = FULL, names: tuple[str, ...] = APPS, run: str = ""
) -> Contents:
    contents = Contents()
    for name in names:
        own = layer(MB, f"own {name}")
        contents.tag(name, "1", built(contents, f"{name} {base}", *base, own, run=run))
    return contents


def crawl(bench: Bench, *worlds: tuple[str, Contents], analysis: Analysis = ALL) -> None:
    bench.limits = CrawlLimits(analysis=analysis, guard_ratio=1.0)
    for name, contents in worlds:
        where = replace(target(name), is_reference=name == HUB)
        source = FakeSource(contents.registry(), LISTS_ALL)
        bench.crawl(source, where, at=day(8 * bench.crawls), accept_removals=True)


def page(bench: Bench, query: BasesQuery | None = None) -> BasesPage:
    return bench.browse().bases(query or BasesQuery())


def only(bench: Bench) -> BaseRow:
    (row,) = page(bench).rows
    return row


def test_a_fleet_on_a_base_is_told_with_the_best_swap(either_bench: Bench) -> None:
    crawl(either_bench, (HUB, hub()), (REGISTRY, fleet()))
    row = only(either_bench)
    assert (row.name, row.family) == (f"{HUB}/library/python:3.12", "python")
    assert (row.repositories, row.images, row.versions) == (3, 3, 1)
    assert (row.size_bytes, row.registry) == (398 * MB, REGISTRY)
    assert row.exactness is Exactness.EXACT
    swap = row.swap
    assert swap is not None
    assert (swap.name, swap.moves, swap.break_even) == (f"{HUB}/library/python:3.12-slim", 3, 3)
    assert (swap.freed_bytes, swap.added_bytes, swap.kept_bytes) == (355 * MB, 43 * MB, 0)
    assert [(one.repository, one.cumulative_bytes // MB) for one in swap.steps] == [
        ("team/a", -43),
        ("team/b", -43),
        ("team/c", 355),
    ]
    assert row.monthly_saving is not None
    assert row.monthly_saving > 0
    assert page(either_bench).as_of is not None


def test_a_repository_that_comes_to_hold_the_base_makes_the_plan_anew(bench: Bench) -> None:
    crawl(bench, (HUB, hub()), (REGISTRY, fleet()))
    world = fleet()
    for tag, stack in (("holds", (FULL[1], layer(MB, "x"))), ("new", (SLIM[0], layer(MB, "y")))):
        world.tag("odd/holder", tag, built(world, tag, *stack))
    crawl(bench, (REGISTRY, world))
    swap = only(bench).swap
    assert swap is not None
    assert (swap.freed_bytes, swap.added_bytes, swap.kept_bytes) == (33 * MB, 15 * MB, 350 * MB)


def test_who_left_the_base_is_counted_no_more(bench: Bench) -> None:
    crawl(bench, (HUB, hub()), (REGISTRY, fleet()))
    crawl(bench, (REGISTRY, fleet(names=("team/a",))), (REGISTRY, fleet(names=("team/a",))))
    assert only(bench).repositories == 1
    crawl(bench, (REGISTRY, fleet(SLIM)), (REGISTRY, fleet(SLIM)))
    assert [row.name for row in page(bench).rows] == [f"{HUB}/library/python:3.12-slim"]


def test_a_slimmer_variant_that_appears_is_proposed(bench: Bench) -> None:
    crawl(bench, (HUB, hub(**{"3.99": FULL})), (REGISTRY, fleet()))
    assert only(bench).swap is None
    crawl(bench, (HUB, hub(**{"3.99": FULL, "3.99-slim": SLIM})))
    swap = only(bench).swap
    assert swap is not None
    assert swap.name.endswith("3.99-slim")


def test_todays_build_of_the_same_tag_is_proposed(bench: Bench) -> None:
    crawl(bench, (HUB, hub(**{"3.99": FULL})), (REGISTRY, fleet()))
    crawl(bench, (HUB, hub(**{"3.99": REBUILT})))
    swap = only(bench).swap
    assert swap is not None
    assert (swap.name, swap.freed_bytes) == (f"{HUB}/library/python:3.99", -MB)
    assert only(bench).monthly_saving is not None
    assert (only(bench).monthly_saving or 0) < 0


def test_what_compiles_is_left_on_what_it_needs(bench: Bench) -> None:
    stacks = {"21-jdk": FULL, "21-jre": SLIM}
    contents = Contents()
    for tag, stack in stacks.items():
        contents.tag("library/eclipse-temurin", tag, built(contents, tag, *stack))
    crawl(bench, (HUB, contents), (REGISTRY, fleet(run="RUN mvn package")))
    assert only(bench).swap is None


def test_too_many_versions_of_a_base_and_what_they_cost(bench: Bench) -> None:
    world = fleet()
    for number, stack in enumerate((OLDER, OLDEST)):
        world.tag(
            f"old/{number}", "1", built(world, f"old {number}", *stack, layer(MB, f"{number}"))
        )
    bases = hub(**{"3.12": FULL, "3.11": OLDER, "3.10": OLDEST})
    crawl(bench, (HUB, bases), (REGISTRY, world))
    (family,) = page(bench).families
    assert (family.family, family.versions, family.repositories) == ("python", 3, 5)
    assert (family.stored_bytes, family.excess_bytes) == (1_081 * MB, 683 * MB)
    assert family.most_used[0].repositories == 3
    assert {row.versions for row in page(bench).rows} == {3}
    assert page(bench, BasesQuery(text="3.11")).matches == 1


def test_rules_can_be_switched_off_and_leave_repositories_out(bench: Bench) -> None:
    crawl(bench, (HUB, hub()), (REGISTRY, fleet()))
    off = (
        RuleTuning("fleet-swap", is_enabled=False),
        RuleTuning("too-many-base-versions", is_enabled=False),
    )
    analyse(bench.database, Analysis.from_settings(AnalysisSettings(rules=off)), now=day(50))
    assert (only(bench).swap, only(bench).versions) == (None, 1)
    part = (
        RuleTuning("fleet-swap", ignore=("team/a",)),
        RuleTuning("too-many-base-versions", ignore=("**",)),
    )
    analyse(bench.database, Analysis.from_settings(AnalysisSettings(rules=part)), now=day(51))
    swap = only(bench).swap
    assert swap is not None
    assert (swap.moves, swap.freed_bytes, swap.kept_bytes) == (2, -43 * MB, 398 * MB)
    nobody = (RuleTuning("fleet-swap", ignore=("**",)),)
    analyse(bench.database, Analysis.from_settings(AnalysisSettings(rules=nobody)), now=day(52))
    assert only(bench).swap is None


def test_an_analysis_that_was_broken_off_plans_what_is_left(bench: Bench) -> None:
    crawl(bench, (HUB, hub()))
    bench.limits = CrawlLimits()
    bench.crawl(fleet())
    done = [0]
    analyse(
        bench.database,
        ALL,
        now=day(9),
        listener=lambda count, _: done.append(count),
        is_stopped=lambda: done[-1] == 3,
    )
    assert page(bench).rows == ()
    assert analyse(bench.database, ALL, now=day(9)).repositories == 0
    assert only(bench).repositories == 3


def test_images_that_are_forgotten_while_nobody_analyses_take_their_bases_along(
    either_bench: Bench,
) -> None:
    crawl(either_bench, (HUB, hub()), (REGISTRY, fleet()))
    either_bench.limits = CrawlLimits(guard_ratio=1.0)
    left = FakeSource(fleet(names=("team/a",)).registry(), LISTS_ALL)
    for number in (10, 20):
        either_bench.crawl(left, at=day(number), accept_removals=True)
    prune_history(either_bench.database, 1, now=day(120), registry=REGISTRY)
    analyse(either_bench.database, ALL, now=day(121))
    assert only(either_bench).repositories == 1


def test_a_registry_that_becomes_a_reference_builds_on_nothing_and_back(bench: Bench) -> None:
    crawl(bench, (HUB, hub()), (REGISTRY, fleet()))
    for is_reference in (True, False):
        where = replace(target(REGISTRY), is_reference=is_reference)
        bench.crawl(FakeSource(fleet().registry(), LISTS_ALL), where, at=day(8 * bench.crawls))
        assert len(page(bench).rows) == (0 if is_reference else 1)


def plan(bench: Bench, *asked: str, is_whole: bool = False) -> BasePlan:
    browse = Browse(bench.database, bench.browse().prices, analysis=lambda: ALL)
    return browse.base_plan(*asked, is_whole=is_whole)


def test_any_other_base_can_be_asked_for(bench: Bench) -> None:
    bases = hub(**{"3.12": FULL, "3.12-slim": SLIM, "3.13": REBUILT})
    crawl(bench, (HUB, bases), (REGISTRY, fleet()))
    asked = only(bench).identifier
    for name in ("python:3.13", f"{HUB}/library/python:3.13", "library/python:3.13"):
        swap = plan(bench, asked, "", name).base.swap
        assert swap is not None
        assert (swap.name, swap.freed_bytes, swap.break_even) == (name, -MB, None)
        assert swap.words == ("It is another version: test what you build on it.",)
    digest = bases.registry().repositories["library/python"].tags["3.13"]
    by_digest = plan(bench, asked, "", f"{HUB}/library/python@{digest}").base.swap
    assert by_digest is not None
    assert by_digest.freed_bytes == -MB
    shipped = plan(bench, "python:3.12", REGISTRY, "alpine:3.6").base.swap
    assert shipped is not None
    assert shipped.freed_bytes > 390 * MB
    itself = plan(bench, "python:3.12", REGISTRY, "python:3.12").base.swap
    assert itself is not None
    assert itself.freed_bytes == 0
    for unknown in ("python:2.7-nobody", "UPPER case!"):
        with pytest.raises(UnknownReferenceError, match="layers of"):
            plan(bench, asked, "", unknown)


def test_a_whole_plan_has_every_move(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.usecases.plan_bases.MOST_STEPS", 2)
    crawl(bench, (HUB, hub()), (REGISTRY, fleet()))
    first, whole = plan(bench, "python:3.12"), plan(bench, "python:3.12", is_whole=True)
    assert first.base.swap is not None
    assert whole.base.swap is not None
    assert (len(first.base.swap.steps), len(whole.base.swap.steps)) == (2, 3)
    assert replace(whole.base.swap, steps=first.base.swap.steps) == first.base.swap


def test_a_base_that_nobody_or_more_than_one_is_called_is_refused(bench: Bench) -> None:
    crawl(bench, (HUB, hub(**{"3.12": FULL})), (REGISTRY, fleet()))
    world = fleet()
    world.tag("new/app", "1", built(world, "new", *REBUILT, layer(MB, "new")))
    crawl(bench, (HUB, hub(**{"3.12": REBUILT})), (REGISTRY, world))
    with pytest.raises(UnknownReferenceError, match="names 2 bases") as told:
        plan(bench, "python:3.12")
    assert len(told.value.candidates) == 2
    with pytest.raises(UnknownReferenceError, match="no repository is built on") as refused:
        plan(bench, "python:3.1")
    assert "did you mean" in (refused.value.next_step or "")
    with pytest.raises(UnknownReferenceError, match="no repository"):
        plan(bench, "zzz")
    with pytest.raises(UnknownReferenceError):
        bench.browse().bases(BasesQuery(registry="unknown.example"))


def test_a_family_is_what_a_repository_is_called() -> None:
    assert family_of("hub.example", "library/python") == "python"
    assert family_of("hub.example", "team/base") == "hub.example/team/base"
