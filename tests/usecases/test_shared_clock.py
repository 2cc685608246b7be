from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from auditor.usecases import shared_clock as clocks
from auditor.usecases.shared_clock import shared_clock, utc_now
from tests.usecases.bench import Bench


def test_a_file_has_this_machines_clock(bench: Bench) -> None:
    assert shared_clock(bench.database) is utc_now


@pytest.mark.real
def test_a_machine_whose_clock_is_wrong_goes_by_the_servers(
    postgres_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = timedelta(days=3)
    monkeypatch.setattr(clocks, "utc_now", lambda: datetime.now(UTC) - wrong)
    now = shared_clock(postgres_bench.database)()
    assert abs(now - datetime.now(UTC)) < wrong / 2
