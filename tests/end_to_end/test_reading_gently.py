"""What a registry is asked for where a pull is counted, or where it knows less than others."""

from __future__ import annotations

import pytest

from tests.end_to_end.access_log import AccessLog, Asked
from tests.end_to_end.complaints import GOOD, GOOD_BYTES
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.rogue_registry import Answer, RogueRegistry
from tests.servers.docker_registry import RunningRegistry

pytestmark = pytest.mark.real


def configured(registry: RunningRegistry, *, counts_pulls: bool) -> dict[str, str]:
    return {
        "AUDITOR_REGISTRIES__OWN__ADDRESS": registry.address,
        "AUDITOR_REGISTRIES__OWN__COUNTS_PULLS": str(counts_pulls).lower(),
    }


def asked_for_manifests(log: AccessLog, start_bytes: int, tags: int) -> list[Asked]:
    """Requests for manifests since then, once the last tag was asked for."""

    def is_over(found: list[Asked]) -> bool:
        named = {each.path for each in found if "/manifests/v" in each.path}
        return len(named) == tags

    requests = log.requests_once(is_over, start_bytes)
    return [each for each in requests if "/manifests/" in each.path]


def test_where_pulls_are_counted_every_manifest_is_got_once_in_its_life(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw, log = RawRegistry(registry.url), AccessLog(registry.log)
    images = [simple_image(f"version-{number}", 1_000 + number) for number in range(4)]
    for number, image in enumerate(images):
        raw.put_image("team/app", f"v{number}", image)
    raw.put_manifest("team/app", "v4", images[0][0])
    settings = configured(registry, counts_pulls=True)

    start = log.size_bytes()
    auditor.json("crawl", "own", **settings)
    first = asked_for_manifests(log, start, tags=5)
    got = [each.path.rpartition("/")[2] for each in first if each.method == "GET"]
    assert sorted(got) == sorted(image[0].digest for image in images)

    start = log.size_bytes()
    auditor.json("crawl", "own", **settings)
    second = asked_for_manifests(log, start, tags=5)
    assert {each.method for each in second} == {"HEAD"}
    row = rows_by_name(auditor.json("rank", **settings))["team/app"]
    assert (row["tags"], row["images"]) == (5, 4)


def test_where_pulls_are_not_counted_a_first_crawl_gets_by_tag(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw, log = RawRegistry(registry.url), AccessLog(registry.log)
    raw.put_image("team/app", "v1", simple_image("one", 1_000))
    start = log.size_bytes()
    auditor.json("crawl", "own", **configured(registry, counts_pulls=False))
    asked = asked_for_manifests(log, start, tags=1)
    assert [(each.method, each.path) for each in asked] == [
        ("GET", "/v2/team/app/manifests/v1"),
    ]


def test_a_registry_without_referrers_is_asked_for_them_once_a_crawl(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw, log = RawRegistry(registry.url), AccessLog(registry.log)
    for number in range(4):
        raw.put_image(f"team/app-{number}", "v1", simple_image(f"app-{number}", 1_000))
    for _ in range(2):
        start = log.size_bytes()
        ranking = auditor.json("audit", registry.address)
        asked = log.requests_once(
            lambda found: any("/referrers/" in each.path for each in found), start
        )
        assert sum("/referrers/" in each.path for each in asked) == 1
        assert len(rows_by_name(ranking)) == 4


def test_nobody_asks_for_referrers_where_the_settings_say_so(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    RawRegistry(registry.url).put_image("team/app", "v1", simple_image("app", 1_000))
    log = AccessLog(registry.log)
    auditor.json("audit", registry.address, AUDITOR_CRAWL__ASK_REFERRERS="false")
    asked = asked_for_manifests(log, 0, tags=1)
    assert asked
    assert [each for each in log.requests() if "/referrers/" in each.path] == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>404</html>", 404, {"Content-Type": "text/html"}),
        Answer(b"", 405),
        Answer(b"<html>Welcome</html>", 200, {"Content-Type": "text/html"}),
        Answer(b'{"manifests":[{}]}', 200, {"Content-Type": "application/json"}),
    ],
)
def test_whatever_stands_where_referrers_would_be_is_no_failure(
    auditor: Auditor, rogue: RogueRegistry, answer: Answer
) -> None:
    digest = rogue.answers[f"/v2/{GOOD}/manifests/1"].headers["Docker-Content-Digest"]
    rogue.answers[f"/v2/{GOOD}/referrers/{digest}"] = answer
    row = rows_by_name(auditor.json("audit", rogue.address))[GOOD]
    assert row["stored_bytes"] == GOOD_BYTES
