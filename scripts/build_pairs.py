"""Builds wasteful and lean images in pairs, and records what they weigh.

    make pairs                              all of them
    make pairs PAIRS="--only apt-lists-kept"

Needs the network (Debian, Python and npm packages, each from where this machine is set up to
get them), root, and buildah, skopeo, mmdebstrap and docker-registry. Each base and pair is a TOML
file in scripts/pairs/. What the registry holds afterwards is written to
auditor/sample/data/pairs.json.gz and, as a table, to docs/reference/pairs.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from auditor.sample.built import load_built
from scripts.pairs import recording
from scripts.pairs.builder import BUILT_FOR_THE_DEMO, Builder, start_builder
from scripts.pairs.commands import BuildError
from scripts.pairs.contexts import write_made
from scripts.pairs.reading import Recipe, load_bases, load_pairs
from scripts.pairs.recording import Json
from scripts.pairs.roots import make_root
from scripts.pairs.serving import fill_index, serving
from scripts.pairs.table import write_table

TOOLS = ("buildah", "skopeo", "mmdebstrap", "docker-registry")
ROOT = Path(__file__).parent.parent
TARGET = ROOT / "auditor/sample/data/pairs.json.gz"
PAGE = ROOT / "docs/reference/pairs.md"


def main(arguments: list[str]) -> None:
    """Build what is asked for, in order; recorded after each recipe."""
    options = _options(arguments)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}. On Debian: apt-get install {' '.join(missing)}")
    facts = recording.load(options.record)
    with start_builder(options.folder) as builder:
        facts |= {
            "note": BUILT_FOR_THE_DEMO,
            "builder": f"buildah {builder.version()}",
            "built_on": datetime.now(UTC).date().isoformat(),
        }
        failed = []
        for recipe in _wanted(options.only, facts):
            started = time.monotonic()
            try:
                images = _images(builder, recipe)
            except BuildError as error:
                sys.stderr.write(f"{recipe.name} failed: {error}\n")
                failed.append(recipe.name)
                continue
            kept = [image for image in facts["images"] if image["pair"] != recipe.name]
            facts["images"] = [*kept, *images]
            _save(options.record, facts)
            _say(recipe, facts, time.monotonic() - started)
        _save(options.record, facts)
    if options.record == TARGET:
        write_table(PAGE, load_built())
    if failed:
        sys.exit(f"not built, recorded as before: {', '.join(failed)}")


def _save(path: Path, facts: Json) -> None:
    """Restates what pairs show too, so that a changed sentence needs no build."""
    recording.restate(facts, [*load_bases(), *load_pairs()])
    recording.save(path, facts)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build_pairs")
    parser.add_argument(
        "--only", nargs="*", help="names of bases and pairs to build anew; none: only restate"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build/pairs", help="where to work")
    parser.add_argument("--record", type=Path, default=TARGET, help="where the facts go")
    return parser.parse_args(arguments)


def _wanted(only: Collection[str] | None, facts: Json) -> list[Recipe]:
    """All, or those named; a run of all begins with no facts."""
    recipes = [*load_bases(), *load_pairs()]
    if only is None:
        facts |= {"images": [], "pairs": []}
        return recipes
    unknown = set(only) - {recipe.name for recipe in recipes}
    if unknown:
        sys.exit(f"no such recipe: {', '.join(sorted(unknown))}")
    return [recipe for recipe in recipes if recipe.name in only]


def _images(builder: Builder, recipe: Recipe) -> list[Json]:
    served = builder.folder / "served"
    shutil.rmtree(served, ignore_errors=True)
    with serving(served) as address:
        for made in recipe.context.served:
            write_made(made, served, 0)
        index = f"{address}/simple" if recipe.packages else ""
        if recipe.packages:
            fill_index(recipe.packages, served)
        if recipe.root:
            shutil.rmtree(builder.folder / "context", ignore_errors=True)
            (builder.folder / "context").mkdir()
            target = builder.folder / "context/rootfs.tar"
            make_root(recipe.root, target, recipe.built_at(0), builder.folder)
        return _build_all(builder, recipe, index)


def _build_all(builder: Builder, recipe: Recipe, index: str) -> list[Json]:
    images = []
    for variant in recipe.variants:
        for release, tag in enumerate(variant.tags):
            local = builder.build(recipe, variant, release, index)
            for repository in (variant.repository, *variant.also):
                stored = builder.push(local, repository, tag, variant.compression)
                name = (repository, tag)
                images.append(recording.image_record(recipe, variant, name, stored))
            if variant.role == "base":
                builder.forget(local)
    return images


def _say(recipe: Recipe, facts: Json, seconds: float) -> None:
    out: Callable[[str], object] = sys.stdout.write
    sizes = [recording.pull_bytes(i) for i in facts["images"] if i["pair"] == recipe.name]
    saved = [pair["saved_bytes"] for pair in facts["pairs"] if pair["name"] == recipe.name]
    out(f"{recipe.name}: {sizes} bytes; saves {saved} ({seconds:.0f} s)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
