"""A real history in docker-registry, and what the program says of each of its moments later.

After every step the storage folder is measured as it is then; at the end every moment is
asked for again. Removals count from the first crawl that missed something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry

pytestmark = [pytest.mark.real, pytest.mark.slow]

SETTINGS = {"AUDITOR_CRAWL__RECHECK_DAYS": "0", "AUDITOR_CRAWL__REMOVAL_GUARD_PERCENT": "100"}
EDGE, APP, WEB = "moving/edge", "team/app", "team/web"


@dataclass(frozen=True)
class Moment:
    """What the folder held at a time, of everything a crawl could have seen."""

    step: str
    at: str
    repositories: Mapping[str, Mapping[str, int]]
    stored_bytes: int
    on_disk_bytes: int


@dataclass
class Story:
    """Steps of a registry's life, each crawled before and after and measured."""

    registry: RunningRegistry
    auditor: Auditor
    remembered: dict[str, frozenset[str]] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def step(self, name: str, action: Callable[[], object]) -> None:
        self.measure(f"before: {name}")
        action()
        self.measure(f"after: {name}")
        self.measure(f"a while after: {name}")

    def measure(self, step: str) -> None:
        self.auditor.json("audit", self.registry.address, **SETTINGS)
        folder = StorageFolder(self.registry.storage, self.remembered)
        self.moments.append(
            Moment(
                step=step,
                at=datetime.now(UTC).isoformat(),
                repositories={name: asdict(one) for name, one in folder.figures.items()},
                stored_bytes=folder.stored_bytes,
                on_disk_bytes=sum(
                    path.stat().st_size for path in (folder.base / "blobs").rglob("data")
                ),
            )
        )

    def told(self, moment: Moment) -> dict[str, Any]:
        return self.auditor.json("rank", "--at", moment.at)


def test_every_moment_of_a_real_history_is_told_as_it_was(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    images = {name: simple_image(name, 5_000 + place) for place, name in enumerate("abcdef")}
    story = Story(registry, auditor)

    # One manifest lost its tag before we ever looked: nobody can list it.
    raw.put_image(EDGE, "edge", simple_image("never seen", 9_000))
    raw.put_image(EDGE, "edge", images["a"])
    raw.put_image(APP, "v1", images["b"])

    story.step("push", lambda: raw.put_image(APP, "v2", images["c"]))

    def retag() -> None:
        raw.put_image(EDGE, "edge", images["d"])
        story.remembered[EDGE] = frozenset({images["a"][0].digest})

    story.step("retag", retag)
    story.step("push the same elsewhere", lambda: raw.put_image(WEB, "v1", images["c"]))

    def delete() -> None:
        raw.delete_manifest(APP, "v1")
        raw.delete_manifest(EDGE, images["a"][0].digest)

    story.step("delete", delete)
    story.step("collect garbage", registry.garbage_collect)
    story.step("push again", lambda: raw.put_image(APP, "v3", images["b"]))

    for moment in story.moments:
        told = story.told(moment)
        rows = rows_by_name(told)
        for name, figures in moment.repositories.items():
            assert {key: rows[name][key] for key in figures} == figures, (moment.step, name)
        assert set(rows) == set(moment.repositories), moment.step
        assert told["totals"]["stored_bytes"] == moment.stored_bytes, moment.step
    unseen = [moment.on_disk_bytes - moment.stored_bytes for moment in story.moments]
    assert min(unseen) > 0, "the manifest that nobody can list is there all the time"
    assert len({moment.stored_bytes for moment in story.moments}) >= 4
