"""The table of measured pairs in docs/reference/pairs.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.sample.built import BuiltFacts, BuiltPair, Measure

START, END = "<!-- measured pairs: written by make pairs -->", "<!-- end of measured pairs -->"


def write_table(page: Path, facts: BuiltFacts) -> None:
    """Put today's tables between the marks of the page; raises ValueError without marks."""
    before, rest = page.read_text().split(START)
    _, after = rest.split(END)
    page.write_text(f"{before}{START}\n\n{render_tables(facts)}\n{END}{after}")


def render_tables(facts: BuiltFacts) -> str:
    """Pairs about a pull, biggest saving first, then pairs about releases, then the others."""
    return "".join(
        f"{line}\n"
        for line in (
            *_pulls(facts),
            "",
            *_releases(facts),
            "",
            *_others(facts),
        )
    )


def _pulls(facts: BuiltFacts) -> Iterator[str]:
    yield "| pair | wasteful, bytes per pull | lean | saved | what differs | rules |"
    yield "|---|---:|---:|---:|---|---|"
    pairs = [pair for pair in facts.pairs if pair.measure in {Measure.PULL, Measure.OWN}]
    for pair in sorted(pairs, key=lambda pair: -pair.measured_bytes):
        wasteful, lean = pair.wasteful[-1].pull_bytes, pair.lean[-1].pull_bytes
        yield (
            f"| {pair.name} | {wasteful:,} | {lean:,} | {pair.measured_bytes:,} "
            f"| {pair.differs} | {_rules(pair)} |"
        )


def _releases(facts: BuiltFacts) -> Iterator[str]:
    yield "| pair | releases | saved in each further release, bytes | what differs | rules |"
    yield "|---|---:|---:|---|---|"
    pairs = [pair for pair in facts.pairs if pair.saved_release_bytes is not None]
    for pair in sorted(pairs, key=lambda pair: -(pair.saved_release_bytes or 0)):
        yield (
            f"| {pair.name} | {len(pair.wasteful)} | {pair.saved_release_bytes:,} "
            f"| {pair.differs} | {_rules(pair)} |"
        )


def _others(facts: BuiltFacts) -> Iterator[str]:
    yield "| pair without a figure | what differs | rules |"
    yield "|---|---|---|"
    for pair in facts.pairs:
        if pair.measure is Measure.NOTHING:
            yield f"| {pair.name} | {pair.differs} | {_rules(pair)} |"


def _rules(pair: BuiltPair) -> str:
    return ", ".join(f"`{rule}`" for rule in pair.shows) or "none sees it in history"
