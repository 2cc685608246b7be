"""A registry that tells of its pushes: hint, crawl of what was named, figures."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.pushes import (
    AUTHORIZATION,
    SECRET,
    settings_for,
    settled,
    until_hinted,
    waiting,
)
from tests.registry.push import bodies
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real


def send(url: str, body: bytes, secret: str = SECRET) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(
        url, data=body, headers={"Authorization": f"Bearer {secret}"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@contextlib.contextmanager
def told_registry(auditor: Auditor, folder: Path) -> Iterator[tuple[RunningRegistry, Auditor, str]]:
    """A dashboard, and a docker-registry that tells it of every push."""
    with start_docker_registry(folder) as plain:
        address, port = plain.address, plain.port
    told = replace(auditor, settings=settings_for(address))
    with told.serving("serve", "--port", "0", "--no-schedule") as server:
        hook = f"{server.address}push/ours"
        with start_docker_registry(folder, tells=(hook, AUTHORIZATION), port=port) as registry:
            yield registry, told, hook


def test_a_push_is_in_the_ranking_after_a_crawl_of_what_was_hinted(
    auditor: Auditor, tmp_path: Path, database_url: str
) -> None:
    auditor = replace(auditor, database_url=database_url)
    with told_registry(auditor, tmp_path / "registry") as (registry, told, _):
        raw = RawRegistry(registry.url)
        raw.put_image("team/quiet", "1", simple_image("quiet", 1_000))
        raw.put_image("team/app", "1", simple_image("one", 2_000))
        until_hinted(database_url, {"team/app", "team/quiet"})
        assert told.run("crawl", "ours").code == 0
        settled(database_url)
        assert told.json("crawl", "--hinted")["crawls"][0]["repositories"] == 2
        assert waiting(database_url) == []
        before = told.json("rank")
        raw.put_image("team/app", "2", simple_image("two", 5_000))
        until_hinted(database_url, {"team/app"})
        assert told.run("crawl", "--hinted").err.strip() == "no push event waits"
        settled(database_url)
        report = told.json("crawl", "--hinted")["crawls"][0]
        after = told.json("rank")
    assert (report["outcome"], report["repositories"]) == ("complete", 1)
    old, new = rows_by_name(before), rows_by_name(after)
    assert (old["team/app"]["tags"], new["team/app"]["tags"]) == (1, 2)
    assert new["team/app"]["stored_bytes"] > old["team/app"]["stored_bytes"]
    assert new["team/quiet"] == old["team/quiet"]


def test_a_thousand_replays_in_any_order_are_one_crawl(
    auditor: Auditor, registry: RunningRegistry
) -> None:
    told = replace(auditor, settings=settings_for(registry.address))
    url = f"sqlite:///{told.database}"
    RawRegistry(registry.url).put_image("team/app", "1.4", simple_image("app", 1_000))
    events = [bodies.written({"events": [{**bodies.pushed(), "id": str(n)}]}) for n in range(10)]
    with told.serving("serve", "--port", "0", "--no-schedule") as server:
        hook = f"{server.address}push/ours"
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: send(hook, events[n % 10])[0], range(1000)))
        assert set(answers) == {202}
        assert waiting(url) == [("team/app", 10)]
        settled(url)
        assert told.json("crawl", "--hinted")["crawls"][0]["tags"] == 1
        # What was heard before is no news after the crawl either.
        assert {send(hook, event)[0] for event in reversed(events)} == {202}
        assert waiting(url) == []
        said = told.run("crawl", "--hinted")
    assert (said.code, said.err.strip()) == (0, "no push event waits")


def test_what_is_not_signed_too_long_or_no_event_is_refused(
    auditor: Auditor, registry: RunningRegistry
) -> None:
    told = replace(auditor, settings=settings_for(registry.address))
    with told.serving("serve", "--port", "0", "--no-schedule") as server:
        hook = f"{server.address}push/ours"
        assert send(hook, bodies.DISTRIBUTION, "wrong")[0] == 401
        assert send(f"{server.address}push/other", bodies.DISTRIBUTION)[0] == 401
        assert send(hook, b"x" * (1024 * 1024 + 1))[0] == 413
        assert send(hook, b"{}")[0] == 400
    assert waiting(f"sqlite:///{told.database}") == []
