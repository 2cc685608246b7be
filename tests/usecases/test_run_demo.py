from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.crawler.progress import CrawlProgress
from auditor.domain.errors import StoreError
from auditor.domain.observation import CrawlOutcome
from auditor.sample.server import SampleRegistry, history_moments
from auditor.usecases import run_demo
from auditor.usecases.browse import Browse
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from auditor.usecases.run_demo import DemoResult, prepare_demo

FEW = frozenset({"library/python", "library/hello-world"})


@dataclass(slots=True)
class Starter:
    """Starts a part of the sample registry on any free port, and ends it with the test."""

    taken: frozenset[int] = frozenset()
    asked: list[int] = field(default_factory=list)
    running: list[SampleRegistry] = field(default_factory=list)

    def start(self, port: int = 0) -> SampleRegistry:
        self.asked.append(port)
        if port in self.taken:
            raise OSError(98, "Address already in use")
        self.running.append(SampleRegistry.start(only=FEW))
        return self.running[-1]


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    made = Starter()
    monkeypatch.setattr(run_demo, "SampleRegistry", made)
    yield made
    for registry in made.running:
        registry.stop()


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """The first, a middle and the last moment of the replay: the whole takes long."""
    every = history_moments()
    few = (every[0], every[len(every) // 2], every[-1])
    monkeypatch.setattr(run_demo, "history_moments", lambda: few)
    return few


def ignore(_: CrawlProgress) -> None:
    pass


def read(result: DemoResult) -> Browse:
    return Browse(prepare_database(result.database_url), Prices())


def test_the_demo_is_the_sample_crawled_like_any_registry(tmp_path: Path, starter: Starter) -> None:
    heard: list[CrawlProgress] = []
    folder = tmp_path / "demo"
    result = prepare_demo(folder, history=False, listener=heard.append)
    assert result.database_url == f"sqlite:///{folder / 'auditor.db'}"
    assert (result.report.outcome, result.report.repositories) == (CrawlOutcome.COMPLETE, 2)
    assert heard[-1].repositories_done == 2
    assert "Docker" in result.attribution
    browse = read(result)
    (view,) = browse.registries()
    assert view.registry == result.address == result.report.registry
    assert view.totals.tags == result.report.tags > 100
    browse.database.dispose()


def test_the_sample_registry_goes_on_answering(tmp_path: Path, starter: Starter) -> None:
    result = prepare_demo(tmp_path, history=False, listener=ignore)
    connection = http.client.HTTPConnection(result.address, timeout=30)
    connection.request("GET", "/v2/")
    assert connection.getresponse().status == 200
    connection.close()


def test_with_a_past_each_month_is_crawled_at_its_own_date(
    tmp_path: Path, starter: Starter, moments: tuple[object, ...]
) -> None:
    result = prepare_demo(tmp_path, history=True, listener=ignore)
    assert result.report.started_at == moments[-1]
    browse = read(result)
    view = browse.repository(result.address, "library/python")
    assert [point.at for point in view.history] == list(moments)
    assert (view.as_of, browse.overview().as_of) == (moments[-1], moments[-1])
    assert not any(row.is_missing for row in view.tags), "what a month lacks is gone at once"
    assert result.report.guarded_tags == 0
    browse.database.dispose()


def test_the_demo_starts_anew_every_time(tmp_path: Path, starter: Starter) -> None:
    first = prepare_demo(tmp_path, history=False, listener=ignore)
    second = prepare_demo(tmp_path, history=False, listener=ignore)
    assert second.report.configs_fetched == first.report.configs_fetched > 0
    browse = read(second)
    assert [view.registry for view in browse.registries()] == [second.address]
    browse.database.dispose()


def test_it_answers_on_the_usual_port_and_elsewhere_where_that_is_taken(
    tmp_path: Path, starter: Starter
) -> None:
    prepare_demo(tmp_path, history=False, listener=ignore)
    (usual,) = starter.asked
    assert usual != 0
    starter.taken = frozenset({usual})
    prepare_demo(tmp_path, history=False, listener=ignore)
    assert starter.asked == [usual, usual, 0]


def test_a_folder_that_cannot_be_written_is_said_before_anything_starts(
    tmp_path: Path, starter: Starter
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written: Not a directory") as refused:
        prepare_demo(tmp_path / "file" / "demo", history=False, listener=ignore)
    assert refused.value.next_step == "run the demo in a folder of yours"
    (tmp_path / "auditor.db").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        prepare_demo(tmp_path, history=False, listener=ignore)
    assert starter.running == []
