"""What a failure has to look like, whatever went wrong."""

from __future__ import annotations

import re

from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.program import Auditor, Finished, rows_by_name

GOOD = "good/app"
GOOD_IMAGE = simple_image("good", 2_345)
GOOD_BYTES = sum(len(each.body) for each in (GOOD_IMAGE[0], *GOOD_IMAGE[1]))


def assert_one_clear_line(finished: Finished, *, code: int, naming: str, advice: str) -> None:
    """The only line of standard error names the thing and says what to do next."""
    assert finished.code == code, finished.err
    assert "Traceback" not in finished.err
    assert len(finished.error_lines) == 1, finished.err
    assert naming in finished.error_lines[0]
    assert re.search(advice, finished.error_lines[0], re.IGNORECASE), finished.err


def assert_passed_by(finished: Finished, *, naming: str, bad: str, saying: str) -> None:
    """Incomplete data: one line names the bad thing; the good sibling has its figures."""
    assert finished.code == 3, finished.err
    assert "Traceback" not in finished.err
    lines = [line for line in finished.error_lines if naming in line]
    assert len(lines) == 1, finished.err
    assert re.search(saying, lines[0], re.IGNORECASE), lines[0]
    rows = rows_by_name(finished.json())
    assert rows[GOOD]["stored_bytes"] == GOOD_BYTES
    assert (rows[GOOD]["tags"], rows[GOOD]["images"]) == (1, 1)
    assert bad in rows


def audit(auditor: Auditor, address: str, *options: str) -> Finished:
    return auditor.run("audit", address, "--format", "json", *options)
