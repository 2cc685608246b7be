from __future__ import annotations

from auditor.domain.holdings import Files


def test_files_add_up_in_number_and_in_bytes() -> None:
    assert Files(2, 30) + Files(1, 12) + Files() == Files(3, 42)
