from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty storage."""
    made = Shelf(tmp_path / "storage")
    made.top.mkdir(parents=True)
    return made
