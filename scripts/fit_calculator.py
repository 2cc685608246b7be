"""Fits the constants of the size calculator to layers that were really built and weighed.

    python -m scripts.fit_calculator            writes auditor/estimate/data/model.json
    python -m scripts.fit_calculator --score    how far off that is, on packages it never saw

Reads tests/data/calculator-truth.json.gz (`make calculator-truth`). All root packages are in one
of two halves, by a hash of their names that was fixed beforehand. What is scored is this way of
fitting: each half is foretold by constants that the other half alone made. What is shipped is
fitted in the same way to both. Which sums a line has was chosen within one half; intervals come
from the errors of cross-validation, as no line is to be judged by what it was fitted to.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from auditor.domain.estimates import Interval
from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.estimate import model
from auditor.estimate.constants import Habits, Line
from scripts.calculator_truth.facts import half_of
from scripts.calculator_truth.simple_lines import knot, of_apk, of_own, rounded

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
_ENOUGH = 10  # rows to tell small layers from big ones
_HANDFUL = (0.8, 1.25)  # the spread of what was measured too few times to say


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
    Form("npm", Ecosystem.NPM, "plain", "plain", ("archive",), ("unpacked", "packages")),
    Form("apt cache", Ecosystem.APT, "lists", "full", ("constant",), ("constant",)),
    Form("pip cache", Ecosystem.PIP, "cache", "cache", ("archive",), ("archive",)),
    Form(
        *("npm cache", Ecosystem.NPM, "cache", "install"),
        *(("archive", "packages"), ("archive", "packages")),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A layer: its packages, their sums, and what it weighs.

    `guessed` are the sums where nothing is known of packages but their archives' bytes.
    """

    closure: Closure
    sums: dict[str, float]
    guessed: dict[str, float]
    size_bytes: int
    half: int


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


def rows_of(facts: Json, form: Form, figure: str, half: int | None = None) -> list[Row]:
    """The rows of a line, by root; sums where figures are unknown as a half has them, or both."""
    habits = habits_of(facts, form.ecosystem, half)
    return [
        Row(
            closure=closure,
            sums=_sums(closure.packages, habits),
            guessed=_sums([_archive_of(one) for one in closure.packages], habits),
            size_bytes=row["layers"][form.layer][figure],
            half=half_of(row["ecosystem"], row["root"]),
        )
        for row in facts["rows"]
        if (row["ecosystem"], row["variant"]) == (form.ecosystem, form.variant)
        and form.layer in row["layers"]
        and _brings_something(row)
        for closure in [closure_of(facts, row)]
    ]


def _sums(packages: Sequence[SizedPackage], habits: Habits) -> dict[str, float]:
    return model.sums([model.complete(one, habits) for one in packages])


def _archive_of(package: SizedPackage) -> SizedPackage:
    return SizedPackage(package.name, package.version, package.archive_bytes)


def _brings_something(row: Json) -> bool:
    """Not where the root held the package already (tzdata); lists of packages have none."""
    return bool(row["packages"]) or row["variant"] == "lists"


