"""Images in Docker's first manifest format, which states no sizes, through the real client."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import open_registry
from auditor.registry.exchange import Clock
from auditor.registry.options import ClientOptions
from auditor.usecases.crawl_registry import CrawlLimits, crawl_source
from tests.fakes.registry import FakeRegistry
from tests.usecases.bench import REGISTRY, Bench, day, target

APP = "old/app"
BOTTOM, TOP, LOST = b"b" * 300, b"t" * 40, b"lost"


@dataclass(slots=True)
class OldRegistry:
    """A registry with one image whose layers are top, bottom and top again."""

    fake: FakeRegistry = field(default_factory=lambda: FakeRegistry(host=REGISTRY))
    counts_pulls: bool = False

    def push(self, *layers: bytes) -> Digest:
        steps = [json.dumps({"id": str(n), "Size": 9_999}) for n in range(len(layers))]
        document = {
            "schemaVersion": 1,
            "name": APP,
            "tag": "1",
            "architecture": "amd64",
            "fsLayers": [{"blobSum": Digest.of(layer).text} for layer in layers],
            "history": [{"v1Compatibility": step} for step in steps],
        }
        return self.fake.push(APP, "1", document, media_types.DOCKER_SCHEMA1)

    def crawl(self, bench: Bench) -> CrawlReport:
        async def run() -> CrawlReport:
            async with open_registry(
                RegistryAddress.parse(REGISTRY),
                options=ClientOptions(counts_pulls=self.counts_pulls),
                transport=self.fake.transport(),
                clock=Clock(sleep=lambda _: asyncio.sleep(0)),
            ) as source:
                return await crawl_source(
                    bench.database, source, target(), CrawlLimits(), now=day(bench.crawls)
                )

        bench.crawls += 1
        self.fake.seen.clear()
        return asyncio.run(run())

    def asked(self, method: str, part: str) -> int:
        return sum(one.method == method and part in one.url.path for one in self.fake.seen)


@pytest.fixture
def old() -> OldRegistry:
    made = OldRegistry()
    for blob in (BOTTOM, TOP):
        made.fake.push_blob(blob)
    return made


@pytest.mark.parametrize("counts_pulls", [False, True])
def test_layers_are_measured_by_head_and_counted_once(
    bench: Bench, old: OldRegistry, counts_pulls: bool
) -> None:
    old.counts_pulls = counts_pulls
    digest = old.push(TOP, BOTTOM, TOP)
    report = old.crawl(bench)
    assert (report.outcome, report.manifests_fetched) == (CrawlOutcome.COMPLETE, 1)
    assert old.asked("HEAD", "/blobs/") == 2
    body_bytes = len(old.fake.manifests[digest.text][1])
    view = bench.image(f"{APP}:1")
    assert [row.size_bytes for row in view.layers] == [40, 300, 40]
    assert (view.pull_bytes, view.config_digest) == (340 + body_bytes, None)
    assert view.exactness is Exactness.EXACT
    assert bench.rows()[APP].sizes.stored_bytes == 340 + body_bytes


def test_a_second_crawl_measures_nothing_again(bench: Bench, old: OldRegistry) -> None:
    old.push(TOP, BOTTOM)
    old.crawl(bench)
    before = bench.rows()
    report = old.crawl(bench)
    assert (report.manifests_fetched, old.asked("HEAD", "/blobs/")) == (0, 0)
    assert bench.rows() == before


def test_an_image_whose_layer_is_lost_is_a_problem_and_has_no_invented_size(
    bench: Bench, old: OldRegistry
) -> None:
    old.push(TOP, LOST)
    report = old.crawl(bench)
    assert report.outcome is CrawlOutcome.PARTIAL
    (problem,) = report.problems
    assert (problem.repository, problem.reference, problem.code) == (APP, "1", "BLOB_UNKNOWN")
    sizes = bench.rows()[APP].sizes
    assert (sizes.stored_bytes, sizes.exactness) == (0, Exactness.LOWER_BOUND)


def test_a_layer_that_cannot_be_measured_once_is_measured_by_the_next_crawl(
    bench: Bench, old: OldRegistry
) -> None:
    digest = old.push(TOP, BOTTOM)
    place = f"/v2/{APP}/blobs/{Digest.of(TOP).text}"
    old.fake.answers[place] = lambda request: httpx.Response(500)
    report = old.crawl(bench)
    assert (report.outcome, len(report.problems)) == (CrawlOutcome.PARTIAL, 1)
    assert bench.rows()[APP].sizes.stored_bytes == 0
    del old.fake.answers[place]
    assert old.crawl(bench).outcome is CrawlOutcome.COMPLETE
    body_bytes = len(old.fake.manifests[digest.text][1])
    assert bench.rows()[APP].sizes.stored_bytes == 340 + body_bytes
    assert bench.image(f"{APP}:1").exactness is Exactness.EXACT
