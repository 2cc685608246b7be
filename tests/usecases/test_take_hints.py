"""Hints of registries: taken from who may give them, coalesced, crawled once, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from auditor.domain.errors import AuthenticationError, RegistryUnreachableError, SettingsError
from auditor.domain.hints import DueRepositories, PushKind, PushRequest, PushSource
from auditor.domain.observation import CrawlOutcome
from auditor.settings import load_settings
from auditor.store.hints import list_hints
from auditor.usecases import shared_clock, take_hints
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.take_hints import PushReceiver, crawl_hinted, due_hints, open_receiver
from tests.fakes.contents import Contents, layer
from tests.fakes.source import FakeSource
from tests.registry.push import bodies
from tests.usecases.bench import LISTS_ALL, REGISTRY, START, Bench, day, target

SECRET = "a secret of sixteen or more"
SOURCE = PushSource("ours", PushKind.DISTRIBUTION, REGISTRY, SECRET)
LATER = START + timedelta(hours=1)


def receiver(bench: Bench, *sources: PushSource, now: datetime = START) -> PushReceiver:
    named = {one.name: one for one in sources or (SOURCE,)}
    return PushReceiver(bench.database, named, lambda: now)


def push(body: bytes, secret: str = SECRET) -> PushRequest:
    return PushRequest({"authorization": f"Bearer {secret}"}, "", body)


def event(name: str = "team/app", number: int = 1) -> bytes:
    return bodies.written({"events": [{**bodies.pushed(name), "id": str(number)}]})


def due(bench: Bench, now: datetime = LATER) -> dict[str, tuple[str, ...]]:
    return {one.registry: one.repositories for one in due_hints(bench.database, now)}


@contextmanager
def opening(source: FakeSource | Exception) -> Iterator[list[FakeSource]]:
    """The registry that crawls reach, in place of one on the network."""
    opened: list[FakeSource] = []

    class _Opened:
        async def __aenter__(self) -> FakeSource:
            if isinstance(source, Exception):
                raise source
            opened.append(source)
            return source

        async def __aexit__(self, *_: object) -> None:
            return None

    with patch("auditor.usecases.crawl_registry.open_source", lambda *_: _Opened()):
        yield opened


def crawl(bench: Bench, *names: str, now: datetime = LATER, only: tuple[str, ...] = ()) -> object:
    wanted = DueRepositories(REGISTRY, names)
    return asyncio.run(
        crawl_hinted(
            bench.database,
            target(REGISTRY, *only),
            wanted,
            CrawlLimits(),
            listener=lambda _: None,
            now=now,
        )
    )


def test_an_event_makes_its_repositories_due(either_bench: Bench) -> None:
    answer = receiver(either_bench).receive("ours", push(bodies.DISTRIBUTION))
    assert (answer.status, answer.hints) == (202, 3)
    assert due(either_bench) == {REGISTRY: ("team/app", "team/by-digest", "team/deleted")}


@pytest.mark.parametrize("name, secret", [("ours", "wrong"), ("ours", ""), ("other", SECRET)])
def test_who_is_not_known_is_told_nothing(bench: Bench, name: str, secret: str) -> None:
    answer = receiver(bench).receive(name, push(bodies.DISTRIBUTION, secret))
    assert (answer.status, answer.hints) == (401, 0)
    assert due(bench) == {}


def test_what_the_source_does_not_send_is_a_bad_request(bench: Bench) -> None:
    answer = receiver(bench).receive("ours", push(b'{"a":"SECRETS"}'))
    assert answer.status == 400
    assert "distribution" in answer.text
    assert "SECRETS" not in answer.text


def test_a_source_may_name_its_own_repositories_only(bench: Bench) -> None:
    own = replace(SOURCE, repositories=("team/app*",))
    assert receiver(bench, own).receive("ours", push(bodies.DISTRIBUTION)).hints == 1
    assert receiver(bench, own).receive("ours", push(event("web/app"))).status == 202
    assert due(bench) == {REGISTRY: ("team/app",)}


def test_a_replayed_event_is_one_hint_and_no_news_after_the_crawl(either_bench: Bench) -> None:
    takes = receiver(either_bench)
    hints = [takes.receive("ours", push(event(number=n % 3))).hints for n in range(30)]
    assert sum(hints) == 3
    assert due(either_bench) == {REGISTRY: ("team/app",)}
    contents = Contents()
    contents.tag("team/app", "1.4", contents.image("one", layer(1_000)))
    with opening(FakeSource(contents.registry())) as opened:
        crawl(either_bench, "team/app")
    assert len(opened) == 1
    assert due(either_bench) == {}
    assert takes.receive("ours", push(event(number=1))).hints == 0
    assert due(either_bench, LATER + timedelta(days=1)) == {}


def test_bodies_without_an_identity_are_news_each_time(bench: Bench) -> None:
    takes = receiver(bench, replace(SOURCE, kind=PushKind.QUAY))
    assert [takes.receive("ours", push(bodies.QUAY)).hints for _ in range(2)] == [1, 1]


def test_a_repository_settles_before_it_is_due_but_not_for_ever(bench: Bench) -> None:
    receiver(bench).receive("ours", push(event()))
    assert due(bench, START + take_hints.SETTLE - timedelta(seconds=1)) == {}
    assert due(bench, START + take_hints.SETTLE) == {REGISTRY: ("team/app",)}
    moment = START
    for number in range(2, 20):
        moment = START + timedelta(seconds=10 * number)
        receiver(bench, now=moment).receive("ours", push(event(number=number)))
    assert due(bench, moment) == {REGISTRY: ("team/app",)}


def test_only_what_was_hinted_is_read_and_says_nothing_of_the_rest(either_bench: Bench) -> None:
    contents = Contents()
    for name in ("team/app", "team/other"):
        contents.tag(name, "1", contents.image(name, layer(1_000, name)))
    either_bench.crawl(FakeSource(contents.registry(), LISTS_ALL), at=START)
    contents.tag("team/app", "2", contents.image("new", layer(7_000, "new")))
    contents.tag("team/other", "2", contents.image("unseen", layer(9_000, "unseen")))
    receiver(either_bench).receive("ours", push(event()))
    with opening(FakeSource(contents.registry(), LISTS_ALL)):
        crawl(either_bench, "team/app", now=day(1))
    rows = either_bench.rows()
    assert {name: row.tags for name, row in rows.items()} == {"team/app": 2, "team/other": 1}
    (view,) = either_bench.browse().registries()
    assert (view.outcome, view.last_complete_at) == (CrawlOutcome.COMPLETE, START)


def test_a_part_of_what_is_named_is_no_look_at_the_whole(bench: Bench) -> None:
    contents = Contents()
    for name in ("team/app", "team/other"):
        contents.tag(name, "1", contents.image(name, layer(1_000, name)))
    named = target(REGISTRY, "team/app", "team/other")
    bench.crawl(FakeSource(contents.registry()), named, at=START)
    with opening(FakeSource(contents.registry())):
        crawl(bench, "team/app", now=day(1), only=("team/app", "team/other"))
    (view,) = bench.browse().registries()
    assert view.last_complete_at == START


def test_a_hint_that_comes_while_a_crawl_runs_stays_due(bench: Bench) -> None:
    receiver(bench).receive("ours", push(event()))
    receiver(bench, now=LATER + timedelta(seconds=1)).receive("ours", push(event(number=2)))
    contents = Contents()
    contents.tag("team/app", "1", contents.image("one", layer(1_000)))
    with opening(FakeSource(contents.registry())):
        crawl(bench, "team/app")
    assert due(bench, day(1)) == {REGISTRY: ("team/app",)}


def test_what_is_not_to_be_crawled_is_not_asked_for(bench: Bench) -> None:
    receiver(bench).receive("ours", push(event()))
    with opening(FakeSource(Contents().registry())) as opened:
        assert crawl(bench, "team/app", only=("team/other",)) is None
    assert opened == []
    assert due(bench) == {}


@pytest.mark.parametrize(
    "error, stays",
    [(RegistryUnreachableError("no connection"), True), (AuthenticationError("no access"), False)],
)
def test_hints_stay_where_the_same_may_work_next_time(
    bench: Bench, error: Exception, stays: bool
) -> None:
    receiver(bench).receive("ours", push(event()))
    with opening(error), pytest.raises(type(error)):
        crawl(bench, "team/app")
    assert bool(due(bench)) is stays


def test_a_subscription_that_is_to_be_confirmed_is_told_to_the_operator(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    source = replace(SOURCE, kind=PushKind.ECR)
    answer = receiver(bench, source).receive("ours", push(bodies.SNS_CONFIRMATION))
    assert (answer.status, answer.hints) == (202, 0)
    assert "https://sns.us-west-2.amazonaws.com/" in caplog.text


@pytest.mark.real
def test_what_a_web_with_a_wrong_clock_takes_has_the_time_that_crawls_go_by(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was pushed after a crawl began would be forgotten with what it read."""
    wrong = timedelta(hours=1)
    monkeypatch.setattr(shared_clock, "utc_now", lambda: datetime.now(UTC) - wrong)
    settings = load_settings(
        config_file=None, environment={}, overrides={"database_url": postgres_url}
    ).settings
    takes = replace(open_receiver(settings), sources={"ours": SOURCE})
    takes.receive("ours", push(event()))
    with takes.database.reading() as connection:
        (hint,) = list_hints(connection)
    assert abs(hint.last_at - datetime.now(UTC)) < wrong / 2
    takes.database.dispose()


def test_sources_come_from_the_settings(tmp_path: Path) -> None:
    written = {
        "AUDITOR_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
        "AUDITOR_REGISTRIES__PRODUCTION__ADDRESS": "https://Registry.example",
        "AUDITOR_PUSH__OURS__KIND": "distribution",
        "AUDITOR_PUSH__OURS__REGISTRY": "production",
        "AUDITOR_PUSH__OURS__SECRET": SECRET,
    }
    settings = load_settings(config_file=None, environment=written, overrides={}).settings
    opened = open_receiver(settings)
    opened.database.dispose()
    assert opened.sources == {"ours": replace(SOURCE, registry=REGISTRY)}
    for key, value in (("REGISTRY", "other"), ("SECRET", "short"), ("KIND", "unknown")):
        with pytest.raises(SettingsError) as caught:
            load_settings(
                config_file=None,
                environment={**written, f"AUDITOR_PUSH__OURS__{key}": value},
                overrides={},
            )
        assert "push" in str(caught.value)
