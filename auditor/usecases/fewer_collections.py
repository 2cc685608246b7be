"""Work that makes many small lasting objects, with Python looking for garbage less often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN_ENOUGH = (50_000, 20, 50)
"""Objects made before a collection of the youngest, then collections before older ones.

By Python's own 700, a quarter of an analysis was spent looking for cycles among remembered
steps, chains and images, which have none (decision 27).
"""


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Raise the thresholds for a while; who finds them raised already leaves them alone."""
    before = gc.get_threshold()
    if before[0] == 0 or before[0] >= OFTEN_ENOUGH[0]:  # zero: somebody has switched it off
        yield
        return
    gc.set_threshold(*OFTEN_ENOUGH)
    try:
        yield
    finally:
        gc.set_threshold(*before)
