"""The commands of the digest ask the real use cases, over a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.commands.digest_use_cases import DigestUseCases
from auditor.domain.errors import UsageError
from auditor.domain.outbox import MailState
from auditor.settings import Settings, load_settings
from auditor.usecases.prepare_database import prepare_database
from tests.servers.mail import start_mail_server

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_they_preview_send_list_and_send_again(tmp_path: Path) -> None:
    with start_mail_server() as server:
        settings = configured(tmp_path, server.port)
        digests = DigestUseCases(prepare_database, lambda: NOW)
        assert digests.preview(settings, "").subject == "Registries: nothing was crawled yet"
        assert [one.state for one in digests.plan(settings, "")] == [None]
        assert [mail.state for mail in digests.send(settings, "").mails] == [MailState.SENT]
        assert digests.outbox(settings, 5).counts == {MailState.SENT: 1}
        with pytest.raises(UsageError, match="no mail to"):
            digests.send_again(settings, "ann@example.com", "", "2026-W48")
        assert digests.resubscribe(settings, "ann@example.com") == 0
        assert server.recipients == ["ann@example.com"]


def configured(tmp_path: Path, port: int) -> Settings:
    overrides = {
        "database_url": f"sqlite:///{tmp_path}/auditor.db",
        "mail.host": "127.0.0.1",
        "mail.port": str(port),
        "mail.security": "none",
        "mail.sender": "auditor@example.com",
        "digest.recipients.ann.address": "ann@example.com",
    }
    return load_settings(config_file=None, environment={}, overrides=overrides).settings
