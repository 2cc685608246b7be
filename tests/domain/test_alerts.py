from __future__ import annotations

from datetime import UTC, datetime

from auditor.domain.alerts import AlertMessage, Channel, ChannelKind


def test_a_mail_goes_to_each_address_and_a_webhook_to_the_one_behind_its_url() -> None:
    mail = Channel("m", ChannelKind.EMAIL, addresses=("a@x.example", "b@x.example"))
    assert mail.recipients == ("a@x.example", "b@x.example")
    assert Channel("s", ChannelKind.SLACK, "https://x.example/").recipients == ("",)


def test_secrets_of_a_channel_are_not_printed() -> None:
    assert "SECRET" not in repr(Channel("s", ChannelKind.WEBHOOK, "https://x/SECRET", "SECRET"))


def test_a_message_is_about_all_that_it_counts() -> None:
    counts = {"firing": 12, "reminder": 0, "resolved": 3}
    assert AlertMessage("k", "ops", datetime(2026, 1, 1, tzinfo=UTC), (), counts).total == 15
