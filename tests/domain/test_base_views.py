from __future__ import annotations

from tests.reports.base_samples import base_row


def test_a_base_is_told_from_others_of_its_name_by_the_beginning_of_its_chain() -> None:
    row = base_row()
    assert row.chain.encoded.startswith(row.identifier)
    assert len(row.identifier) == 12
