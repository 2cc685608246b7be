"""Answers that take long to add up, kept until a crawl or the hour changes them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from web.browse_like import BrowseLike

_MOST = 16
Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """The last few answers by what was asked and of what state; the least used goes first."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer kept under `key`, else a new one; two that ask at once may both make it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > _MOST:
                self._found.popitem(last=False)
        return made


def state_of(browse: BrowseLike, now: datetime, until: datetime | None = None) -> Hashable:
    """What an answer depends on besides the question: the hour up to `until`, and all crawls."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    crawls = tuple(
        (crawl.registry, crawl.finished_at, crawl.totals.stored_bytes)
        for crawl in browse.registries()
    )
    return (hour if until is None or now < until else until, crawls)
