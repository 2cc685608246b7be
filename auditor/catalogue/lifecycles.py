"""Until when release lines of common bases are maintained, as shipped beside this file.

Dates as their makers had announced them; each line names its source and its day. Collected by
hand from python/devguide and endoflife-date/endoflife.date (MIT), which cites the makers' pages.
Go and OpenJDK are left out: no dated source was at hand.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from auditor.domain.bases import EndOfLife


@cache
def load_ends_of_life() -> tuple[EndOfLife, ...]:
    """All shipped dates; loaded once per process."""
    path = files("auditor.catalogue").joinpath("data", "lifecycles.json")
    return msgspec.json.decode(path.read_bytes(), type=tuple[EndOfLife, ...])
