from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.settings import Settings, load_settings

ANN = {"digest.recipients.ann.address": "ann@example.org"}


def load(**overrides: str) -> Settings:
    given = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_settings(config_file=None, environment={}, overrides={**ANN, **given}).settings


@pytest.mark.parametrize(
    "key, value, reason",
    [
        ("mail__sender", "nobody", "write an address"),
        ("mail__sender", "Us\r\nBcc: e@x <a@b>", "write an address"),
        ("mail__reply_to", "a b@c", "write an address"),
        ("mail__port", "0", "greater than"),
        ("mail__security", "ssl", "starttls"),
        ("digest__zone", "Mars/Olympus", "time zone"),
        ("digest__zone", "../../etc/passwd", "time zone"),
        ("digest__zone", "", "time zone"),
        ("digest__list_id", "a b", "letters"),
        ("digest__recipients__ann__zone", "Mars", "time zone"),
        ("digest__recipients__ann__address", "ann@exämple.org", "ASCII"),
        ("digest__recipients__ann__address", "", "at least 1"),
        ("digest__recipients__ann__teams", "Pay\nments", "team"),
        ("web__url", "auditor.example.org", "https"),
        ("web__url", "https://me:secret@auditor.example.org", "https"),
        ("web__url", "javascript:alert(1)", "https"),
        ("web__url", "https://a.example/x?y", "https"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_key(
    key: str, value: str, reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason) as found:
        load(**{key: value})
    assert key.replace("__", ".") in str(found.value)


@pytest.mark.parametrize("key", ["mail__username", "mail__password"])
def test_a_password_over_an_open_line_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        load(mail__security="none", **{key: "s3cret"})


def test_what_is_not_said_follows_from_the_rest() -> None:
    assert [load(mail__security=one).mail.used_port for one in ("starttls", "tls", "none")] == [
        *(587, 465, 25)
    ]
    assert load(mail__port="26").mail.used_port == 26
    digest = load(digest__zone="Europe/Berlin").digest
    assert digest.zone_of(digest.recipients["ann"]).key == "Europe/Berlin"
    own = load(digest__recipients__ann__zone="Asia/Tokyo").digest
    assert own.zone_of(own.recipients["ann"]).key == "Asia/Tokyo"
    assert load(web__url="https://a.example/x/").web.url == "https://a.example/x"


def test_secrets_are_hidden_and_read_from_files(tmp_path: Path) -> None:
    file = str(tmp_path / "key")
    Path(file).write_text("s3cret\n")
    loaded = load_settings(
        config_file=None,
        environment={"AUDITOR_WEB__SECRET_KEY_FILE": file, "AUDITOR_MAIL__PASSWORD_FILE": file},
        overrides={},
    )
    assert loaded.settings.web.secret_key.get_secret_value() == "s3cret"
    assert loaded.settings.mail.password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(loaded)
