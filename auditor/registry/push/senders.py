"""Whether a push event comes from who it should: compared in constant time, as each source can.

GitHub signs the body. What sends a header of our choosing proves itself by a token or a
password in it. Docker Hub, Quay and Pub/Sub can do neither, so theirs is in the address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from auditor.domain.hints import PushKind, PushRequest

_SIGNATURE = "x-hub-signature-256"
_KEY_HEADERS = ("x-api-key", "x-auditor-token", "x-gitlab-token")
_IN_ADDRESS = frozenset(
    {PushKind.DOCKER_HUB, PushKind.QUAY, PushKind.ARTIFACT_REGISTRY, PushKind.GENERIC}
)


def is_authentic(kind: PushKind, secret: str, request: PushRequest) -> bool:
    """Whether the request holds the secret, or for GitHub a signature made with it.

    False for an empty secret, whatever was sent.
    Source: docs.github.com, "Validating webhook deliveries".
    """
    if not secret:
        return False
    if kind is PushKind.GITHUB:
        return _is_signed(secret, request)
    offered = [*_offered(request.headers.get("authorization", ""))]
    offered += [request.headers[name] for name in _KEY_HEADERS if name in request.headers]
    if kind in _IN_ADDRESS:
        offered.append(request.token)
    # Summed, so that all are compared however early one is right.
    return sum(_is_same(secret, one) for one in offered) > 0


def _is_signed(secret: str, request: PushRequest) -> bool:
    digest = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    return _is_same(f"sha256={digest}", request.headers.get(_SIGNATURE, ""))


def _offered(authorization: str) -> tuple[str, ...]:
    """What an Authorization header may hold: the value itself, a bearer token, a password."""
    scheme, _, rest = authorization.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        return (authorization, _password(rest))
    return (authorization, rest if scheme.lower() == "bearer" else "")


def _password(encoded: str) -> str:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]


def _is_same(secret: str, offered: str) -> bool:
    # Digests are of one length, so that not even the secret's length can be timed.
    mine, theirs = (
        hashlib.sha256(one.encode("utf-8", "surrogatepass")).digest() for one in (secret, offered)
    )
    return hmac.compare_digest(mine, theirs)
