"""Builds layers as Docker would, and records what they weigh beside what indexes say.

    make calculator-truth
    make calculator-truth TRUTH="--only apt --minutes 25"

Needs the network (Debian, Python and npm packages, each from where this machine is set up to
get them), root, and mmdebstrap, unshare, npm and zstd. What is built is in roots.toml; each
layer is recorded in tests/data/calculator-truth.json.gz as soon as it is measured, and a run
takes up where the one before ended. `--again` builds all anew.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from scripts.calculator_truth import apt, npm, python
from scripts.calculator_truth.facts import Json, add_row, drop, load, row_key, save
from scripts.calculator_truth.running import NotBuiltError

ROOT = Path(__file__).parent.parent.parent
TARGET = ROOT / "tests/data/calculator-truth.json.gz"
_MEMORY = Path("/dev/shm/truth")  # noqa: S108 - a folder of root, in memory
_LISTS = {"recommends": "with_recommends", "cache": "cache_kept"}


class Builder(Protocol):
    """Builds one layer at a time."""

    def prepare(self) -> Json:
        """Make ready what all builds share; the tools' versions."""

    def build(self, root: str, variant: str, lists: Json) -> tuple[Json, dict[str, Json]]:
        """One row and the packages it names; raises NotBuiltError."""

    def clean(self) -> None:
        """Remove what one build left."""


def main(arguments: list[str]) -> None:
    """Build what is not recorded yet, one ecosystem after the other."""
    options = _options(arguments)
    lists = tomllib.loads((Path(__file__).parent / "roots.toml").read_text())
    facts = load(options.record)
    builders: dict[str, Builder] = {
        "apt": apt.AptBuilder(options.folder / "apt", options.layers / "apt"),
        "pip": python.PythonBuilder(options.folder / "pip", options.layers / "pip"),
        "npm": npm.NpmBuilder(options.folder / "npm", options.layers / "npm"),
    }
    for ecosystem in options.only or builders:
        builder = builders[ecosystem]
        facts["tools"] |= builder.prepare()
        facts["built_on"] = datetime.now(UTC).date().isoformat()
        until = time.monotonic() + options.minutes * 60
        for about in _wanted(ecosystem, lists[ecosystem]):
            if time.monotonic() > until:
                _say(f"{ecosystem}: {options.minutes} minutes are over; run it again for the rest")
                break
            if options.again or not _is_recorded(facts, about):
                _build(builder, about, lists[ecosystem], facts)
                save(options.record, facts)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="calculator_truth")
    parser.add_argument("--only", nargs="*", choices=("apt", "pip", "npm"))
    parser.add_argument("--minutes", type=float, default=25, help="for each ecosystem")
    parser.add_argument("--again", action="store_true", help="build what is recorded anew")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/truth", help="where to work")
    parser.add_argument(
        "--layers", type=Path, default=_MEMORY, help="where layers are made: memory"
    )
    parser.add_argument("--record", type=Path, default=TARGET, help="where the facts go")
    return parser.parse_args(arguments)


def _wanted(ecosystem: str, lists: Json) -> Iterator[Json]:
    """Roots in the order of their hashes, so that a run cut short is a fair sample."""
    yield from _named(ecosystem, "plain", lists["roots"])
    for variant, name in _LISTS.items():
        yield from _named(ecosystem, variant, lists.get(name, []))
    for variant in ("dev", "production"):
        yield from _named(ecosystem, variant, list(lists.get("projects", {})))
    if ecosystem == "apt":
        yield from _named(ecosystem, "lists", ["lists"])
    yield from _named(ecosystem, "plain", lists["further"])


def _named(ecosystem: str, variant: str, roots: list[str]) -> Iterator[Json]:
    for root in sorted(roots, key=lambda name: hashlib.sha256(name.encode()).digest()):
        yield {"ecosystem": ecosystem, "variant": variant, "root": root}


def _is_recorded(facts: Json, about: Json) -> bool:
    return any(row_key(row) == row_key(about) for row in (*facts["rows"], *facts["dropped"]))


def _build(builder: Builder, about: Json, lists: Json, facts: Json) -> None:
    started = time.monotonic()
    builder.clean()
    try:
        row, packages = builder.build(about["root"], about["variant"], lists)
    except NotBuiltError as error:
        drop(facts, about, str(error))
        _say(f"{' '.join(row_key(about))}: {error}")
    else:
        add_row(facts, {**about, **row}, packages)
        sizes = {name: layer["gzip_bytes"] for name, layer in row["layers"].items()}
        seconds = time.monotonic() - started
        _say(f"{' '.join(row_key(about))}: {len(packages)} packages, {sizes} ({seconds:.0f} s)")
    finally:
        builder.clean()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
