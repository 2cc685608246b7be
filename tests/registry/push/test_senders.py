from __future__ import annotations

import base64
import hashlib
import hmac
import inspect
from collections.abc import Mapping

import pytest

from auditor.domain.hints import PushKind, PushRequest
from auditor.registry.push import senders
from auditor.registry.push.senders import is_authentic

SECRET = "s3cret of sixteen or more"
BODY = b'{"a":1}'
BASIC = base64.b64encode(f"anybody:{SECRET}".encode()).decode()
WITHOUT_GITHUB = [kind for kind in PushKind if kind is not PushKind.GITHUB]


def request(
    headers: Mapping[str, str] | None = None, token: str = "", body: bytes = BODY
) -> PushRequest:
    return PushRequest(headers or {}, token, body)


@pytest.mark.parametrize("kind", WITHOUT_GITHUB)
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": SECRET},
        {"authorization": f"Bearer {SECRET}"},
        {"authorization": f"bearer  {SECRET}"},
        {"authorization": f"Basic {BASIC}"},
        {"x-api-key": SECRET},
        {"x-auditor-token": SECRET},
    ],
)
def test_a_header_of_ones_choosing_proves_who_it_is(
    kind: PushKind, headers: dict[str, str]
) -> None:
    assert is_authentic(kind, SECRET, request(headers))


@pytest.mark.parametrize("kind", PushKind)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": f"Bearer {SECRET}x"},
        {"authorization": f"Bearer {SECRET[:-1]}"},
        {"authorization": f"Basic {SECRET}"},
        {"authorization": "Basic \x00"},
        {"authorization": "Basic " + base64.b64encode(b"anybody:wrong").decode()},
        {"x-api-key": "wrong"},
        {"x-hub-signature-256": "sha256=" + "0" * 64},
        {"x-hub-signature-256": "\ud800"},
    ],
)
def test_anything_else_does_not(kind: PushKind, headers: dict[str, str]) -> None:
    assert not is_authentic(kind, SECRET, request(headers))
    assert not is_authentic(kind, "", request(headers))


@pytest.mark.parametrize("kind", PushKind)
def test_a_token_in_the_address_counts_only_where_the_source_can_do_nothing_else(
    kind: PushKind,
) -> None:
    unsigned = {
        *(PushKind.DOCKER_HUB, PushKind.QUAY, PushKind.ARTIFACT_REGISTRY, PushKind.GENERIC),
    }
    assert is_authentic(kind, SECRET, request(token=SECRET)) is (kind in unsigned)


def test_github_signs_the_body_as_it_came() -> None:
    # The sample of docs.github.com, "Testing the webhook payload validation".
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    sent = request({"x-hub-signature-256": signature}, body=b"Hello, World!")
    assert is_authentic(PushKind.GITHUB, "It's a Secret to Everybody", sent)
    assert not is_authentic(
        PushKind.GITHUB,
        "It's a Secret to Everybody",
        request({"x-hub-signature-256": signature}, body=b"Hello, World! "),
    )
    digest = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    assert not is_authentic(PushKind.GITHUB, SECRET, request({"x-hub-signature": f"sha1={digest}"}))


def test_nothing_is_compared_but_in_constant_time() -> None:
    text = inspect.getsource(senders)
    assert "hmac.compare_digest" in text
    assert "secret ==" not in text
    assert "== secret" not in text
