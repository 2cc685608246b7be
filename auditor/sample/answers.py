"""What the sample registry says to each request: pure, from a path to status, headers and body.

Source: distribution-spec ("Endpoints", "Error Codes"); paging limits and quoted ETags as in
distribution's own registry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from auditor.domain import media_types
from auditor.sample.documents import Document
from auditor.sample.library import Library
from auditor.sample.shelf import Repository, State

MOST_PER_PAGE = 1000
_JSON = "application/json"
_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_ROUTE = re.compile(
    r"/v2/(?P<name>.+)/(?:(?P<tags>tags/list)|(?P<kind>manifests|blobs|referrers)/(?P<reference>[^/]+))"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"|\*')


@dataclass(frozen=True, slots=True)
class Question:
    """A request: path with query as sent; `known` are the If-None-Match lines."""

    method: str
    target: str
    known: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `length` differs from the body's for blobs whose contents are not shipped."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


def answer(library: Library, state: State, question: Question) -> Answer:
    """The response to a request in this state of the registry; never raises for bad input."""
    if question.method not in {"GET", "HEAD"}:
        return _error(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "this registry is read-only")
    path, _, query = question.target.partition("?")
    path = unquote(path)
    asked = dict(parse_qsl(query, keep_blank_values=True))
    if path in {"/v2/", "/v2"}:
        return Answer(HTTPStatus.OK, b"{}", {"Content-Type": _JSON})
    if path == "/v2/_catalog":
        return _page(path, asked, state.repositories, lambda page: {"repositories": page})
    route = _ROUTE.fullmatch(path)
    if route is None:
        return _error(HTTPStatus.NOT_FOUND, "UNSUPPORTED", "no such endpoint")
    name = route["name"]
    if not _NAME.fullmatch(name):
        return _error(HTTPStatus.BAD_REQUEST, "NAME_INVALID", "not a repository name")
    repository = library.repository(name, state)
    if repository is None:
        return _error(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", "no such repository")
    if route["tags"]:
        tags = tuple(state.tags[name])
        return _page(path, asked, tags, lambda page: {"name": name, "tags": page})
    return _content(_Place(library, state, repository), route, question, asked)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request looks: one repository in one state."""

    library: Library
    state: State
    repository: Repository


def _content(
    place: _Place, route: re.Match[str], question: Question, asked: Mapping[str, str]
) -> Answer:
    """Manifests, blobs and referrers of one repository."""
    kind, reference = route["kind"], route["reference"]
    is_tag = kind == "manifests" and ":" not in reference
    if not is_tag and not _DIGEST.fullmatch(reference):
        return _error(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", "not a sha256 digest")
    if kind == "manifests":
        return _manifest(place, reference, question.known)
    if kind == "blobs":
        return _blob(place, reference, question.method)
    return _referrers(place, reference, asked.get("artifactType"))


def _page(
    path: str,
    asked: Mapping[str, str],
    names: Sequence[str],
    wrap: Callable[[list[str]], dict[str, Any]],
) -> Answer:
    """Names after `last`, at most `n`; Link where more remain. Source: "Listing Tags"."""
    wanted = asked.get("n", "")
    if wanted and (not wanted.isdecimal() or int(wanted) > MOST_PER_PAGE):
        message = f"n is a number from 0 to {MOST_PER_PAGE}"
        return _error(HTTPStatus.BAD_REQUEST, "PAGINATION_NUMBER_INVALID", message)
    rest = [name for name in names if name > asked.get("last", "")]
    page = rest[: int(wanted)] if wanted else rest
    headers = {"Content-Type": _JSON}
    if page and len(page) < len(rest):
        headers["Link"] = f'<{path}?last={quote(page[-1], safe="")}&n={wanted}>; rel="next"'
    return Answer(HTTPStatus.OK, msgspec.json.encode(wrap(page)), headers)


def _manifest(place: _Place, reference: str, known: Sequence[str]) -> Answer:
    repository = place.repository
    digest = place.state.tags[repository.name].get(reference, reference)
    found = place.library.manifest(repository, digest, place.state) if ":" in digest else None
    if found is None:
        return _error(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "no such manifest")
    headers = {
        "Content-Type": found.media_type,
        "Docker-Content-Digest": found.digest,
        "ETag": f'"{found.digest}"',
    }
    if _is_known(found, known):
        return Answer(HTTPStatus.NOT_MODIFIED, b"", headers)
    return Answer(HTTPStatus.OK, found.body, headers)


def _is_known(found: Document, known: Sequence[str]) -> bool:
    """Whether any If-None-Match line, or any entry of a list in one, names the manifest."""
    for line in known:
        for tag in _ENTITY_TAG.finditer(line):
            if tag[0] == "*" or tag[1] == found.digest:
                return True
    return False


def _blob(place: _Place, digest: str, method: str) -> Answer:
    blob = place.library.blob(place.repository, digest)
    if blob is None:
        return _error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", "no such blob")
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": digest,
        "ETag": f'"{digest}"',
    }
    if blob.body is not None:
        return Answer(HTTPStatus.OK, blob.body, headers)
    if method == "HEAD":
        return Answer(HTTPStatus.OK, b"", headers, length=blob.size_bytes)
    message = "the sample registry ships digests and sizes only: the contents are not shipped"
    return _error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", message)


def _referrers(place: _Place, digest: str, artifact_type: str | None) -> Answer:
    """An index of what refers to the digest, often empty. Source: "Listing Referrers"."""
    is_today = place.state.moment_number is None
    found = place.repository.referrers.get(digest, []) if is_today else []
    headers = {"Content-Type": media_types.OCI_INDEX}
    if artifact_type:
        found = [entry for entry in found if entry.get("artifactType") == artifact_type]
        headers["OCI-Filters-Applied"] = "artifactType"
    content = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": found}
    return Answer(HTTPStatus.OK, msgspec.json.encode(content), headers)


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    body = {"errors": [{"code": code, "message": message, "detail": None}]}
    return Answer(status, msgspec.json.encode(body), {"Content-Type": _JSON})
