"""Fits the constants of the size calculator to layers that were really built and weighed.

    python -m scripts.fit_calculator            writes auditor/estimate/data/model.json
    python -m scripts.fit_calculator --score    how far off it is, on packages it never saw

Reads tests/data/calculator-truth.json.gz (`make calculator-truth`). Half of all root packages,
by a hash of their names that was fixed beforehand, are for scoring only. Which sums a line has
was chosen by cross-validation within the other half; intervals come from the errors of
cross-validation too, as no line is to be judged by what it was fitted to.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.estimate import model
from auditor.estimate.constants import Habits
from scripts.calculator_truth.facts import is_held_out

Json = dict[str, Any]
ROOT = Path(__file__).parent.parent
RECORD = ROOT / "tests/data/calculator-truth.json.gz"
TARGET = ROOT / "auditor/estimate/data/model.json"
FOLDS = 6
_COMPRESSED = (("gzip", "gzip_bytes"), ("zstd", "zstd_bytes"))
_UNPACKED = ("unpacked", "file_bytes")
_TENTH, _NINE_TENTHS = 0.1, 0.9
_SMOOTH = 0.05
_ROUNDS = 400
_LEAST_STEP = 1e-3
# Of apk nothing could be measured: its archives are gzipped tars, as layers are.
_NOT_MEASURED = "Alpine's archives are packed as layers are, so a layer has about their bytes"


@dataclass(frozen=True, slots=True)
class Form:
    """A line: which rows it is for, which layer of theirs, and of which sums it is made."""

    name: str
    ecosystem: Ecosystem
    variant: str
    layer: str
    compressed: tuple[str, ...]
    unpacked: tuple[str, ...]


FORMS = (
    Form("apt", Ecosystem.APT, "plain", "full", ("mixed", "constant"), ("unpacked", "constant")),
    Form(
        *("apt slim", Ecosystem.APT, "plain", "slim"),
        *(("shown", "constant"), ("unpacked", "constant")),
    ),
    Form("pip", Ecosystem.PIP, "plain", "plain", ("solid",), ("unpacked",)),
    Form(
        *("pip compiled", Ecosystem.PIP, "plain", "compiled"),
        *(("solid", "source"), ("unpacked", "source")),
    ),
    Form("npm", Ecosystem.NPM, "plain", "plain", ("archive",), ("unpacked",)),
    Form("apt cache", Ecosystem.APT, "lists", "full", ("constant",), ("constant",)),
    Form("pip cache", Ecosystem.PIP, "cache", "cache", ("archive",), ("archive",)),
    Form("npm cache", Ecosystem.NPM, "cache", "install", ("archive",), ("archive",)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A layer: its root, the sums of its packages, and what it weighs."""

    root: str
    sums: dict[str, float]
    size_bytes: int
    is_held_out: bool


def load(path: Path = RECORD) -> Json:
    """The record."""
    facts: Json = json.loads(gzip.decompress(path.read_bytes()))
    return facts


def closure_of(facts: Json, row: Json) -> Closure:
    """The packages of a row as the calculator meets them."""
    known = facts["packages"].get(row["ecosystem"], {})
    return Closure(
        Ecosystem(row["ecosystem"]), tuple(_sized(key, known[key]) for key in row["packages"])
    )


def rows_of(facts: Json, form: Form, figure: str) -> list[Row]:
    """The rows of a line, by root."""
    habits = habits_of(facts, form.ecosystem)
    return [
        Row(
            root=row["root"],
            sums=model.sums(
                [model.complete(one, habits) for one in closure_of(facts, row).packages]
            ),
            size_bytes=row["layers"][form.layer][figure],
            is_held_out=is_held_out(row["ecosystem"], row["root"]),
        )
        for row in facts["rows"]
        if (row["ecosystem"], row["variant"]) == (form.ecosystem, form.variant)
        and form.layer in row["layers"]
        and _brings_something(row)
    ]


def _brings_something(row: Json) -> bool:
    """Not where the root held the package already (tzdata); lists of packages have none."""
    return bool(row["packages"]) or row["variant"] == "lists"