def habits_of(facts: Json, ecosystem: Ecosystem, half: int | None = None) -> Habits:
    """What is usual for the packages of one half of the roots, or of all."""
    keys = {
        key
        for row in facts["rows"]
        if row["ecosystem"] == ecosystem
        and (half is None or half == half_of(row["ecosystem"], row["root"]))
        for key in row["packages"]
    }
    some = [facts["packages"][ecosystem][key] for key in sorted(keys)]
    archives = sorted(one["archive_bytes"] for one in some)
    big = archives[int(len(archives) * _NINE_TENTHS)]
    usual = [one for one in some if one["archive_bytes"] <= big]  # not the few of a gigabyte
    whole = sum(one["archive_bytes"] for one in usual)
    return Habits(
        unpacked_per_archive=rounded(sum(one["unpacked_bytes"] for one in usual) / whole),
        source_per_archive=rounded(sum(one.get("source_bytes", 0) for one in usual) / whole),
        files_per_archive_byte=rounded(sum(one.get("files", 0) for one in usual) / whole),
        archive_bytes_median=archives[len(archives) // 2],
        archive_bytes_ninth_decile=big,
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
    return {name: rounded(weight) for name, weight in weights.items()}


@dataclass(frozen=True, slots=True)
class Error:
    """The size that was predicted, and the real one in parts of it."""

    predicted_bytes: float
    ratio: float


def errors(rows: Sequence[Row], names: Sequence[str], *, is_guess: bool = False) -> list[Error]:
    """Each row by weights that were fitted without it, by rising size."""
    found = []
    for fold in range(FOLDS):
        weights = fit([row for at, row in enumerate(rows) if at % FOLDS != fold], names)
        for row in rows[fold::FOLDS]:
            predicted = model.weigh_sums(weights, row.guessed if is_guess else row.sums)
            found.append(Error(predicted, row.size_bytes / predicted))
    return sorted(found, key=lambda error: error.predicted_bytes)


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
    """One line of the model; what is guessed is never surer than what is known."""
    return {
        "weights": fit(rows, names),
        "spread": (sure := spreads(rows, names, is_guess=False)),
        "spread_of_guesses": [
            knot(
                one["at_bytes"],
                min(one["low"], *(known["low"] for known in sure)),
                max(one["high"], *(known["high"] for known in sure)),
            )
            for one in spreads(rows, names, is_guess=True)
        ],
        "rows": len(rows),
        "note": "",
    }


def spreads(rows: Sequence[Row], names: Sequence[str], *, is_guess: bool) -> list[Json]:
    """Of small predictions and of big ones, as small ones err more; of all where rows are few."""
    if len(rows) < FOLDS:
        return [knot(round(statistics.median(row.size_bytes for row in rows)), *_HANDFUL)]
    found = errors(rows, names, is_guess=is_guess)
    middle = len(found) // 2
    halves = [found[:middle], found[middle:]] if len(found) >= _ENOUGH else [found]
    knots = []
    for half in halves:
        low, high = spread([error.ratio for error in half])
        at = round(statistics.median(error.predicted_bytes for error in half))
        knots.append(knot(at, min(low, 1.0), max(high, 1.0)))
    return knots


def lines(facts: Json) -> dict[str, Json]:
    """All lines, by the names the model asks for."""
    found: dict[str, Json] = {}
    for form in FORMS:
        for kind, figure in (*_COMPRESSED, _UNPACKED):
            names = form.unpacked if kind == "unpacked" else form.compressed
            rows = rows_of(facts, form, figure)
            if rows:
                found[f"{form.name} {kind}"] = line_of(rows, names)
    return found | of_own(facts) | of_apk()


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


def score(facts: Json, form: Form) -> Json:
    """How far off each half is by constants that the other half made; compressed by gzip."""
    off: list[float] = []
    inside = 0
    for taught in (0, 1):
        rows = rows_of(facts, form, "gzip_bytes", taught)
        made = line_of([row for row in rows if row.half == taught], form.compressed)
        line, habits = msgspec.convert(made, Line), habits_of(facts, form.ecosystem, taught)
        for row in rows:
            if row.half != taught:
                said: Interval = model.predict(line, row.closure, habits)
                off.append(abs(said.estimate_bytes - row.size_bytes) / row.size_bytes)
                inside += said.low_bytes <= row.size_bytes <= said.high_bytes
    off.sort()
    return {
        "rows": len(off),
        "median": statistics.median(off),
        "p90": off[math.ceil(_NINE_TENTHS * len(off)) - 1],
        "coverage": inside / len(off),
    }


def main(arguments: list[str]) -> None:
    """Write the constants, or print their score."""
    parser = argparse.ArgumentParser(prog="fit_calculator")
    parser.add_argument(
        "--score", action="store_true", help="print errors of what was not seen instead"
    )
    parser.add_argument("--record", type=Path, default=RECORD)
    options = parser.parse_args(arguments)
    facts = load(options.record)
    if not options.score:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(json.dumps(make(facts), indent=1, sort_keys=True) + "\n")
        return
    for form in FORMS[:5]:
        found = score(facts, form)
        text = " ".join(f"{key} {value:.3f}" for key, value in found.items())
        sys.stdout.write(f"{form.name}: {text}\n")


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


def _plain(habits: Habits) -> Json:
    return {name: getattr(habits, name) for name in habits.__struct_fields__}


if __name__ == "__main__":
    main(sys.argv[1:])
