from __future__ import annotations

import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from auditor.delivery.by_webhook import MOST_WAIT_SECONDS, send_webhook, sign
from tests.delivery.receiving import Receiver, receiver

PATH = "/services/T000/B000/a-secret-path?key=also-secret"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def send(hook: Receiver, timeout_seconds: float = 5) -> tuple[str, str, float | None]:
    result = send_webhook(
        f"{hook.address}{PATH}", b'{"a":1}', {"x-one": "1"}, timeout_seconds=timeout_seconds
    )
    assert "secret" not in result.detail
    return result.outcome, result.detail, result.wait_seconds


def test_what_is_sent_arrives_as_it_is(hook: Receiver) -> None:
    assert send(hook) == ("sent", "200 ok", None)
    (got,) = hook.got
    assert (got.path, got.body, got.headers["x-one"]) == (PATH, b'{"a":1}', "1")
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "status, outcome, detail",
    [
        (204, "sent", "204"),
        (400, "refused", "answered 400"),
        (404, "refused", "answered 404"),
        (410, "refused", "answered 410"),
        (408, "later", "answered 408"),
        (425, "later", "answered 425"),
        (429, "later", "answered 429"),
        (500, "later", "answered 500"),
        (503, "later", "answered 503"),
    ],
)
def test_the_status_says_whether_to_try_again(
    hook: Receiver, status: int, outcome: str, detail: str
) -> None:
    hook.status, hook.answer = status, b""
    assert send(hook) == (outcome, detail, None)


def test_one_word_of_the_answer_is_repeated_and_nothing_longer(hook: Receiver) -> None:
    hook.status, hook.answer = 404, b"no_service\n"
    assert send(hook)[1] == "answered 404 no_service"
    hook.answer = f"Cannot POST {PATH}".encode()
    assert send(hook)[1] == "answered 404"


@pytest.mark.parametrize(
    "asked, expected",
    [
        ("30", 30.0),
        ("100000000000", MOST_WAIT_SECONDS),
        ("-1", None),
        ("soon", None),
        (format_datetime(datetime.now(UTC) + timedelta(days=9)), MOST_WAIT_SECONDS),
        (format_datetime(datetime.now(UTC) - timedelta(days=9)), 0.0),
    ],
    ids=["half-a-minute", "centuries", "below-zero", "words", "in-nine-days", "nine-days-ago"],
)
def test_a_receiver_may_ask_for_an_hour_at_most(
    hook: Receiver, asked: str, expected: float | None
) -> None:
    hook.status, hook.headers = 429, {"Retry-After": asked}
    assert send(hook) == ("later", "answered 429 ok", expected)


def test_no_redirect_is_followed(hook: Receiver) -> None:
    with receiver() as other:
        for status in (301, 302, 307, 308):
            hook.status, hook.headers = status, {"Location": f"{other.address}/x"}
            outcome, detail, _ = send(hook)
            assert (outcome, "redirects" in detail) == ("refused", True)
        assert other.got == []


def test_an_answer_that_never_ends_does_not_hold_anybody(hook: Receiver) -> None:
    hook.hangs = True
    outcome, detail, _ = send(hook, timeout_seconds=0.4)
    assert (outcome, detail) == ("later", "no answer within 0.4 seconds")


def test_a_long_answer_is_not_read(hook: Receiver) -> None:
    hook.answer = b"x" * 10_000_000
    assert send(hook) == ("sent", "200", None)


def test_no_connection_is_told_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}{PATH}"
    result = send_webhook(url, b"{}", {}, timeout_seconds=5)
    assert result.outcome == "later"
    assert result.detail == "no connection: Connection refused"


def test_what_is_no_http_is_told_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}{PATH}"
        server.settimeout(0.1)
        result = send_webhook(url, b"{}", {}, timeout_seconds=0.3)
    assert result.outcome == "later"
    assert "secret" not in result.detail
    result = send_webhook("http://[::1%25x]/secret", b"{}", {}, timeout_seconds=5)
    assert (result.outcome, "secret" in result.detail) == ("later", False)


def test_the_signature_is_the_one_of_the_standard() -> None:
    # The sample of standard-webhooks, libraries/python/tests/test_webhooks.py.
    secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    headers = sign(f"whsec_{secret}", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_can_tell_that_a_body_was_changed() -> None:
    key = bytes(range(32))
    secret = f"whsec_{base64.b64encode(key).decode()}"
    headers = sign(secret, "msg_1", NOW, b"{}")
    stamp = int(NOW.timestamp())
    expected = hmac.digest(key, f"msg_1.{stamp}.{{}}".encode(), hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert sign(secret, "msg_1", NOW, b"{ }") != headers
    with pytest.raises(ValueError, match=r"padding|base64|Only|Invalid"):
        sign("whsec_nope!", "msg_1", NOW, b"{}")
