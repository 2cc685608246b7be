from __future__ import annotations

import json

from auditor.reports.as_json import dump
from auditor.reports.outbox_forms import mail_lines, mails_document, plan_document
from tests.commands.fake_digests import MAILS


def test_mails_for_machines_have_the_same_cells_in_both_forms() -> None:
    document = json.loads(dump(mails_document(MAILS)))
    assert document["schema_version"] == 1
    header, *lines = list(mail_lines(MAILS))
    assert header.strip().split(",") == list(document["mails"][0])
    assert len(lines) == len(document["mails"]) == 3
    assert document["mails"][0]["team"] == "Pay\x1bments"
    assert document["mails"][1]["next_attempt_at"] == "2026-11-23T07:05:00Z"
    assert plan_document([]) == {"schema_version": 1, "digests": []}
