"""What the calculator foretells of the three applications, beside what was built.

    python -m scripts.calculator_truth.foretell

Needs the network: closures are resolved over the package indexes that this machine is set up to
use. Their facts go into the record, so that tests replay the model and the sums without it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from auditor.analysis.bases.names import variant_of
from auditor.context.measuring import measure_folder
from auditor.domain.estimates import (
    BaseUsed,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    Part,
    PartKind,
    total,
)
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.estimate.base_contents import BaseContents
from auditor.settings import load_settings
from auditor.usecases.estimate import weigh
from auditor.usecases.estimate_base import EstimateBase
from auditor.usecases.estimate_dockerfile import plan_of
from auditor.usecases.estimate_sources import PackageSources
from auditor.usecases.package_indexes import open_package_indexes
from scripts.calculator_truth.facts import Json, load, save

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parent.parent.parent
_LISTS = ("requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json")


def main(arguments: list[str]) -> None:
    """Foretell every image of the record, print both figures, and keep what was resolved."""
    parser = argparse.ArgumentParser(prog="foretell")
    parser.add_argument("--record", type=Path, default=ROOT / "tests/data/calculator-truth.json.gz")
    options = parser.parse_args(arguments)
    facts = load(options.record)
    environment = dict(os.environ)
    settings = load_settings(config_file=None, environment=environment, overrides={}).settings
    with PackageSources(open_package_indexes(settings, now=datetime.now(UTC))) as sources:
        for image in facts["images"]:
            base = base_of(facts["bases"][image["base"]], image["base"])
            request = request_of(image)
            recipe = plan_of(request).recipe
            closed = sources.close(recipe.packages, base, request.platform)
            image["foretold"] = {
                "parts": [_part(part) for part in weigh(recipe, base, sources, request).parts],
                "closures": [
                    {
                        "ecosystem": one.closure.ecosystem.value,
                        "is_byte_compiled": one.asked.options.is_compiled,
                        "is_slim_base": bool(base.variant and base.variant.is_slim),
                        "packages": [asdict(package) for package in one.closure.packages],
                    }
                    for one in closed
                ],
            }
            _say(image)
    save(options.record, facts)


def base_of(facts: Json, name: str) -> EstimateBase:
    """A base of the record, with the packages that are really in it."""
    installed = tuple(one.partition("=")[0] for one in facts["installed"])
    size = sum(layer["gzip_bytes"] for layer in facts["layers"])
    python = "3.11" if "python" in name else ""
    # Files of a layer that is built for a fixed time are newer or older than their byte code says.
    uncompiled = {Ecosystem.PIP} if python else {Ecosystem.NPM} if "node" in name else set()
    contents = BaseContents(
        "debian", "bookworm", installed, python, uncompiled=frozenset(uncompiled)
    )
    used = BaseUsed(name, DEFAULT_PLATFORM, Interval.exactly(size), "built here")
    return EstimateBase(used, contents, variant_of([name]))


def request_of(image: Json) -> EstimateRequest:
    """The Dockerfile and the files beside it, as somebody would give them."""
    folder = APPS / image["app"]
    dockerfile = folder / f"Dockerfile.{image['way']}"
    files = tuple(
        ListFile(name, (folder / name).read_bytes()) for name in _LISTS if (folder / name).exists()
    )
    own = measure_folder(folder)
    return EstimateRequest(
        dockerfile=ListFile(dockerfile.name, dockerfile.read_bytes()),
        files=files,
        own=(OwnFiles("the application", own.compressed, own.unpacked),),
        has_alternatives=False,
    )


def _part(part: Part) -> Json:
    return {
        "kind": part.kind.value,
        "name": part.name,
        "estimate": part.compressed.estimate_bytes,
        "low": part.compressed.low_bytes,
        "high": part.compressed.high_bytes,
    }


def on_the_base(parts: list[Json]) -> Interval:
    """What the parts on top of the base come to."""
    return total(
        [
            Part(PartKind(one["kind"]), "", Interval(one["estimate"], one["low"], one["high"]))
            for one in parts
            if one["kind"] != PartKind.BASE
        ]
    )


def built_bytes(image: Json) -> int:
    """What was built on the base, deflated as Docker does."""
    return sum(_sizes(image))


def _sizes(image: Json) -> Iterator[int]:
    for layer in image["layers"]:
        yield layer["gzip_bytes"]


def _say(image: Json) -> None:
    real, said = built_bytes(image), on_the_base(image["foretold"]["parts"])
    off = 100 * (said.estimate_bytes - real) / real
    sys.stdout.write(
        f"{image['app']} {image['way']}: built {real:,}, foretold {said.estimate_bytes:,}"
        f" ({said.low_bytes:,} to {said.high_bytes:,}), {off:+.1f} %\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
