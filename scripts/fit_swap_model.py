"""Fit the constants of `auditor/analysis/bases/swap_model.py` and score them.

    .venv/bin/python -m scripts.fit_swap_model official-sample.json.gz tests/data/swap_pairs.json

Reads the pairs of one image on two bases, writes what the model sees of them (numbers and
names, no build steps), and prints the constants, how they score on families they were not fitted
on, and the spread of what was held out. The loss is what matters to a reader: the share
predicted worse than 10 %, and a tenth of the capped error so that near misses count; every
family weighs the same.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from auditor.analysis.bases.names import BaseKind, variant_of
from auditor.analysis.bases.own_layers import OwnLayers, own_layers
from auditor.analysis.bases.swap_model import (
    BUILD_TOOLS_KEPT_RATIO,
    SMALL_PACKAGES_BYTES,
    moved_bytes,
)
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.readable_steps import readable_step

Json = dict[str, Any]
Constants = tuple[float, int]
_GRID: Sequence[Constants] = tuple(
    itertools.product([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], range(0, 2_250_000, 250_000))
)
_WITHIN = 0.1


def main(source_path: str, target_path: str) -> None:
    """Write the pairs, print constants and scores."""
    source: Json = json.loads(gzip.decompress(Path(source_path).read_bytes()))
    pairs = list(make_pairs(source))
    lines = ",\n".join(json.dumps(pair, separators=(",", ":")) for pair in pairs)
    Path(target_path).write_text(f"[\n{lines}\n]\n")
    fitted = [pair for pair in pairs if is_fitted(pair)]
    print(f"{len(pairs)} pairs, {len(fitted)} fitted; constants (kept ratio, extra bytes):")
    print(" ", fit(fitted))
    for pair in pairs:
        pair["held_out"] = _fixed(pair)
    for family in sorted({pair["family"] for pair in fitted}):
        constants = fit([pair for pair in fitted if pair["family"] != family])
        print(f"  without {family}: {constants}")
        for pair in fitted:
            if pair["family"] == family:
                pair["held_out"] = predict(pair, constants)
    for name, chosen in _groups(pairs):
        _print_score(name, chosen)


def make_pairs(source: Json) -> Iterator[Json]:
    """What the model sees of each pair, with the sizes that were real."""
    snapshot = source["snapshot"]
    images = {image["digest"]: image for image in snapshot["manifests"]}
    for pair in source["swap_pairs"]:
        image, base = images[pair["from"][1]], images[pair["from_base"][1]]
        sizes = [snapshot["layers"][layer][1] for layer in image["layers"]]
        steps = [BuildStep("ENV", "", arguments=tuple(image.get("env", ())))]
        steps += [
            BuildStep(
                instruction="",
                text=readable_step(snapshot["commands"][command]),
                layer=position if position >= 0 else None,
            )
            for _, command, position in image["history"]
        ]
        own = own_layers(steps, sizes, len(base["layers"]))
        yield {
            "family": pair["image"],
            "version": f"{pair['version']} {pair['from'][0]} to {pair['to'][0]}",
            "from_base": pair["from_base"][0],
            "to_base": pair["to_base"][0],
            "package_bytes": own.package_bytes,
            "build_tool_bytes": own.build_tool_bytes,
            "list_bytes": own.list_bytes,
            "other_bytes": own.other_bytes,
            "from_base_bytes": pair["from_base"][2],
            "to_base_bytes": pair["to_base"][2],
            "from_bytes": pair["from"][2],
            "to_bytes": pair["to"][2],
        }


def own_of(pair: Json) -> OwnLayers:
    """The image's own layers."""
    names = ("package_bytes", "build_tool_bytes", "list_bytes", "other_bytes")
    return OwnLayers(*(pair[name] for name in names))


def kind_and_libc(pair: Json) -> tuple[BaseKind, bool]:
    """The kind of the base it has, and whether the move is from glibc to musl."""
    old, new = variant_of([pair["from_base"]]), variant_of([pair["to_base"]])
    if old is None or new is None:
        raise ValueError(pair)
    return old.kind, new.is_musl and not old.is_musl


def is_fitted(pair: Json) -> bool:
    """Whether the fitted constants matter to it: from a glibc system to musl."""
    return kind_and_libc(pair) == (BaseKind.SYSTEM, True)


def predict(pair: Json, constants: Constants) -> int:
    """The model with other constants, for fitting."""
    kept, extra = constants
    own = own_of(pair)
    small = min(own.package_bytes, SMALL_PACKAGES_BYTES)
    moved = small + int((own.package_bytes - small) * kept) + extra + own.other_bytes
    return int(pair["to_base_bytes"]) + moved + int(own.build_tool_bytes * BUILD_TOOLS_KEPT_RATIO)


def fit(pairs: Sequence[Json]) -> Constants:
    """The constants of least loss, each family weighing the same."""
    families = Counter(pair["family"] for pair in pairs)

    def loss(constants: Constants) -> float:
        return sum(
            _loss(predict(pair, constants), pair["to_bytes"]) / families[pair["family"]]
            for pair in pairs
        )

    return min(_GRID, key=loss)


def _loss(predicted: int, real: int) -> float:
    error = abs(predicted - real) / real
    return (error > _WITHIN) + 0.1 * min(error, 1.0)


def _fixed(pair: Json) -> int:
    kind, to_musl = kind_and_libc(pair)
    return int(pair["to_base_bytes"]) + moved_bytes(own_of(pair), kind, to_musl=to_musl)


def _groups(pairs: Sequence[Json]) -> Iterator[tuple[str, list[Json]]]:
    for kind, to_musl in ((k, m) for k in (BaseKind.RUNTIME, BaseKind.SYSTEM) for m in (0, 1)):
        name = f"{kind}, {'to musl' if to_musl else 'same libc'}"
        yield name, [pair for pair in pairs if kind_and_libc(pair) == (kind, bool(to_musl))]
    for kind in (BaseKind.RUNTIME, BaseKind.SYSTEM):
        yield kind.value, [pair for pair in pairs if kind_and_libc(pair)[0] == kind]


def _print_score(name: str, pairs: Sequence[Json]) -> None:
    naive = [
        (pair["from_bytes"] - pair["from_base_bytes"] + pair["to_base_bytes"]) / pair["to_bytes"]
        for pair in pairs
    ]
    held_out = [pair["held_out"] / pair["to_bytes"] for pair in pairs]
    real = sorted(1 / ratio for ratio in held_out)
    low, high = real[len(real) // 10], real[-len(real) // 10]
    print(f"{name}: {len(pairs)} pairs; naive {_text(naive)}; held out {_text(held_out)};", end=" ")
    print(f"real sizes lie at {low:.3f} to {high:.3f} of what was predicted")


def _text(ratios: Sequence[float]) -> str:
    errors = sorted(abs(ratio - 1) for ratio in ratios)
    within = sum(error <= _WITHIN for error in errors)
    median, ninth = errors[len(errors) // 2], errors[len(errors) * 9 // 10]
    return f"{within / len(errors):.1%} within 10 %, median {median:.1%}, p90 {ninth:.0%}"


if __name__ == "__main__":
    main(*sys.argv[1:])
