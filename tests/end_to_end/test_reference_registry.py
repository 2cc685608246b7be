"""A real registry that is listed as a source of bases: crawled, shown, and counted nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with many versions of a base."""
    with start_docker_registry(tmp_path_factory.mktemp("upstream")) as running:
        raw = RawRegistry(running.url)
        for tag in ("2.7", "3.12", "3.12-slim", "3.13-slim"):
            raw.put_image("library/python", tag, simple_image(f"python {tag}", 2_000))
        yield running


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with start_docker_registry(tmp_path_factory.mktemp("ours")) as running:
        RawRegistry(running.url).put_image("team/app", "1", simple_image("app", 3_000))
        yield running


def test_a_reference_is_crawled_in_part_shown_and_counted_nowhere(
    auditor: Auditor, upstream: RunningRegistry, ours: RunningRegistry
) -> None:
    settings = {
        "AUDITOR_REGISTRIES__OURS__ADDRESS": ours.address,
        "AUDITOR_REGISTRIES__HUB__ADDRESS": upstream.address,
        "AUDITOR_REGISTRIES__HUB__REFERENCE": "true",
        "AUDITOR_REGISTRIES__HUB__REPOSITORIES": "library/python",
        "AUDITOR_REGISTRIES__HUB__TAGS": "3.*-slim",
    }
    crawled = auditor.run("crawl", "--format", "json", **settings)
    assert crawled.code == 0, crawled.err
    reports = {one["registry"]: one for one in json.loads(crawled.out)["crawls"]}
    hub = reports[upstream.address]
    assert (hub["is_reference"], hub["tags"], hub["manifests_fetched"]) == (True, 2, 2)
    assert not reports[ours.address]["is_reference"]
    ranked = auditor.json("rank")
    assert [row["repository"] for row in ranked["repositories"]] == ["team/app"]
    assert ranked["totals"]["repositories"] == 1
    shown = auditor.json("show", "library/python:3.13-slim")
    assert shown["registry"] == upstream.address
    unread = auditor.run("show", "library/python:2.7")
    assert unread.code == 2
    audited = auditor.run("audit", upstream.address, **settings)
    assert (audited.code, audited.out) == (0, "")
    assert "A reference: its images serve as bases and are not counted." in audited.err
    refused = auditor.run("rank", "--registry", upstream.address)
    assert (refused.code, "is a reference" in refused.err) == (2, True)
    back = {key: value for key, value in settings.items() if "REFERENCE" not in key}
    assert auditor.run("crawl", "hub", **back).code == 0
    names = {row["repository"]: row for row in auditor.json("rank")["repositories"]}
    assert set(names) == {"team/app", "library/python"}
    assert names["library/python"]["exactness"] != "exact"
