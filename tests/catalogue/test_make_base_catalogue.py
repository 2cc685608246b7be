"""The catalogue's script, on a source of two images."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from scripts.make_base_catalogue import main, make_catalogue

HEX = {name: f"sha256:{name * 64}" for name in "abcdef"}


def image(digest: str, layers: list[int]) -> dict[str, Any]:
    return {"digest": HEX[digest], "platform": "linux/amd64", "layers": layers}


def source() -> dict[str, Any]:
    return {
        "source": {"commit": "0123456789abcdef", "date": "2018-01-29T00:00:00Z"},
        "snapshot": {
            "layers": [[HEX["a"], 40, None, ""], [HEX["b"], 7, None, ""]],
            "manifests": [image("c", [0]), image("d", [0, 1])],
            "tags": [
                {"image": "debian", "tag": "9", "manifests": [0]},
                {"image": "team", "tag": "1", "manifests": [1]},
            ],
        },
        "pushes": {
            "layers": [[HEX["e"], 39]],
            "manifests": [{"digest": HEX["f"], "layers": [0]}],
            "timeline": {"debian:9": [[1500000000, 0]], "team:1": [[1500000000, 0]]},
        },
        "modern": [
            {
                "image": "node",
                "tag": "22-slim",
                "platform": "linux/amd64",
                "digest": HEX["b"],
                "layers": [[HEX["d"], 28], [HEX["e"], 39]],
            },
            {
                "image": "eclipse-temurin",
                "tag": "21-jre",
                "platform": "linux/amd64",
                "digest": HEX["c"],
                "layers": [[HEX["f"], 28]],
            },
        ],
    }


def test_images_that_others_start_with_are_bases_and_the_rest_is_not() -> None:
    made = make_catalogue(source())
    found = {tuple(base["names"]): base for base in made["bases"]}
    assert ("team:1",) not in found
    assert found[("debian:bookworm-slim",)]["layers"] == [2]
    assert found[("eclipse-temurin:21-jre",)]["distribution"] == "ubuntu:26.04"
    days = [base["as_of"] for base in made["bases"] if base["names"] == ["debian:9"]]
    assert days == ["2018-01-29", "2017-07-14"]


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    given = tmp_path / "source.json.gz"
    given.write_bytes(gzip.compress(json.dumps(source()).encode()))
    written = []
    for _ in range(2):
        main(str(given), str(tmp_path))
        written.append((tmp_path / "bases.json.gz").read_bytes())
    assert written[0] == written[1]
