"""Histories of the shipped sample: what its repositories stored, from push to push.

A push is dated by its image's creation, which lies between the crawl that first saw it and
the one before (for 21,390 of 21,542 pushes; the others, and what was there at first, count
from a crawl). Pushes that were replaced within one month are not in the sample.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from auditor.domain.views import HistoryPoint
from auditor.sample.facts import HistoryFacts, ImageFact, TagHistory, load_history

Change = tuple[datetime, str, ImageFact | None]


@cache
def kept_histories() -> dict[str, list[HistoryPoint]]:
    """Stored bytes by repository where untagged images are never removed."""
    return {name: _kept(changes) for name, changes in _changes().items()}


@cache
def tagged_histories() -> dict[str, list[HistoryPoint]]:
    """Stored bytes by repository where an image goes as soon as no tag names it."""
    return {name: _tagged(changes) for name, changes in _changes().items()}


def total(histories: dict[str, list[HistoryPoint]]) -> list[HistoryPoint]:
    """The sum of repositories that share nothing."""
    jumps: Counter[datetime] = Counter()
    for points in histories.values():
        before = 0
        for point in points:
            jumps[point.at] += point.stored_bytes - before
            before = point.stored_bytes
    stored, points = 0, []
    for at, jump in sorted(jumps.items()):
        stored += jump
        points.append(HistoryPoint(at, stored))
    return points


def _changes() -> dict[str, list[Change]]:
    facts = load_history()
    found: dict[str, list[Change]] = defaultdict(list)
    for tag in facts.tags:
        found[tag.repository] += _changes_of(tag, facts)
    return {name: sorted(changes, key=lambda one: one[0]) for name, changes in found.items()}


def _changes_of(tag: TagHistory, facts: HistoryFacts) -> Iterator[Change]:
    for number, image in tag.changes:
        seen = facts.moments[number]
        before = facts.moments[max(0, number - 1)]
        pushed = image.created_at if image and number else None
        yield min(max(pushed or seen, before), seen), tag.tag, image


def _kept(changes: list[Change]) -> list[HistoryPoint]:
    sizes: dict[str, int] = {}
    points: dict[datetime, int] = {}
    for at, _, image in changes:
        for layer in image.layers if image else ():
            sizes.setdefault(layer.digest.text, layer.size_bytes)
        points[at] = 0
        points[at] = sum(sizes.values())
    return [HistoryPoint(at, stored) for at, stored in points.items()]


def _tagged(changes: list[Change]) -> list[HistoryPoint]:
    named: dict[str, ImageFact] = {}
    users: Counter[str] = Counter()
    stored, points = 0, dict[datetime, int]()
    for at, tag, image in changes:
        gone = named.pop(tag, None)
        if image:
            named[tag] = image
        for change, one in ((1, image), (-1, gone)):
            for digest, size in _layers(one):
                users[digest] += change
                stored += size * (change == 1 and users[digest] == 1)
                stored -= size * (change == -1 and users[digest] == 0)
        points[at] = stored
    return [HistoryPoint(at, bytes_) for at, bytes_ in points.items()]


def _layers(image: ImageFact | None) -> set[tuple[str, int]]:
    return {(layer.digest.text, layer.size_bytes) for layer in image.layers} if image else set()
