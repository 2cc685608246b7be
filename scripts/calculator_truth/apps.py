"""Three applications built in the usual ways, layer by layer.

    python -m scripts.calculator_truth.apps

Built by buildah without a daemon, on the bases of `scripts/pairs`: each `Dockerfile.WAY` below
`apps/`. What is recorded of each layer: its tar, and that deflated as Docker would, as buildah
does (its gzip leaves layers some percent larger) and by zstd.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from scripts.calculator_truth.facts import Json, load, save
from scripts.calculator_truth.measuring import measure_tar
from scripts.pairs.builder import Builder, start_builder
from scripts.pairs.contexts import write_context
from scripts.pairs.reading import Context, Recipe, Variant, load_bases
from scripts.pairs.roots import make_root
from scripts.pairs.stored import Stored

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parent.parent.parent
_BASES = ("10-debian-slim", "20-python-slim", "30-node-slim")
_STATUS = "var/lib/dpkg/status"


def main(arguments: list[str]) -> None:
    """Build all bases and applications, and put them into the record."""
    parser = argparse.ArgumentParser(prog="apps")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/truth/apps")
    parser.add_argument("--record", type=Path, default=ROOT / "tests/data/calculator-truth.json.gz")
    options = parser.parse_args(arguments)
    with start_builder(options.folder) as builder:
        bases = {
            f"{recipe.variants[0].repository}:{recipe.variants[0].tags[0]}": _base(builder, recipe)
            for recipe in load_bases()
            if recipe.name in _BASES
        }
        images = [
            _image(builder, recipe, variant, bases)
            for recipe in _recipes()
            for variant in recipe.variants
        ]
        version = builder.version()
    facts = load(options.record)
    facts["tools"]["buildah"] = version
    facts["bases"], facts["images"] = bases, images
    save(options.record, facts)


def _recipes() -> Iterator[Recipe]:
    for folder in sorted(path for path in APPS.iterdir() if path.is_dir()):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        texts = {
            str(path.relative_to(folder)): path.read_text()
            for path in files
            if not path.name.startswith("Dockerfile")
        }
        variants = tuple(
            Variant(path.suffix[1:], f"truth/{folder.name}", (path.suffix[1:],), path.read_text())
            for path in files
            if path.name.startswith("Dockerfile")
        )
        yield Recipe(folder.name, (), "", date(2026, 11, 1), variants, Context(texts))


def _base(builder: Builder, recipe: Recipe) -> Json:
    variant = recipe.variants[0]
    if recipe.root:
        context = builder.folder / "context"
        write_context(Context(), context, 0, ())
        make_root(recipe.root, context / "rootfs.tar", recipe.built_at(0), builder.folder)
    name = builder.build(recipe, variant, 0)
    layers, installed = _layers(builder, name, variant)
    builder.push(name, variant.repository, variant.tags[0], "")
    builder.forget(name)
    return {"layers": layers, "installed": installed}


def _image(builder: Builder, recipe: Recipe, variant: Variant, bases: Json) -> Json:
    layers, installed = _layers(builder, builder.build(recipe, variant, 0), variant)
    base = bases[str(variant.base)]
    own = layers[len(base["layers"]) :]
    sizes = [layer["gzip_bytes"] for layer in own]
    sys.stdout.write(f"{recipe.name} {variant.role}: {sum(sizes)} bytes on the base, {sizes}\n")
    sys.stdout.flush()
    return {
        "app": recipe.name,
        "way": variant.role,
        "base": variant.base,
        "layers": own,
        "installed": sorted(set(installed) - set(base["installed"])),
    }


def _layers(builder: Builder, name: str, variant: Variant) -> tuple[list[Json], list[str]]:
    """Each layer, with its step; and `name=version` of all Debian packages."""
    packed = _sizes(builder.push(name, variant.repository, variant.tags[0], "gzip"))
    stored = builder.push(name, variant.repository, variant.tags[0], "none")
    files = [
        builder.folder / "layout" / layer["digest"].removeprefix("sha256:")
        for layer in json.loads(stored.manifest)["layers"]
    ]
    steps = [
        step.get("created_by", "")
        for step in json.loads(stored.config)["history"]
        if not step.get("empty_layer")
    ]
    layers = [
        {"step": step, **measure_tar(file), "buildah_gzip_bytes": size}
        for step, file, size in zip(steps, files, packed, strict=True)
    ]
    return layers, _installed(files)


def _sizes(stored: Stored) -> list[int]:
    return [layer["size"] for layer in json.loads(stored.manifest)["layers"]]


def _installed(files: list[Path]) -> list[str]:
    text = ""
    for file in files:
        with tarfile.open(file) as tar:
            for entry in tar:
                if entry.name.removeprefix("./") == _STATUS:
                    stream = tar.extractfile(entry)
                    text = stream.read().decode() if stream else ""
    return sorted(_named(text))


def _named(status: str) -> Iterator[str]:
    for stanza in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line)
        if fields.get("Status", "").endswith(" installed"):
            yield f"{fields['Package']}={fields['Version']}"


if __name__ == "__main__":
    main(sys.argv[1:])
