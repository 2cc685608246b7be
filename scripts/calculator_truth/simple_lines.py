"""Lines of the size model that nothing has to be fitted for: constants, and what is assumed."""

from __future__ import annotations

import statistics

from scripts.calculator_truth.facts import Json

_FIGURES = (("gzip", "gzip_bytes"), ("zstd", "zstd_bytes"), ("unpacked", "file_bytes"))
_OTHER_VERSIONS = 0.1  # what versions of pip and npm that were not measured may differ by
# Of apk nothing could be measured: its archives are gzipped tars, as layers are.
_NOT_MEASURED = "Alpine's archives are packed as layers are, so a layer has about their bytes"


def rounded(value: float) -> float:
    """Five digits: more say nothing of a fit."""
    return float(f"{value:.5g}")


def knot(at_bytes: int, low: float, high: float) -> Json:
    """The spread of predictions of this size."""
    return {"at_bytes": at_bytes, "low": rounded(low), "high": rounded(high)}


def of_own(facts: Json) -> dict[str, Json]:
    """What tools leave of their own: the median over their versions, and a margin beyond all."""
    found = {}
    for what, measured in facts["own"].items():
        for kind, figure in _FIGURES:
            sizes = [one[figure] for one in measured]
            middle = statistics.median(sizes)
            at = knot(
                round(middle),
                (1 - _OTHER_VERSIONS) * min(sizes) / middle,
                (1 + _OTHER_VERSIONS) * max(sizes) / middle,
            )
            found[f"{what} {kind}"] = {
                "weights": {"constant": round(middle)},
                "spread": [at],
                "spread_of_guesses": [at],
                "rows": len(sizes),
                "note": "",
            }
    return found


def of_apk() -> dict[str, Json]:
    """Lines of which nothing could be measured."""
    wide = [knot(1_000_000, 0.7, 1.4)]
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
