"""Garbage is looked for less often for a while, and then as before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from auditor.usecases.fewer_collections import OFTEN_ENOUGH, fewer_collections


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_afterwards_it_is_as_before_also_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), fewer_collections():  # noqa: PT012
        assert gc.get_threshold() == OFTEN_ENOUGH
        with fewer_collections():
            assert gc.get_threshold() == OFTEN_ENOUGH
        assert gc.get_threshold() == OFTEN_ENOUGH
        raise ValueError("broken")
    assert gc.get_threshold() == (700, 10, 10)


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.set_threshold(0, 10, 10)
    with fewer_collections():
        assert gc.get_threshold()[0] == 0
    assert gc.get_threshold()[0] == 0
