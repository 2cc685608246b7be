"""How far predictions are from the differences that were really built.

To plug an engine in, hand `compare` a function from a pair to what it predicts, and ask
`shortfalls` for what is not good enough:

    def predict(pair: BuiltPair) -> Prediction:
        manifest, config = decoded(pair.wasteful[-1])
        findings = ...  # the engine, on what a crawl would have stored
        return Prediction(total, is_low_confidence=...)

    assert shortfalls(compare(predict)) == []

Findings that `auditor findings` would print are summed up by `foretold`. What is measured is
the lean image's smaller download.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from auditor.domain.digest import Digest
from auditor.domain.finding_views import FindingRow
from auditor.domain.findings import Confidence
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


def compare(predict: Predict, pairs: Iterable[BuiltPair] | None = None) -> tuple[Comparison, ...]:
    """Every pair that a rule looks for and whose newest images differ, worst first.

    Of the recorded pairs, unless others are given; what only releases show is left out.
    """
    chosen = load_built().pairs if pairs is None else pairs
    rows = [
        Comparison(pair.name, predict(pair), pair.measured_bytes)
        for pair in chosen
        if pair.shows and pair.measure in {Measure.PULL, Measure.OWN}
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


def foretold(pair: BuiltPair, rows: Iterable[FindingRow]) -> Prediction:
    """What the findings of the rules that the pair shows would save of its wasteful image."""
    newest = pair.wasteful[-1]
    found = [
        row.finding
        for row in rows
        if (row.repository, row.tag) == (newest.repository, newest.tag)
        and row.finding.rule in pair.shows
    ]
    return Prediction(
        sum(finding.pull_saving_bytes for finding in found),
        any(finding.confidence is Confidence.LOW for finding in found),
    )


def decoded(image: BuiltImage) -> tuple[Manifest, ImageConfig]:
    """An image as a crawl would have decoded it."""
    manifest = decode_manifest(image.manifest, Digest(image.digest), image.media_type)
    return manifest, decode_config(image.config, Digest(image.config_digest))
