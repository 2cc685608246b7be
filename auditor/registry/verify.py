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

    For a signed schema 1 manifest the part without signatures counts. Raises ProtocolError
    for an algorithm that cannot be computed here. Source: image-spec descriptor.md.
    """
    if digest.matches(body):
        return
    if not digest.is_verifiable:
        raise ProtocolError(f"{what} has a {digest.algorithm} digest, which cannot be checked here")
    payload = signed_payload(body)
    if payload is None or not digest.matches(payload):
        raise DigestMismatchError(
            f"the bytes of {what} do not have the digest they were asked for",
            next_step="the registry's storage is damaged, or somebody tampers with it",
        )


def digest_of(body: bytes, headers: MultiMapping[str]) -> Digest:
    """The digest of a manifest that was asked for by tag, computed here.

    sha256, unless the header names a sha512 that the body really has. A header that
    disagrees is not believed: many registries get it wrong.
    """
    content_type = headers.get("content-type", "").partition(";")[0].strip()
    if content_type == media_types.DOCKER_SCHEMA1_SIGNED:
        body = signed_payload(body) or body
    claimed = claimed_digest(headers)
    if claimed is not None and claimed.algorithm == "sha512" and claimed.matches(body):
        return claimed
    return Digest.of(body)


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
