"""What one estimate asks for again and again, within bounds; threads may share it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

from auditor.domain.errors import IndexFailureError
from auditor.indexes.options import AT_ONCE

_T = TypeVar("_T")
_Name = TypeVar("_Name")


class Memory(Generic[_T]):
    """Values by name, the longest unused of them forgotten beyond `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._used_bytes = 0
        self._kept: OrderedDict[str, tuple[_T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, find: Callable[[], tuple[_T, int]]) -> _T:
        """The value, found with how many bytes it takes where it is not at hand."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][0]
        value, size_bytes = find()
        with self._lock:
            self._used_bytes += size_bytes - self._kept.pop(name, (value, 0))[1]
            self._kept[name] = (value, size_bytes)
            while self._used_bytes > self._most_bytes and len(self._kept) > 1:
                _, (_, freed_bytes) = self._kept.popitem(last=False)
                self._used_bytes -= freed_bytes
        return value


def side_by_side(do: Callable[[_Name], object], names: Iterable[_Name]) -> None:
    """Do it for all, a few at a time; one that fails will fail again when it is asked for."""

    def quietly(name: _Name) -> None:
        with suppress(IndexFailureError):
            do(name)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(quietly, dict.fromkeys(names)):
            pass
