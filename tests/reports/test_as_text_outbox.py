from __future__ import annotations

from auditor.reports.as_text.outbox import mails_table, outbox_tables, plan_table
from tests.commands.fake_digests import MAILS, SENT


def test_what_has_no_rows_says_so() -> None:
    assert mails_table([]).notes == ("No digest was due.",)
    assert [table.notes for table in outbox_tables([], {}, [])] == [("No digest was ever sent.",)]
    assert plan_table([]).notes[0].startswith("Nobody gets the digest")


def test_what_unknown_means_is_said_where_there_is_one() -> None:
    assert mails_table([SENT]).notes == ()
    assert "resend" in mails_table(MAILS).notes[0]
    assert mails_table(MAILS).rows[0][2] == r"Pay\x1bments"
