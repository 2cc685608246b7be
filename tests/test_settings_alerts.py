"""What the sections of alerts, channels and push events take, and what they say otherwise."""

from __future__ import annotations

import base64
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.domain.alerts import QuietHours
from auditor.domain.errors import SettingsError
from auditor.settings import Settings, load_settings, render_settings

KEY = f"whsec_{base64.b64encode(bytes(24)).decode()}"
SLACK = 'kind = "slack"\nwebhook_url = "https://hooks.example/SECRET"\n'


def load(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "auditor.toml"
    file.write_text(text)
    return load_settings(config_file=file, environment={}, overrides={}).settings


@pytest.mark.parametrize(
    "text, complaint",
    [
        ('[alerts.a]\nkind = "image-size"', "image-size needs size"),
        ('[alerts.a]\nkind = "growth"\nsize = "1GB"', "growth needs growth or growth_percent"),
        ('[alerts.a]\nkind = "crawl-failing"', "needs failures or silent_hours"),
        ('[alerts.a]\nkind = "finding"', "finding needs saving"),
        ('[alerts.a]\nkind = "image-size"\nsize = "large"', "not a number of bytes"),
        ('[alerts.a]\nkind = "image-size"\nsize = -1', "greater than or equal"),
        ('[alerts.a]\nkind = "budget"\nchannels = ["b"]', "there is no [channels.b]"),
        ('[channels.a]\nkind = "email"', "email needs addresses"),
        ('[channels.a]\nkind = "email"\naddresses = ["a\\nBcc: b"]', "is not a mail address"),
        ('[channels.a]\nkind = "slack"', "slack needs a webhook_url"),
        ('[channels.a]\nkind = "slack"\nwebhook_url = "ftp://SECRET"', "slack needs"),
        ('[channels.a]\nkind = "slack"\nwebhook_url = "https://a:SECRET@b/"', "slack needs"),
        ('[channels.a]\nkind = "webhook"\nwebhook_url = "https://b/"', "webhook needs a secret"),
        (f"[channels.a]\n{SLACK}quiet_hours = '22-7'", "write it as 22:00-07:00"),
        (f"[channels.a]\n{SLACK}zone = 'Mars/Base'", "no such time zone"),
        (f"[channels.a]\n{SLACK}zone = '../../etc/passwd'", "no such time zone"),
    ],
)
def test_what_cannot_be_is_told_without_secrets(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert complaint in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!", KEY.removeprefix("whsec_"), KEY + "A" * 99],
)
def test_a_signing_key_is_one_of_the_standard(tmp_path: Path, secret: str) -> None:
    text = f'[channels.a]\nkind = "webhook"\nwebhook_url = "https://b/"\nsecret = "{secret}"'
    with pytest.raises(SettingsError, match="webhook needs a secret"):
        load(tmp_path, text)


def test_channels_are_read_with_their_secrets_from_files_and_show_none(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hooks.example/SECRET\n")
    (tmp_path / "key").write_text(f"{KEY}\n")
    text = (
        '[channels.hook]\nkind = "webhook"\nwebhook_url_file = "url"\nsecret_file = "key"\n'
        'quiet_hours = "22:00-07:30"\nzone = "Europe/Zurich"\nresolved = true\n'
        '[channels.mail]\nkind = "email"\naddresses = ["a@x.example", "a@x.example"]\n'
    )
    file = tmp_path / "auditor.toml"
    file.write_text(text)
    loaded = load_settings(config_file=file, environment={}, overrides={})
    hook = loaded.settings.channels["hook"].to_channel("hook")
    assert (hook.url, hook.secret) == ("https://hooks.example/SECRET", KEY)
    assert hook.quiet_hours == QuietHours(time(22), time(7, 30), ZoneInfo("Europe/Zurich"))
    assert (hook.tells_resolved, hook.recipients) == (True, ("",))
    mail = loaded.settings.channels["mail"].to_channel("mail")
    assert (mail.recipients, mail.quiet_hours) == (("a@x.example",), None)
    shown = {row.key: row.value for row in render_settings(loaded)}
    assert shown["channels.hook.webhook_url"] == shown["channels.hook.secret"] == "(hidden)"
    for text in (repr(loaded.settings), repr(hook), str(shown)):
        assert "SECRET" not in text
        assert KEY not in text


def test_a_url_over_plain_http_is_taken_where_it_is_asked_for(tmp_path: Path) -> None:
    text = '[channels.a]\nkind = "slack"\nwebhook_url = "http://chat.internal/hook"'
    assert load(tmp_path, text).channels["a"].to_channel("a").url == "http://chat.internal/hook"
