"""Several registries in one database, and the ways to name one that is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.complaints import GOOD, GOOD_BYTES, assert_one_clear_line
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import RogueRegistry
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with two repositories; tests only read it."""
    with start_docker_registry(tmp_path_factory.mktemp("team")) as running:
        raw = RawRegistry(running.url)
        raw.put_image("team/app", "1", simple_image("app", 2_000))
        raw.put_image("team/worker", "1", simple_image("worker", 3_000))
        yield running


def listed(auditor: Auditor, *options: str) -> list[tuple[str, str]]:
    """Registry and name of each row of the ranking."""
    rows = auditor.json("rank", *options)["repositories"]
    return [(row["registry"], row["repository"]) for row in rows]


def test_the_ranking_is_over_all_registries_or_one(
    auditor: Auditor, team: RunningRegistry, rogue: RogueRegistry
) -> None:
    both = auditor.json("audit", team.address, rogue.address)
    everything = {(team.address, "team/app"), (team.address, "team/worker")}
    everything.add((rogue.address, GOOD))
    assert {(row["registry"], row["repository"]) for row in both["repositories"]} == everything
    assert set(listed(auditor)) == everything
    assert listed(auditor, "--registry", rogue.address) == [(rogue.address, GOOD)]
    one = auditor.json("rank", "--registry", rogue.address)["totals"]
    assert (one["repositories"], one["tags"], one["stored_bytes"]) == (1, 1, GOOD_BYTES)
    assert both["totals"]["repositories"] == 3


def test_a_registry_goes_by_its_address_and_its_name_in_the_settings(
    auditor: Auditor, team: RunningRegistry
) -> None:
    auditor.json("audit", team.address)
    expected = listed(auditor, "--registry", team.address)
    assert len(expected) == 2
    assert listed(auditor, "--registry", f"HTTP://{team.address}/") == expected
    named = auditor.json(
        *("rank", "--registry", "own"), AUDITOR_REGISTRIES__OWN__ADDRESS=team.address
    )
    assert len(named["repositories"]) == 2


def test_a_registry_that_was_never_crawled_is_named_with_those_that_were(
    auditor: Auditor, team: RunningRegistry
) -> None:
    auditor.json("audit", team.address)
    for form in ("table", "json", "csv"):
        finished = auditor.run("rank", "--registry", "other.example", "--format", form)
        assert_one_clear_line(finished, code=2, naming="other.example", advice=team.address)


def test_a_repository_in_several_registries_has_to_be_named_in_full(
    auditor: Auditor, team: RunningRegistry, rogue: RogueRegistry
) -> None:
    auditor.json("audit", team.address, rogue.address)
    assert auditor.json("show", "team/app")["registry"] == team.address  # no other holds it
    manifest, blobs = simple_image("namesake", 1_121)
    rogue.add_tags("team/app", "1")
    rogue.add_manifest("team/app", "1", manifest)
    for blob in blobs:
        rogue.add_blob("team/app", blob)
    auditor.json("audit", rogue.address)
    finished = auditor.run("show", "team/app")
    assert_one_clear_line(finished, code=2, naming="team/app", advice=f"{team.address}/team/app")
    for written in (
        f"{team.address}/team/app",
        f"http://{team.address}/team/app",
        f"{team.address}/team/app/",
    ):
        assert auditor.json("show", written)["repository"] == "team/app"


def test_one_registry_that_fails_does_not_stop_the_others(
    auditor: Auditor, team: RunningRegistry
) -> None:
    finished = auditor.run("audit", "no-such-registry.invalid", team.address, "--format", "json")
    assert finished.code == 4
    assert "no-such-registry.invalid" in finished.err
    assert len(finished.json()["repositories"]) == 2


def test_an_address_with_a_path_says_how_to_name_the_repository(
    auditor: Auditor, team: RunningRegistry
) -> None:
    plain = auditor.run("audit", f"{team.address}/team/app")
    assert_one_clear_line(plain, code=2, naming=team.address, advice="--repository team/app")
    for _ in range(2):
        url = auditor.run("audit", f"http://{team.address}/team/app")
        assert_one_clear_line(url, code=4, naming=team.address, advice="--repository team/app")
    again = auditor.run("audit", f"{team.address}/team/app")
    assert_one_clear_line(again, code=2, naming=team.address, advice="--repository team/app")


def test_capitals_in_a_host_make_no_second_registry(
    auditor: Auditor, team: RunningRegistry
) -> None:
    auditor.json("audit", f"localhost:{team.port}")
    auditor.json("audit", f"LOCALHOST:{team.port}/")
    assert {registry for registry, _ in listed(auditor)} == {f"localhost:{team.port}"}
    shown = auditor.json("show", f"LocalHost:{team.port}/team/app:1")
    assert shown["registry"] == f"localhost:{team.port}"


def test_a_registry_audited_over_plain_http_is_crawled_again_by_its_url(
    auditor: Auditor, team: RunningRegistry
) -> None:
    """0.0.0.0 is this machine, but not by a name that means http."""
    name = f"0.0.0.0:{team.port}"
    auditor.json("audit", f"http://{name}")
    for command in ("crawl", "audit"):
        finished = auditor.run(command, name, "--accept-removals")
        assert_one_clear_line(finished, code=4, naming=name, advice=f"write http://{name} ")
        finished = auditor.run(command, f"http://{name}", "--accept-removals")
        assert finished.code == 0, finished.err
    configured = auditor.run("crawl", name, AUDITOR_REGISTRIES__OWN__ADDRESS=f"http://{name}")
    assert configured.code == 0, configured.err