def habits_of(facts: Json, ecosystem: Ecosystem) -> Habits:
    """What is usual for the packages of rows that lines are fitted to."""
    keys = {
        key
        for row in facts["rows"]
        if row["ecosystem"] == ecosystem and not is_held_out(row["ecosystem"], row["root"])
        for key in row["packages"]
    }
    some = [facts["packages"][ecosystem][key] for key in sorted(keys)]
    archives = sorted(one["archive_bytes"] for one in some)
    whole = sum(archives)
    return Habits(
        unpacked_per_archive=_rounded(sum(one["unpacked_bytes"] for one in some) / whole),
        source_per_archive=_rounded(sum(one.get("source_bytes", 0) for one in some) / whole),
        files_per_archive_byte=_rounded(sum(one.get("files", 0) for one in some) / whole),
        archive_bytes_median=archives[len(archives) // 2],
        archive_bytes_ninth_decile=archives[int(len(archives) * _NINE_TENTHS)],
    )


def fit(rows: Sequence[Row], names: Sequence[str]) -> dict[str, float]:
    """Weights, none below zero, that keep the logarithms of errors small, the large ones least.

    By trying each weight a step up, a step down and at nothing; steps shrink as nothing helps.
    """
    weights = {name: _first_guess(rows, name) / len(names) for name in names}
    steps = dict.fromkeys(names, 0.5)
    best = _loss(rows, weights)
    for _ in range(_ROUNDS):
        for name in names:
            for value in _tries(weights[name], steps[name]):
                changed = {**weights, name: value}
                loss = _loss(rows, changed)
                if loss < best - 1e-9:
                    weights, best = changed, loss
                    break
            else:
                steps[name] *= 0.7
        if max(steps.values()) < _LEAST_STEP:
            break
    return {name: _rounded(weight) for name, weight in weights.items()}


def errors(rows: Sequence[Row], names: Sequence[str]) -> Iterator[tuple[float, float]]:
    """Size and real part of a prediction, each row by weights that were fitted without it."""
    for fold in range(FOLDS):
        weights = fit([row for at, row in enumerate(rows) if at % FOLDS != fold], names)
        for row in rows[fold::FOLDS]:
            predicted = model.weigh_sums(weights, row.sums)
            yield predicted, row.size_bytes / predicted


def spread(ratios: Sequence[float]) -> tuple[float, float]:
    """The part between which eight of ten more are to be expected, given n errors.

    Of n numbers and one more, all alike, the next lies below the k-th with the chance k / (n + 1).
    Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2.2; between two
    numbers by their distance.
    """
    ordered = sorted(ratios)
    return _at(ordered, _TENTH), _at(ordered, _NINE_TENTHS)


def _at(ordered: Sequence[float], share: float) -> float:
    place = min(max(share * (len(ordered) + 1) - 1, 0), len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def line_of(rows: Sequence[Row], names: Sequence[str]) -> Json:
    """One line of the model."""
    weights = fit(rows, names)
    if len(rows) < FOLDS:
        low, high = 0.8, 1.25
    else:
        low, high = spread([ratio for _, ratio in errors(rows, names)])
    at = round(statistics.median(row.size_bytes for row in rows))
    return {
        "weights": weights,
        "spread": [_knot(at, min(low, 1.0), max(high, 1.0))],
        "spread_of_guesses": [_knot(at, min(low, 0.6), max(high, 1.7))],
        "rows": len(rows),
        "note": "",
    }


def lines(facts: Json) -> dict[str, Json]:
    """All lines, by the names the model asks for."""
    found: dict[str, Json] = {}
    for form in FORMS:
        for kind, figure in (*_COMPRESSED, _UNPACKED):
            names = form.unpacked if kind == "unpacked" else form.compressed
            rows = [row for row in rows_of(facts, form, figure) if not row.is_held_out]
            if rows:
                found[f"{form.name} {kind}"] = line_of(rows, names)
    return found | _of_apk()


def _of_apk() -> dict[str, Json]:
    wide = [_knot(1_000_000, 0.7, 1.4)]
    line = {"spread": wide, "spread_of_guesses": wide, "rows": 0, "note": _NOT_MEASURED}
    found = {
        f"apk {kind}": {**line, "weights": {"archive": weight}}
        for kind, weight in (("gzip", 1.0), ("zstd", 0.95))
    }
    found["apk unpacked"] = {**line, "weights": {"unpacked": 1.0}}
    # Two repositories' indexes, about 2 MB; an index holds no archive.
    for kind in ("gzip", "zstd", "unpacked"):
        found[f"apk cache {kind}"] = {**line, "weights": {"constant": 2_500_000}}
    return found


def make(facts: Json) -> Json:
    """The whole file of constants."""
    habits = {
        kind.value: _plain(habits_of(facts, kind))
        for kind in (Ecosystem.APT, Ecosystem.PIP, Ecosystem.NPM)
    }
    habits["apk"] = habits["apt"]
    origin = {
        "record": "tests/data/calculator-truth.json.gz, made by scripts/calculator_truth",
        "fitted_by": "scripts/fit_calculator.py",
        "built_on": facts["built_on"],
        **{f"tool_{name}": str(value) for name, value in facts["tools"].items()},
    }
    return {"origin": origin, "lines": lines(facts), "habits": habits}


def score(facts: Json, form: Form, predict: Callable[[Closure], Any]) -> Json:
    """How far off predictions are on the packages that nothing was fitted to, compressed by gzip."""
    kept = [
        row
        for row in facts["rows"]
        if (row["ecosystem"], row["variant"]) == (form.ecosystem, form.variant)
        and is_held_out(row["ecosystem"], row["root"])
        and _brings_something(row)
    ]
    off, inside = [], 0
    for row in kept:
        real, said = row["layers"][form.layer]["gzip_bytes"], predict(closure_of(facts, row))
        off.append(abs(said.estimate_bytes - real) / real)
        inside += said.low_bytes <= real <= said.high_bytes
    off.sort()
    return {
        "rows": len(kept),
        "median": statistics.median(off),
        "p90": off[math.ceil(_NINE_TENTHS * len(off)) - 1],
        "coverage": inside / len(kept),
    }


def main(arguments: list[str]) -> None:
    """Write the constants, or print their score."""
    parser = argparse.ArgumentParser(prog="fit_calculator")
    parser.add_argument("--score", action="store_true", help="print held-out errors instead")
    parser.add_argument("--record", type=Path, default=RECORD)
    options = parser.parse_args(arguments)
    facts = load(options.record)
    if not options.score:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(json.dumps(make(facts), indent=1, sort_keys=True) + "\n")
        return
    for form in FORMS[:5]:
        found = score(facts, form, predictor(form))
        text = " ".join(f"{key} {value:.3f}" for key, value in found.items())
        sys.stdout.write(f"{form.name}: {text}\n")


def predictor(form: Form) -> Callable[[Closure], Any]:
    """What the shipped model says of a closure, as the calculator asks it."""
    options = model.LayerOptions(
        is_byte_compiled=form.name == "pip compiled", is_slim_base=form.name == "apt slim"
    )
    return lambda closure: model.layer_part(closure, options).compressed


def _sized(key: str, facts: Json) -> SizedPackage:
    name = key.rpartition("@")[0] if "@" in key[1:] else key.partition("=")[0]
    return SizedPackage(
        name=name,
        version="",
        archive_bytes=facts.get("archive_bytes"),
        unpacked_bytes=facts.get("unpacked_bytes"),
        source_bytes=facts.get("source_bytes"),
        file_count=facts.get("files"),
    )


def _loss(rows: Sequence[Row], weights: dict[str, float]) -> float:
    """Of each row the logarithm of its error, small ones squared."""
    total = 0.0
    for row in rows:
        predicted = model.weigh_sums(weights, row.sums)
        if predicted <= 0:
            return math.inf
        off = abs(math.log(predicted / row.size_bytes))
        total += off if off > _SMOOTH else off * off / (2 * _SMOOTH) + _SMOOTH / 2
    return total


def _first_guess(rows: Sequence[Row], name: str) -> float:
    some = [row.size_bytes / row.sums[name] for row in rows if row.sums[name] > 0]
    return statistics.median(some) if name != "constant" and some else min(some, default=0.0)


def _tries(weight: float, step: float) -> Iterator[float]:
    if weight:
        yield weight * (1 + step)
        yield weight / (1 + step)
        yield 0.0
    else:
        yield 1e-3
        yield 1000.0


def _knot(at_bytes: int, low: float, high: float) -> Json:
    return {"at_bytes": at_bytes, "low": _rounded(low), "high": _rounded(high)}


def _plain(habits: Habits) -> Json:
    return {name: getattr(habits, name) for name in habits.__struct_fields__}


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


if __name__ == "__main__":
    main(sys.argv[1:])
