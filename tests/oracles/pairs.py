"""How far predictions are from the differences that were really built.

To plug an engine in, hand `compare` a function from a pair to what it predicts, and ask
`shortfalls` for what is not good enough:

    def predict(pair: BuiltPair) -> Prediction:
        manifest, config = decoded(pair.wasteful[-1])
        findings = ...  # the engine, on what a crawl would have stored
        return Prediction(total, is_low_confidence=...)

    assert shortfalls(compare(predict)) == []

What is measured is the lean image's smaller download. Pairs about releases are compared by
what a further release stores less: `compare(predict, Measure.RELEASE)`, with all releases of
`pair.wasteful` to predict from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.registry.decode import decode_manifest
from auditor.registry.decode_config import decode_config
from auditor.sample.built import BuiltImage, BuiltPair, Measure, load_built

MOST_MEDIAN_ERROR = 0.10
MOST_ERROR = 0.25
"""Of any one prediction that did not say it was unsure."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What fixing the wasteful image would save, 0 where nothing was found."""

    saved_bytes: int
    is_low_confidence: bool = False


Predict = Callable[[BuiltPair], Prediction]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair: foretold and measured."""

    pair: str
    predicted: Prediction
    measured_bytes: int

    @property
    def error(self) -> float:
        """The miss as a share of what was measured."""
        return abs(self.predicted.saved_bytes - self.measured_bytes) / abs(self.measured_bytes)

    def __str__(self) -> str:
        predicted = self.predicted.saved_bytes
        return (
            f"{self.pair}: {predicted:,} for {self.measured_bytes:,} bytes ({self.error:.0%} off)"
        )


def measured_bytes(pair: BuiltPair) -> int:
    """The difference that the pair is about; 0 where it is about none."""
    if pair.measure is Measure.RELEASE:
        return pair.saved_release_bytes or 0
    return pair.saved_bytes if pair.measure is Measure.PULL else 0


def compare(
    predict: Predict, measure: Measure = Measure.PULL, pairs: Iterable[BuiltPair] | None = None
) -> tuple[Comparison, ...]:
    """Every pair with this measure, worst first; all recorded pairs unless some are named."""
    chosen = load_built().pairs if pairs is None else pairs
    rows = [
        Comparison(pair.name, predict(pair), measured_bytes(pair))
        for pair in chosen
        if pair.measure is measure
    ]
    return tuple(sorted(rows, key=lambda row: (-row.error, row.pair)))


def shortfalls(rows: Iterable[Comparison]) -> list[str]:
    """What is not good enough, a sentence each."""
    rows = tuple(rows)
    found = [str(row) for row in rows
             if row.error > MOST_ERROR and not row.predicted.is_low_confidence]  # fmt: skip
    middle = median(row.error for row in rows)
    if middle > MOST_MEDIAN_ERROR:
        found.append(f"half of the predictions are {middle:.0%} off or more")
    return found


def decoded(image: BuiltImage) -> tuple[Manifest, ImageConfig]:
    """An image as a crawl would have decoded it."""
    manifest = decode_manifest(image.manifest, Digest(image.digest), image.media_type)
    return manifest, decode_config(image.config, Digest(image.config_digest))
