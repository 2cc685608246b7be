from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.logs.redaction import HIDDEN, KNOWN, LONGEST_TEXT, redacted, redacted_value

CANARY = "c4n4ry-Value_9"
# In two parts, since no file of ours may look as if it held one.
BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    KNOWN.clear()
    yield
    KNOWN.clear()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'Authorization': 'Basic {CANARY}', 'Accept': 'x'}}",
        f"authorization={CANARY} failed",
        f"asked with Bearer {CANARY}, refused",
        f"Set-Cookie: session={CANARY}; Path=/",
        f"cookie: a=1; b={CANARY}",
        f"X-Amz-Security-Token: {CANARY}",
        f"https://ann:{CANARY}@registry.example/v2/",
        f"https://{CANARY}@registry.example/v2/",
        f"postgresql+psycopg://ann:p@ss{CANARY}@db/x",
        f"https://cdn.example/blob?X-Amz-Signature={CANARY}&x=1",
        f"https://cdn.example/blob?a=1&sig={CANARY}",
        f"https://auth.example/token?access_token={CANARY}",
        f"https://hooks.slack.com/services/T0/B0/{CANARY}",
        f"https://acme.webhook.office.com/webhookb2/{CANARY}",
        f"https://discord.com/api/webhooks/1/{CANARY}",
        f"https://chat.example/a/hooks/{CANARY}",
        f'{{"token": "{CANARY}", "expires_in": 300}}',
        f"refresh_token={CANARY}",
        f"password = '{CANARY} with a space'",
        f"client_secret: {CANARY}",
        f"api-key={CANARY}",
        f"eyJhbGciOi{CANARY}.{CANARY}.{CANARY}",
        f"ghp_{CANARY.replace('-', '0')}",
        f"glpat-{CANARY}",
        f"return_value=(b'HTTP/1.1', 200, b'OK', [(b'Set-Cookie', b'session={CANARY}')])",
        f"[('Authorization', 'Digest {CANARY}')]",
        f"{{'HTTP_AUTHORIZATION': 'Digest {CANARY}'}}",
        f"{{'HTTP_COOKIE': '{CANARY}'}}",
        f'the answer was {{"token": "{CANARY}',
        f'{{"password": "a\\"{CANARY}"}}',
        f'{{\\"token\\": \\"{CANARY}\\"}}',
        f"password=b'{CANARY}'",
        f'{{"auths": {{"h": {{"auth": "{CANARY}"}}}}}}',
        f"AUDITOR_REGISTRIES__{'A_RATHER_LONG_NAME_' * 3}_PASSWORD={CANARY}",
        f"passphrase: {CANARY}",
        f"--registry-password {CANARY}",
        f"{BEGIN}\n{CANARY}\n-----END",
        f"https://AWS:{'x' * 2000}{CANARY}@h/v2/",
        f"https://production.cloudflare.docker.com/registry-v2/x?verify=1700-{CANARY}",
        f"https://h/?next=https%3A%2F%2Fh%2F%3Fa%3D1%26token%3D{CANARY}",
        f"https://api.telegram.org/bot1:{CANARY}/sendMessage",
    ],
)
def test_what_looks_like_a_secret_is_hidden_whatever_its_place(text: str) -> None:
    assert CANARY not in redacted(text)
    assert CANARY not in redacted(f"before {text}\nafter")
    assert HIDDEN in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "crawl finished repositories=41 seconds=12.3",
        "https://registry.example/v2/team/app/manifests/1.4?n=1000&last=team/app",
        "sha256:" + "a" * 64,
        "basic authentication is wanted",
        "Basic Authentication or Bearer tokens, with cookies",
        "layers --max-size 5 token_hosts=2 password_file=/run/x",
        "the token hosts are known",
        "ann@example.org did not answer",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("letters", ["dXNlcjpwYXNzd29yZA", "a" * 24])
def test_credentials_of_letters_only_are_told_from_words(letters: str) -> None:
    assert letters not in redacted(f"asked with Basic {letters}")
    assert letters not in redacted(f"asked with Bearer {letters}, refused")


def test_half_a_secret_is_not_left_where_a_text_is_cut() -> None:
    address = f"https://ann:{CANARY * 3}@h/"
    for left in range(len(address)):
        assert CANARY not in redacted("x" * (LONGEST_TEXT - left - 1) + " " + address)


def test_pairs_are_hidden_by_their_name() -> None:
    found = redacted_value([("Set-Cookie", f"a={CANARY}"), (b"cookie", CANARY), ("Host", "h")])
    assert found == [["Set-Cookie", HIDDEN], ["cookie", HIDDEN], ["Host", "h"]]


def test_a_secret_that_is_no_unicode_is_known_too() -> None:
    KNOWN.add("abc\udcffdef")
    assert redacted("abc\udcffdef") == HIDDEN


class Mute:
    def __str__(self) -> str:
        raise ValueError(CANARY)


def test_a_value_without_a_text_is_named_by_its_type() -> None:
    assert redacted_value([Mute()]) == ["<Mute>"]


def test_known_secrets_are_hidden_in_every_form_in_which_they_travel() -> None:
    secret = 'a"b/c d&é1'
    KNOWN.add(secret, "", "abc", username="ann")
    encoded = base64.b64encode(f"ann:{secret}".encode()).decode()
    for form in (secret, quote(secret, safe=""), 'a\\"b/c d&\\u00e91', encoded):
        assert redacted(f"<{form}>").startswith(f"<{HIDDEN}"), form
    assert redacted("abc") == "abc"  # too short to be told from words


def test_values_of_names_that_say_so_are_hidden_as_a_whole() -> None:
    event = {
        "password": CANARY,
        "headers": {"Cookie": CANARY, "accept": "*/*"},
        "list": [{"dsn": CANARY}, f"x?token={CANARY}"],
        "error": ValueError(f"Bearer {CANARY}"),
        "token": None,
        "bytes": 7,
        "seconds": 1.5,
    }
    found = redacted_value(event)
    assert CANARY not in str(found)
    assert isinstance(found, dict)
    assert (found["token"], found["bytes"], found["seconds"]) == (None, 7, 1.5)
    assert found["headers"] == {"Cookie": HIDDEN, "accept": "*/*"}


def test_what_is_too_deep_or_too_long_is_cut() -> None:
    deep: object = CANARY
    for _ in range(40):
        deep = [deep]
    assert len(str(redacted_value(deep))) < 200
    assert len(redacted("x" * 10**6)) < LONGEST_TEXT + 20
    assert len(redacted_value(list(range(10**4)))) == 1000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("://" * 10**4, "?token" * 10**4, "key" * 10**4, "a-" * 10**4, "'" * 10**5),
        *("--" * 10**4, BEGIN * 10**3, "%3f" * 10**4, "\\" * 10**5),
        *('token="' + "\\a" * 10**4, "cookie" * 10**4, "Basic a " * 10**4),
        *("https://" + "a/" * 10**4, "Bearer " * 10**4, "eyJ" + "a" * 10**5),
        "password" * 10**4,
    ],
)
def test_hostile_texts_do_not_take_long(text: str) -> None:
    """A pattern that goes back and forth would take minutes here."""
    assert len(redacted(text)) <= LONGEST_TEXT + 20


@given(st.text(max_size=300))
def test_redacting_never_fails_and_twice_is_no_more_than_once(text: str) -> None:
    once = redacted(text)
    assert CANARY not in redacted(text.replace("@", f"://u:{CANARY}@"))
    assert HIDDEN not in once or HIDDEN in redacted(once)
