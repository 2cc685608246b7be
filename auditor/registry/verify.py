"""Bytes and claims about them -> a digest to believe."""

from __future__ import annotations

from collections.abc import Sequence

from multidict import MultiMapping

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.errors import DigestMismatchError, InvalidDigestError, ProtocolError
from auditor.registry.schema1 import signed_payload


def check_digest(body: bytes, digest: Digest, *, what: str) -> None:
    """Nothing if `body` has this digest; else DigestMismatchError.

    Raises ProtocolError for an algorithm that cannot be computed here.
    Source: image-spec descriptor.md.
    """
    if digest.matches(body):
        return
    if not digest.is_verifiable:
        raise ProtocolError(f"{what} has a {digest.algorithm} digest, which cannot be checked here")
    raise mismatch(what, "they were asked for")


def covered_part(body: bytes, digest: Digest, *, what: str) -> bytes:
    """The bytes of a manifest that this digest covers, the only ones to believe.

    All of them, or of a signed schema 1 manifest those without signatures. Raises as
    `check_digest`. Source: distribution's schema 1 specification.
    """
    if not digest.matches(body):
        payload = signed_payload(body)
        if payload is not None and digest.matches(payload):
            return payload
        check_digest(body, digest, what=what)
    return body


def mismatch(what: str, which: str) -> DigestMismatchError:
    """The error for bytes of `what` that do not have the digest `which` describes."""
    return DigestMismatchError(
        f"the bytes of {what} do not have the digest {which}",
        next_step="the registry's storage is damaged, or somebody tampers with it",
    )


def identify(body: bytes, headers: MultiMapping[str]) -> tuple[Digest, bytes]:
    """The digest of a manifest that was asked for by tag, and the bytes it covers.

    Computed here: sha256, unless the header names a sha512 that the body really has. Of a
    signed schema 1 manifest the part without signatures counts.
    """
    claimed = claimed_digest(headers)
    payload = signed_payload(body) if _may_be_signed(headers) else None
    parts = (body,) if payload is None else (payload, body)
    if claimed is not None:
        for part in parts:
            if claimed.matches(part):
                return claimed, part
    return Digest.of(parts[0]), parts[0]


def is_contradicted(digest: Digest, headers: MultiMapping[str]) -> bool:
    """Whether the Docker-Content-Digest header names another digest than the computed one.

    One of an algorithm that cannot be computed here contradicts nothing.
    """
    if headers.get("docker-content-digest") == digest.text:
        return False
    claimed = _named_digest(headers)
    return claimed is not None and claimed.is_verifiable and claimed != digest


def _may_be_signed(headers: MultiMapping[str]) -> bool:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return content_type in media_types.SCHEMA1_TYPES


def _named_digest(headers: MultiMapping[str]) -> Digest | None:
    try:
        return Digest.parse(headers.get("docker-content-digest", ""))
    except InvalidDigestError:
        return None


def claimed_digest(headers: MultiMapping[str]) -> Digest | None:
    """The digest an answer names, in Docker-Content-Digest or else as its ETag."""
    etag = headers.get("etag", "").removeprefix("W/").strip('"')
    for text in (headers.get("docker-content-digest", ""), etag):
        try:
            return Digest.parse(text)
        except InvalidDigestError:
            continue
    return None


def known_lines(known: Sequence[Digest], budget_bytes: int) -> list[tuple[str, str]]:
    """One If-None-Match line per digest, in order, as many as fit the budget.

    docker-registry compares each line as a whole and does not split lists at commas.
    """
    lines: list[tuple[str, str]] = []
    for digest in known:
        budget_bytes -= len(digest.text) + len('If-None-Match: ""\r\n')
        if budget_bytes < 0:
            break
        lines.append(("If-None-Match", f'"{digest.text}"'))
    return lines
