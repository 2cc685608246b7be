"""Make the sample registry's facts from a gathered file about official images.

    .venv/bin/python -m scripts.convert_sample official-sample.json.gz auditor/sample/data

Reads names, digests, sizes, dates and build steps; writes `snapshot.json.gz` and
`history.json.gz`, the same bytes for the same input. Build steps are restated (see
restate_steps.py); original texts, environment values and package names stay behind.
Only this script reads the source file: neither the program nor its tests need it.

The history keeps what a crawl at the start of each month would have seen, over every
family: linux/amd64 tags and the manifests they named at those seventeen moments. A slice
by time rather than by family, so that nothing appears or vanishes that did not in reality:
growth, moves to new bases, withdrawn tags and manifests left untagged are all in it.
"""

from __future__ import annotations

import bisect
import gzip
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.restate_steps import build_arguments, restate

Json = dict[str, Any]
_LAST_PUSH = datetime(2018, 1, 28, tzinfo=UTC)
_FIRST_MONTH, _LAST_MONTH = (2016, 10), (2018, 1)


def main(source_path: str, target_folder: str) -> None:
    """Write both data files into the folder and print their sizes."""
    source: Json = json.loads(gzip.decompress(Path(source_path).read_bytes()))
    folder = Path(target_folder)
    for name, facts in (("snapshot", _snapshot(source)), ("history", _history(source))):
        text = json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()
        packed = gzip.compress(text, compresslevel=9, mtime=0)
        (folder / f"{name}.json.gz").write_bytes(packed)
        sys.stdout.write(f"{name}.json.gz: {len(packed)} bytes ({len(text)} unpacked)\n")


class _Steps:
    """Restated steps, each text once; `index` gives a step's number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def index(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return self._numbers[text]


def _snapshot(source: Json) -> Json:
    snapshot, steps = source["snapshot"], _Steps()
    return {
        "source": {
            "name": source["source"]["data"],
            "licence": source["source"]["licence"],
            "copyright": "Copyright 2014 Docker, Inc.",
            "commit": source["source"]["commit"],
            "date": source["source"]["date"],
        },
        "layers": [[_hex(digest), size] for digest, size, *_ in snapshot["layers"]],
        "images": [_image(image, snapshot["commands"], steps) for image in snapshot["manifests"]],
        "tags": [
            [tag["image"], tag["tag"], tag["index"] is not None, tag["manifests"]]
            for tag in snapshot["tags"]
        ],
        "modern": [_modern(image, steps) for image in source["modern"]],
        "steps": steps.texts,
    }


def _image(image: Json, commands: list[str], steps: _Steps) -> Json:
    history = list(_history_steps(image["history"], commands, steps))
    return {
        "digest": _hex(image["digest"]),
        "platform": image["platform"],
        "layers": image["layers"],
        "created": max((seconds for seconds, *_ in image["history"]), default=None),
        "steps": [] if image["alignment"] == "none" else history,
        "builder": image["docker_version"],
    }


def _history_steps(
    history: list[tuple[int, int, int]], commands: list[str], steps: _Steps
) -> Iterator[tuple[int, int, int]]:
    """`(seconds, step number, layer position or -1)`; build arguments join the RUN they are for."""
    arguments = ""
    for seconds, command, position in history:
        text = commands[command]
        if text.startswith("# ARGS:"):
            arguments = build_arguments(text)
            continue
        restated = restate(text)
        if arguments and restated.startswith("RUN "):
            restated = f"RUN {arguments} /bin/sh -c {restated.removeprefix('RUN ')}"
        arguments = ""
        yield seconds, steps.index(restated), position


def _modern(image: Json, steps: _Steps) -> Json:
    return {
        "repository": image["image"],
        "tag": image["tag"],
        "digest": _hex(image["digest"]),
        "platform": image["platform"],
        "layers": [[_hex(digest), size] for digest, size in image["layers"]],
        "created": _root_date(image["history"][0][0]),
        "attestation_bytes": image["attestation_size"],
        "steps": [
            [None, steps.index(restate(text)), position] for text, position in image["history"]
        ],
        "source": image["source"],
    }


def _root_date(first_step: str) -> int | None:
    """When the image's Debian root was cut, if its first step says so: the only date known."""
    seconds = first_step.rpartition("'@")[2].rstrip("'")
    return int(seconds) if first_step.startswith("RUN # debian.sh") else None


def _moments() -> list[int]:
    (year, month), moments = _FIRST_MONTH, []
    while (year, month) <= _LAST_MONTH:
        moments.append(int(datetime(year, month, 1, tzinfo=UTC).timestamp()))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - months
    return [*moments, int(_LAST_PUSH.timestamp())]


def _history(source: Json) -> Json:
    """Changes per tag between moments; images and layers already in the snapshot are reused.

    An image number below the snapshot's count is the snapshot's image; so are layers.
    """
    pushes, moments = source["pushes"], _moments()
    numbers = _Numbers(source)
    tags = []
    for name, timeline in pushes["timeline"].items():
        times = [seconds for seconds, _ in timeline]
        changes: list[tuple[int, int | None]] = []
        for moment, seconds in enumerate(moments):
            at = bisect.bisect_right(times, seconds) - 1
            pushed = timeline[at][1] if at >= 0 else None
            image = None if pushed is None else numbers.image(pushed)
            if image != (changes[-1][1] if changes else None):
                changes.append((moment, image))
        if changes:
            repository, _, tag = name.partition(":")
            tags.append([repository, tag, changes])
    return {"moments": moments, "layers": numbers.layers, "images": numbers.images, "tags": tags}


class _Numbers:
    """Numbers of images and layers, counting on from the snapshot's."""

    def __init__(self, source: Json) -> None:
        snapshot = source["snapshot"]
        self._pushes = source["pushes"]
        self._known_images = {m["digest"]: at for at, m in enumerate(snapshot["manifests"])}
        self._known_layers = {layer[0]: at for at, layer in enumerate(snapshot["layers"])}
        self.layers: list[tuple[str, int]] = []
        self.images: list[Json] = []

    def image(self, pushed: int) -> int:
        image = self._pushes["manifests"][pushed]
        digest = image["digest"]
        if digest not in self._known_images:
            self._known_images[digest] = len(self._known_images)
            layers = [self._layer(*self._pushes["layers"][at]) for at in image["layers"]]
            self.images.append({"layers": layers, "created": image["built"]})
        return self._known_images[digest]

    def _layer(self, digest: str, size: int) -> int:
        if digest not in self._known_layers:
            self._known_layers[digest] = len(self._known_layers)
            self.layers.append((_hex(digest), size))
        return self._known_layers[digest]


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


if __name__ == "__main__":
    main(*sys.argv[1:])
