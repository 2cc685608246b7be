"""The same contents in several repositories of a storage scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.finding_views import FindingRow, FindingsQuery
from auditor.domain.observation import StorageScope
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, config_of, layer
from tests.laws import bench as laws
from tests.usecases.bench import Bench, day, target

MB = 1_000_000
ALL = Analysis.from_settings(AnalysisSettings())
OTHER = Analysis.from_settings(AnalysisSettings(threshold_bytes=1))
COPIES, TWICE = "duplicate-images", "same-content-compressed-twice"
BODY = 570
"""A manifest and its config, as `Contents` makes them."""


@pytest.fixture(scope="module", autouse=True)
def _groups_of_two() -> Iterator[None]:
    """Several groups of repositories in every analysis: what one finds concerns another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.usecases.analysis_run._REPOSITORIES_AT_ONCE", 2)
        yield


def blob(content: str, form: str) -> Descriptor:
    """A content in one of its forms; zstd is the smallest."""
    size = {"gzip": 10, "pigz": 11, "zstd": 9}[form] * MB
    return layer(size, f"{content} {form}")


def built(contents: Contents, name: str, *parts: str) -> Digest:
    """An image of layers such as `base gzip`; the content alone makes the diff ID."""
    stack = [blob(*part.split()) for part in parts]
    ids = tuple(DiffId(Digest.of(part.split()[0].encode()).text) for part in parts)
    config = replace(config_of(name, stack), diff_ids=ids)
    return contents.image(name, *stack, config=config)


def pushed(*images: str) -> Contents:
    """Images such as `team/app:1 base-gzip app-gzip`, in that order."""
    contents = Contents()
    for words in images:
        where, *parts = words.split()
        repository, tag = where.split(":")
        digest = built(contents, words, *(part.replace("-", " ") for part in parts))
        contents.tag(repository, tag, digest)
    return contents


def crawl(bench: Bench, contents: Contents, scope: StorageScope = StorageScope.REGISTRY) -> None:
    bench.limits = CrawlLimits(analysis=ALL)
    # Longer after one another than the pace at which what lost its tag is looked for.
    at = day(8 * bench.crawls)
    bench.crawl(contents, target(scope=scope), accept_removals=True, at=at)


def found(bench: Bench, rule: str) -> list[FindingRow]:
    browse = replace(bench.browse(), analysis=lambda: ALL)
    return [row for row in browse.findings(FindingsQuery()).rows if row.finding.rule == rule]


def savings(bench: Bench, rule: str) -> list[tuple[str, int]]:
    return sorted((row.repository, row.stored_saving_bytes) for row in found(bench, rule))


def test_a_copy_in_another_repository_is_told_where_the_copy_is(either_bench: Bench) -> None:
    original, copy = "team/app:1 base-gzip app-gzip", "team/copy:1 base-gzip app-pigz"
    crawl(either_bench, pushed(original, copy))
    assert savings(either_bench, COPIES) == [("team/copy", 11 * MB + BODY)]
    crawl(either_bench, pushed(original))
    assert savings(either_bench, COPIES) == []


def test_a_copy_that_came_later_changes_what_is_told_of_others(either_bench: Bench) -> None:
    """Of equal age, the name decides: what was the only one is a copy now."""
    alone, first = "team/b:1 base-gzip app-gzip", "team/a:1 base-gzip app-zstd"
    crawl(either_bench, pushed(alone))
    assert savings(either_bench, COPIES) == []
    crawl(either_bench, pushed(alone, first))
    assert savings(either_bench, COPIES) == [("team/b", 10 * MB + BODY)]


def test_what_other_repositories_hold_is_no_second_copy(bench: Bench) -> None:
    copy, original = "team/a:old base-gzip app-pigz", "team/a:1 base-gzip app-gzip"
    other = "team/z:1 base-gzip app-pigz more-gzip"
    crawl(bench, pushed(copy, original, other))
    assert savings(bench, COPIES) == []  # a manifest and a config are not worth a word
    crawl(bench, pushed(copy, original))
    assert savings(bench, COPIES) == [("team/a", 11 * MB + BODY)]


def test_a_scope_of_one_repository_shares_nothing(bench: Bench) -> None:
    images = "team/app:1 base-gzip app-gzip", "team/copy:1 base-gzip app-pigz"
    crawl(bench, pushed(*images), StorageScope.REPOSITORY)
    assert savings(bench, COPIES) == savings(bench, TWICE) == []


def test_a_layer_in_two_compressions_is_told_once_of_the_first(either_bench: Bench) -> None:
    bases = ["team/a:1 base-gzip a-gzip", "team/b:1 base-gzip b-gzip", "team/c:1 base-zstd c-gzip"]
    crawl(either_bench, pushed(*bases))
    assert savings(either_bench, TWICE) == [("team/a", 10 * MB)]
    (row,) = found(either_bench, TWICE)
    assert "in team/c" in row.finding.evidence[0].text
    crawl(either_bench, pushed(*bases[1:]))
    assert savings(either_bench, TWICE) == [("team/b", 10 * MB)]
    crawl(either_bench, pushed(bases[1]))
    assert savings(either_bench, TWICE) == []


def test_an_image_that_is_everywhere_is_left_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.store.same_contents._MOST_COPIES", 1)
    crawl(bench, pushed("team/app:1 base-gzip app-gzip", "team/copy:1 base-gzip app-pigz"))
    assert savings(bench, COPIES) == []


IMAGES = st.builds(
    "{}:{} base-{} {}-{}".format,
    st.sampled_from(["a/a", "b/b", "c/c"]),
    st.sampled_from("12"),
    st.sampled_from(["gzip", "zstd"]),
    st.sampled_from(["app", "lib"]),
    st.sampled_from(["gzip", "zstd", "pigz"]),
)
STATES = st.lists(IMAGES, max_size=5, unique_by=lambda words: words.split()[0])


@pytest.fixture
def prepared(database_url: str) -> Iterator[laws.Bench]:
    made = laws.Bench.on(database_url)
    yield made
    made.database.dispose()


def test_what_crawls_touch_is_all_that_changes(prepared: laws.Bench) -> None:
    """Analysed anew from the ground up, nothing else is found than from crawl to crawl."""

    @given(st.lists(STATES, min_size=2, max_size=4))
    @settings(max_examples=prepared.examples // 3)
    def law(states: list[list[str]]) -> None:
        bench = Bench(prepared.clear().database)
        for state in states:
            crawl(bench, pushed(*state))
        before = savings(bench, COPIES), savings(bench, TWICE)
        analyse(bench.database, OTHER, now=day(8 * bench.crawls))
        assert (savings(bench, COPIES), savings(bench, TWICE)) == before

    law()
