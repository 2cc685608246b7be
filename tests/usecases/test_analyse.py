"""From crawls to findings: what is analysed, when, and what is kept of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.domain.analysis_settings import AnalysisSettings, RuleTuning
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import SettingsError, StoreError, UsageError
from auditor.domain.finding_views import FindingRow, FindingsBy, FindingsPage, FindingsQuery
from auditor.domain.image_config import HistoryEntry
from auditor.domain.observation import CrawlOutcome
from auditor.domain.owners import OwnerRule
from auditor.domain.reference import ImageReference
from auditor.domain.views import RankBy, RankQuery
from auditor.ledger.owners import OwnerBook
from auditor.usecases import crawl_registry as crawl_module
from auditor.usecases.analyse import Analysis
from auditor.usecases.browse import Browse
from auditor.usecases.crawl_registry import CrawlLimits, crawl_source
from auditor.usecases.owners import Owners
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource
from tests.usecases.bench import REGISTRY, Bench, day, target

MB = 1_000_000
ROOT, LISTS, CODE = layer(48 * MB, "root"), layer(60 * MB, "lists"), layer(5 * MB, "code")
LEAN = layer(44 * MB, "lean")
WASTEFUL = "RUN apt-get update && apt-get install -y --no-install-recommends nginx"
CLEAN = f"{WASTEFUL} && rm -rf /var/lib/apt/lists/*"
SAVING = 16_181_512
ALL = Analysis.from_settings(AnalysisSettings())


def built(
    contents: Contents,
    name: str,
    run: str,
    *layers: Descriptor,
    labels: dict[str, str] | None = None,
) -> Digest:
    """An image of a root, a RUN and, with a third layer, a COPY."""
    texts = ("/bin/sh -c #(nop) ADD file:1 in / ", f"{run} # buildkit", "COPY app /app # buildkit")
    history = tuple(HistoryEntry(text) for text in texts[: len(layers)])
    config = config_of(name, layers, history=history, labels=labels)
    return contents.image(name, *layers, config=config)


def shop(contents: Contents, tag: str = "1", *, clean: bool = False) -> Contents:
    stack = (ROOT, LEAN if clean else LISTS, CODE)
    image = built(contents, f"shop {tag} {clean}", CLEAN if clean else WASTEFUL, *stack)
    contents.tag("team/shop", tag, image)
    return contents


def crawled(bench: Bench, contents: Contents, analysis: Analysis | None = ALL) -> None:
    bench.limits = CrawlLimits(analysis=analysis)
    bench.crawl(contents)


def page(bench: Bench, **query: object) -> FindingsPage:
    browse = replace(bench.browse(), analysis=lambda: ALL)
    return browse.findings(FindingsQuery(**query))  # type: ignore[arg-type]


def lists(bench: Bench, **query: object) -> list[FindingRow]:
    return [row for row in page(bench, **query).rows if row.finding.rule == "apt-lists-kept"]


def test_a_crawl_is_followed_by_findings_of_what_it_saw(either_bench: Bench) -> None:
    crawled(either_bench, shop(Contents()))
    (row,) = lists(either_bench)
    assert (row.repository, row.tag, row.images) == ("team/shop", "1", 1)
    assert row.finding.pull_saving_bytes == row.stored_saving_bytes == SAVING
    assert 0 < row.priority_bytes < SAVING
    assert any("below 500 MB" in reason for reason in row.ranked_low)
    assert row.cold_start_seconds > 0
    assert row.monthly_saving is not None
    assert row.monthly_saving > 0
    found = page(either_bench)
    assert (found.as_of, found.waiting_images) == (day(0), 0)
    assert {info.identifier for info in found.rules} >= {"apt-lists-kept", "stale-tags"}


def test_rankings_and_totals_know_what_findings_save(either_bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("team/clean", "1", built(contents, "clean", CLEAN, ROOT, layer(9 * MB, "x")))
    crawled(either_bench, contents)
    ranking = either_bench.browse().rank(RankQuery(by=RankBy.POTENTIAL))
    assert [row.repository for row in ranking.rows] == ["team/shop", "team/clean"]
    assert ranking.rows[0].pull_saving_bytes is not None
    assert ranking.rows[0].pull_saving_bytes >= SAVING
    assert ranking.totals.stored_saving_bytes == sum(
        row.stored_saving_bytes or 0 for row in ranking.rows
    )


def test_a_fix_pushed_over_the_tag_takes_the_finding_away(either_bench: Bench) -> None:
    crawled(either_bench, shop(Contents()))
    crawled(either_bench, shop(Contents(), clean=True))
    assert lists(either_bench) == []


def test_what_only_an_older_version_shows_is_mended_already(bench: Bench) -> None:
    contents = shop(Contents(), "1.0")
    newer = built(contents, "newer", CLEAN, ROOT, LEAN, layer(6 * MB, "code 2"))
    contents.tag("team/shop", "1.1", newer)
    crawled(bench, contents)
    told = {(row.tag, row.finding.rule) for row in page(bench).rows}
    assert ("1.0", "apt-lists-kept") not in told or ("1.1", "apt-lists-kept") not in told


def test_layers_that_others_hold_stay_and_cost(either_bench: Bench) -> None:
    contents = shop(Contents())
    copy = built(contents, "copy", WASTEFUL, ROOT, LISTS, layer(4 * MB, "other code"))
    contents.tag("other/app", "1", copy)
    crawled(either_bench, contents)
    saved = {row.repository: row.stored_saving_bytes for row in lists(either_bench)}
    assert saved == {"team/shop": SAVING - 60 * MB, "other/app": SAVING - 60 * MB}


def test_a_new_base_has_what_is_built_on_it_looked_at_again(either_bench: Bench) -> None:
    contents = shop(Contents())
    crawled(either_bench, contents)
    assert len(lists(either_bench)) == 1
    base = built(contents, "base", WASTEFUL, ROOT, LISTS)
    contents.tag("base/nginx-lists", "1", base)
    crawled(either_bench, contents)
    # The step is the base's now, and the finding too.
    assert [row.repository for row in lists(either_bench)] == ["base/nginx-lists"]


def test_a_tag_of_the_base_that_moved_makes_the_base_outdated(bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("library/debian", "12", built(contents, "old", "RUN true", ROOT))
    crawled(bench, contents)
    assert not [row for row in page(bench).rows if row.finding.rule == "outdated-base"]
    fresh = layer(47 * MB, "fresh root")
    contents.tag("library/debian", "12", built(contents, "new", "RUN true", fresh))
    crawled(bench, contents)
    outdated = [row for row in page(bench).rows if row.finding.rule == "outdated-base"]
    assert [row.repository for row in outdated] == ["team/shop"]
    assert outdated[0].finding.claims == ()


def test_findings_of_a_repository_that_is_gone_end(bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("team/rest", "1", built(contents, "rest", CLEAN, ROOT, layer(9 * MB, "x")))
    crawled(bench, contents)
    del contents.tags["team/shop"]
    for _ in range(2):
        bench.limits = CrawlLimits(analysis=ALL)
        bench.crawl(contents, accept_removals=True)
    assert lists(bench) == []


def test_findings_are_filtered_and_paged(either_bench: Bench) -> None:
    contents = shop(Contents())
    other = built(contents, "py", "RUN pip install flask", ROOT, layer(100 * MB, "pip"))
    contents.tag("Data/py", "1", other)
    crawled(either_bench, contents)

    def rules(**query: object) -> list[str]:
        return [row.finding.rule for row in page(either_bench, **query).rows]

    assert rules(rule="pip") == ["pip-cache-kept"]
    assert rules(text="data/") == rules(repository="Data/py")
    assert rules(registry="registry.example") == rules()
    assert rules(confidence="high") == []
    assert rules(minimum_bytes=40 * MB) == ["pip-cache-kept"]
    assert rules(by=FindingsBy.PULL)[0] == "pip-cache-kept"
    assert rules(by=FindingsBy.STORED, limit=1, offset=1) == rules(by=FindingsBy.STORED)[1:2]
    assert page(either_bench, rule="pip").matches == 1
    browse = replace(either_bench.browse(), analysis=lambda: ALL)
    rows = list(browse.iterate_findings(FindingsQuery(registry=REGISTRY)))
    assert [row.finding.rule for row in rows] == rules()


def test_findings_of_a_team_are_those_of_its_repositories(bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("other/app", "1", built(contents, "app", WASTEFUL, ROOT, layer(70 * MB, "y")))
    crawled(bench, contents)
    book = OwnerBook((OwnerRule(team="Shop", repositories=("team/**",)),), ())
    browse = replace(bench.browse(), analysis=lambda: ALL, owners=lambda: Owners(book))

    def repositories(**query: object) -> set[str]:
        found = browse.findings(FindingsQuery(rule="apt-lists", **query))  # type: ignore[arg-type]
        assert found.matches >= len(found.rows)
        return {row.repository for row in found.rows}

    assert repositories(team="Shop") == {"team/shop"}
    assert repositories(team="unowned") == {"other/app"}
    assert repositories(team="unowned", limit=0) == set()
    rows = browse.iterate_findings(FindingsQuery(team="Shop"))
    assert {row.team for row in rows} == {"Shop"}


def test_an_unknown_rule_is_refused_with_those_it_may_mean(bench: Bench) -> None:
    crawled(bench, shop(Contents()))
    with pytest.raises(UsageError) as refused:
        page(bench, rule="lists-kept")
    assert "apt-lists-kept" in refused.value.next_step
    with pytest.raises(UsageError, match="no rule's name begins with nonsense"):
        page(bench, rule="nonsense")


def test_an_image_tells_its_findings_as_they_are_now(either_bench: Bench) -> None:
    crawled(either_bench, shop(Contents()), None)
    browse = replace(either_bench.browse(), analysis=lambda: ALL)
    reference = ImageReference("team/shop", REGISTRY, tag="1")
    found = browse.image(reference).findings
    assert found is not None
    assert found.findings[0].rule == "apt-lists-kept"
    assert found.findings[0].pull_saving_bytes == SAVING
    assert found.pull_saving_bytes == sum(one.pull_saving_bytes for one in found.findings)
    assert found.cold_start_seconds > 0
    assert browse.image_findings(reference) == found


def test_a_repository_tells_its_findings(bench: Bench) -> None:
    crawled(bench, shop(Contents()))
    view = replace(bench.browse(), analysis=lambda: ALL).repository(REGISTRY, "team/shop")
    assert next(row.finding.rule for row in view.findings) == "apt-lists-kept"


def test_rules_are_switched_and_scoped(bench: Bench) -> None:
    tuned = RuleTuning("apt-lists-kept", ignore=("team/**",))
    crawled(bench, shop(Contents()), Analysis.from_settings(AnalysisSettings(rules=(tuned,))))
    assert lists(bench) == []
    off = RuleTuning("apt-lists-kept", is_enabled=False)
    analysis = Analysis.from_settings(AnalysisSettings(rules=(off,)))
    assert "apt-lists-kept" not in {rule.info.identifier for rule in analysis.choice.rules}


def test_across_releases_repeated_layers_and_old_tags_are_seen(bench: Bench) -> None:
    contents = Contents()
    for number in range(14):
        lists_again = layer(60 * MB, f"again {number}")
        image = built(
            contents, f"release {number}", WASTEFUL, ROOT, lists_again, layer(MB, f"code {number}")
        )
        contents.tag("team/shop", f"1.{number}", image)
    crawled(bench, contents)
    rules = {row.finding.rule: row for row in page(bench).rows}
    assert "repeated-content" in rules
    assert rules["repeated-content"].stored_saving_bytes > 0
    kept = rules["apt-lists-kept"]
    assert (kept.images, kept.stored_saving_bytes) == (14, 14 * SAVING)


def test_where_it_runs_weighs(bench: Bench, tmp_path: Path) -> None:
    inventory = tmp_path / "cluster.csv"
    inventory.write_text(f"image,environment,autoscaled\n{REGISTRY}/team/shop:1,production,yes\n")
    settings = AnalysisSettings(inventory_file=str(inventory), environment_label="stage")
    contents = shop(Contents())
    contents.tag("dev/app", "1", built(contents, "dev", WASTEFUL, ROOT, layer(60 * MB, "dev")))
    crawled(bench, contents, Analysis.from_settings(settings))
    weights = {row.repository: row for row in lists(bench)}
    assert weights["team/shop"].priority_bytes > 4 * weights["dev/app"].priority_bytes
    assert any("not for production" in one for one in weights["dev/app"].ranked_low)


@pytest.mark.parametrize("content, why", [(None, "No such file"), (b"\xff\xfe", "UTF-8")])
def test_an_inventory_that_cannot_be_read_names_the_setting(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    file = tmp_path / "cluster.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=why) as refused:
        Analysis.from_settings(AnalysisSettings(inventory_file=str(file)))
    assert "analysis.inventory_file" in refused.value.message


def test_a_named_base_that_was_seen_counts_and_a_broken_claim_does_no_harm(bench: Bench) -> None:
    contents = Contents()
    base = built(contents, "base", CLEAN, ROOT, LEAN)
    contents.tag("base/web", "1", base)
    claims: Mapping[str, str] = {
        "org.opencontainers.image.base.name": "base/web:1",
        "org.opencontainers.image.base.digest": base.text,
    }
    stack = (ROOT, LEAN, CODE)
    contents.tag("team/a", "1", contents.image("a", *stack, annotations=claims))
    broken = {"org.opencontainers.image.base.digest": "sha256:nonsense"}
    contents.tag("team/b", "1", contents.image("b", *stack, annotations=broken))
    crawled(bench, contents)
    browse: Browse = replace(bench.browse(), analysis=lambda: ALL)
    for name in ("team/a", "team/b"):
        assert browse.image(ImageReference(name, REGISTRY, tag="1")).base is not None


def test_whoever_interrupts_the_analysis_after_a_crawl_is_heard(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = threading.Event()

    def slow(*_: object, is_stopped: Callable[[], bool], **__: object) -> None:
        began.set()
        while not is_stopped():
            time.sleep(0.001)

    monkeypatch.setattr(crawl_module, "analyse", slow)
    source = FakeSource(shop(Contents()).registry())
    limits = CrawlLimits(analysis=ALL)

    async def interrupted() -> None:
        crawl = asyncio.ensure_future(
            crawl_source(bench.database, source, target(), limits, now=day(0))
        )
        await asyncio.to_thread(began.wait)
        crawl.cancel()
        with pytest.raises(asyncio.CancelledError):
            await crawl

    asyncio.run(interrupted())
    assert bench.rows()["team/shop"].pull_saving_bytes is None


def test_an_analysis_that_fails_is_a_warning_and_no_failure_of_the_crawl(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreError("the disk is full", next_step="make room")

    monkeypatch.setattr(crawl_module, "analyse", broken)
    bench.limits = CrawlLimits(analysis=ALL)
    report = bench.crawl(shop(Contents()))
    assert report.warnings == ("images were not analysed: the disk is full",)
    assert report.outcome is CrawlOutcome.COMPLETE
