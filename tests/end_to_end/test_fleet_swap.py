"""A planned fleet swap, really pushed: the bytes come off as the plan says, move by move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.images.contents import Stored, config_for, layer, manifest_of
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real

ROOT = layer("root", 40_000)
OLD = (ROOT, layer("tools", 90_000), layer("python", 30_000))
NEW = (ROOT, layer("slim-tools", 7_000), layer("slim-python", 21_000))
OTHER = (ROOT, layer("ruby", 11_000))
SHARED = layer("shared-libraries", 5_000)
FIRST_MOVES = 3

Image = tuple[Stored, tuple[Stored, ...]]


def image(layers: Sequence[Stored]) -> Image:
    config = config_for(layers, "amd64", [f"COPY {one.digest} /" for one in layers])
    return manifest_of(config, layers), (config, *layers)


@dataclass(frozen=True, slots=True)
class App:
    """A repository of the fleet: the own layers of its images, by tag."""

    repository: str
    own: dict[str, tuple[Stored, ...]]

    def on(self, base: Sequence[Stored]) -> dict[str, Image]:
        return {tag: image((*base, *own)) for tag, own in self.own.items()}


def own(name: str, size_bytes: int) -> tuple[Stored, ...]:
    return (layer(name, size_bytes),)


FLEET = (
    App("team/api", {"1": own("api", 3_000)}),
    App("team/batch", {"1": (SHARED, *own("batch", 2_000))}),
    App("team/cron", {"1": (SHARED, *own("cron", 2_500))}),
    App("team/web", {"1.0": own("web", 4_000), "1.1": own("web-new", 4_100)}),
    App("shop/cart", {"7": own("cart", 1_000)}),
    # Its own layer is one of the new base's: it pays for less of it.
    App("shop/till", {"2": (NEW[1], *own("till", 1_500))}),
)


@pytest.fixture(params=[True, False], ids=["bases in the registry", "bases in a reference"])
def bases(
    request: pytest.FixtureRequest, registry: RunningRegistry, tmp_path: Path
) -> Iterator[RunningRegistry]:
    """Where both bases are: in the fleet's registry, or in one that is not counted."""
    if request.param:
        yield registry
        return
    with start_docker_registry(tmp_path / "upstream") as upstream:
        yield upstream


@dataclass(frozen=True, slots=True)
class Moving:
    """The fleet's registry, and the program that crawls it."""

    registry: RunningRegistry
    auditor: Auditor

    @property
    def raw(self) -> RawRegistry:
        return RawRegistry(self.registry.url)

    def crawl(self) -> int:
        """Stored bytes of the registry by a new crawl, which are those on its disk."""
        asked = "audit", self.registry.address, "--accept-removals", "--quiet"
        stored = self.auditor.json(*asked)["totals"]["stored_bytes"]
        assert stored == StorageFolder(self.registry.storage).stored_bytes
        return int(stored)

    def move(self, app: App) -> int:
        """Push the swapped images, delete those of before; what documents take less."""
        smaller = 0
        before = app.on(OLD)
        for tag, new in app.on(NEW).items():
            self.raw.put_image(app.repository, tag, new)
            self.raw.delete_manifest(app.repository, before[tag][0].digest)
            smaller += documents(before[tag]) - documents(new)
        return smaller


def documents(one: Image) -> int:
    manifest, (config, *_) = one
    return len(manifest.body) + len(config.body)


def test_what_a_plan_frees_is_what_a_crawl_shows_after_pushing_the_swapped_images(
    registry: RunningRegistry, bases: RunningRegistry, auditor: Auditor
) -> None:
    moving = Moving(registry, replace(auditor, settings={"AUDITOR_CRAWL__RECHECK_DAYS": "0"}))
    for tag, layers in (("3.12", OLD), ("3.12-slim", NEW)):
        RawRegistry(bases.url).put_image("library/python", tag, image(layers))
    for app in FLEET:
        for tag, one in app.on(OLD).items():
            moving.raw.put_image(app.repository, tag, one)
    # One stays on another base with the same root, one has a layer of the old base as its own.
    moving.raw.put_image("team/api", "legacy-9", image((*OTHER, *own("legacy", 900))))
    moving.raw.put_image("odd/holder", "1", image((OLD[2], *own("holder", 800))))

    if bases is not registry:
        hub = {"ADDRESS": bases.address, "REFERENCE": "true"}
        where = {f"AUDITOR_REGISTRIES__HUB__{name}": value for name, value in hub.items()}
        assert auditor.run("crawl", "hub", **where).code == 0
    before = moving.crawl()
    plan = moving.auditor.json("bases", "python:3.12")
    assert_plan(plan, is_there=bases is registry)
    apps = {app.repository: app for app in FLEET}
    smaller = 0
    steps = plan["steps"]
    for part in (steps[:FIRST_MOVES], steps[FIRST_MOVES:]):
        smaller += sum(moving.move(apps[step["repository"]]) for step in part)
        assert before - moving.crawl() == part[-1]["cumulative_bytes"] + smaller
    now = {row["name"].rpartition("/")[2]: row for row in moving.auditor.json("bases")["bases"]}
    assert set(now) == {"python:3.12-slim"}
    assert now["python:3.12-slim"]["repositories"] == 6


def assert_plan(plan: dict[str, Any], *, is_there: bool) -> None:
    """Sizes that can be counted by hand: who holds what, and what comes in."""
    sizes = {one: len(one.body) for one in (*OLD, *NEW)}
    swap = plan["base"]["swap"]
    assert swap["name"].rpartition("/")[2] == "python:3.12-slim"
    assert {step["repository"] for step in plan["steps"]} == {app.repository for app in FLEET}
    assert (plan["base"]["images"], swap["moves"]) == (7, 6)
    if is_there:
        assert swap["freed_bytes"] == swap["added_bytes"] == 0
        assert swap["kept_bytes"] == sizes[OLD[1]] + sizes[OLD[2]]
        assert swap["break_even"] is None
    else:
        assert swap["added_bytes"] == sizes[NEW[2]]
        assert swap["freed_bytes"] == sizes[OLD[1]] - sizes[NEW[2]]
        assert swap["kept_bytes"] == sizes[OLD[2]]
        assert swap["break_even"] == 6
        assert plan["steps"][0]["freed_bytes"] == -sizes[NEW[2]]
