from __future__ import annotations

from datetime import UTC, datetime

from auditor.domain.change import (
    ChangedFigure,
    ChangeKind,
    ChangePart,
    ExplainedChange,
    Figures,
)

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def test_a_part_is_worth_what_came_less_what_went() -> None:
    assert ChangePart(ChangeKind.BASE_MOVES, 30, 50).net_bytes == -20
    assert ChangePart(ChangeKind.OTHER).net_bytes == 0


def test_a_change_is_what_is_there_less_what_was() -> None:
    change = ExplainedChange(START, END, ChangedFigure.STORED, Figures(100, 70), ())
    assert change.net_bytes == -30
