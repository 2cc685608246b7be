from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from auditor.usecases.send_digest import DigestReport
from tests.commands.fake_digests import SENT, UNKNOWN, FakeDigests
from tests.commands.fake_use_cases import FakeUseCases, run


@pytest.fixture
def digests(fakes: FakeUseCases) -> FakeDigests:
    return fakes.digests


def test_a_preview_is_text_unless_asked_otherwise(
    fakes: FakeUseCases, digests: FakeDigests
) -> None:
    result = run(fakes, "digest", "preview", "--team", "Payments")
    assert result.exit_code == 0
    assert result.stdout.startswith("Subject: Payments: 1.24 TB (+6.1 %), 3 new findings\n\n")
    assert "web.url" in result.stderr
    assert digests.asked == [("preview", "Payments")]
    page = run(fakes, "digest", "preview", "--format", "html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "data:image/png" in page
    found = json.loads(run(fakes, "digest", "preview", "--format", "json").stdout)
    assert found.keys() == {"subject", "text", "html"}
    assert found["html"] == page


def test_both_parts_are_written_as_files(
    fakes: FakeUseCases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def note(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", note)
    monkeypatch.chdir(tmp_path)
    result = run(fakes, "digest", "preview", "--output", "here")
    assert (result.exit_code, result.stdout, opened) == (0, "", [])
    assert sorted(path.name for path in Path("here").iterdir()) == ["digest.html", "digest.txt"]
    run(fakes, "digest", "preview", "--open")
    assert opened == [(tmp_path / "digest-preview/digest.html").as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert "no browser" in run(fakes, "digest", "preview", "--open").stderr


def test_a_team_of_nothing_is_a_wrong_request(fakes: FakeUseCases) -> None:
    assert run(fakes, "digest", "preview", "--team", "nobody").exit_code == 2


def test_a_dry_run_lists_recipients_and_subjects(fakes: FakeUseCases, digests: FakeDigests) -> None:
    result = run(fakes, "digest", "send", "--dry-run", "--to", "ann@example.com")
    assert digests.asked == [("plan", "ann@example.com")]
    assert "Registries: 1 TB" in result.stdout
    assert "to be sent" in result.stdout
    assert r"Pay\nments" in result.stdout
    found = json.loads(run(fakes, "digest", "send", "--dry-run", "--format", "json").stdout)
    assert found["digests"][0]["recipient"] == "ann@example.com"
    lines = run(fakes, "digest", "send", "--dry-run", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [row["state"] for row in rows] == ["to be sent", "sent"]


def test_what_did_not_arrive_for_certain_is_exit_code_3(
    fakes: FakeUseCases, digests: FakeDigests
) -> None:
    fine = run(fakes, "digest", "send")
    assert (fine.exit_code, fine.stderr) == (0, "")
    assert r"250 taken\x1b[31m" in fine.stdout
    digests.sent = DigestReport((UNKNOWN, SENT), 0, 0, None)
    result = run(fakes, "digest", "send")
    assert result.exit_code == 3
    assert "resend ADDRESS" in result.stdout
    digests.sent = DigestReport((), 2, 0, None)
    lost = run(fakes, "digest", "send")
    assert lost.exit_code == 3
    assert "2 mails were being sent" in lost.stderr
    assert "No digest was due." in lost.stdout
    digests.sent = DigestReport((), 0, 1, None)
    assert run(fakes, "digest", "send").exit_code == 3


def test_one_is_sent_again_by_name(fakes: FakeUseCases, digests: FakeDigests) -> None:
    result = run(fakes, "digest", "resend", "a@b", "--week", "2026-W48", "--team", "Pay")
    assert result.exit_code == 0
    assert digests.asked == [("again", "a@b", "Pay", "2026-W48")]
    assert run(fakes, "digest", "resend", "a@b").exit_code == 2


def test_the_outbox_lists_unknown_ones_first_and_who_has_left(
    fakes: FakeUseCases, digests: FakeDigests
) -> None:
    result = run(fakes, "digest", "outbox")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1].startswith("unknown")
    assert "3 mails: 1 unknown, 1 waiting, 1 sent." in result.stdout
    assert "again at 2026-11-23 07:05 UTC" in result.stdout
    assert "eve@example.com" in result.stdout
    assert "\x1b" not in result.stdout
    found = json.loads(run(fakes, "digest", "outbox", "--format", "json").stdout)
    assert [mail["state"] for mail in found["mails"]] == ["unknown", "waiting", "sent"]
    assert found["unsubscribed"] == [
        {"recipient": "eve@example.com", "team": "", "since": "2026-11-23T07:00:00Z"}
    ]
    rows = csv.DictReader(io.StringIO(run(fakes, "digest", "outbox", "--format", "csv").stdout))
    assert [row["week"] for row in rows] == ["2026-W48"] * 3
    run(fakes, "digest", "outbox", "--limit", "1")
    assert [limit for _, limit in digests.asked] == ["30", "None", "None", "1"]


def test_who_has_left_comes_back(fakes: FakeUseCases, digests: FakeDigests) -> None:
    assert "gets 1 digest again" in run(fakes, "digest", "resubscribe", "a@b").stderr
    digests.gone = 2
    assert "gets 2 digests again" in run(fakes, "digest", "resubscribe", "a@b").stderr
    digests.gone = 0
    assert "had not unsubscribed" in run(fakes, "digest", "resubscribe", "a@b").stderr
    assert digests.asked == [("back", "a@b")] * 3
