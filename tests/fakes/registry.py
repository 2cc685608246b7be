"""A registry in memory that answers behind httpx.MockTransport; no socket is opened.

Behaves as distribution does (paging by Link, 304 without a digest, NAME_UNKNOWN), and
through `answers` as badly as a test wants.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from auditor.domain import media_types
from auditor.domain.digest import Digest

Answering = Callable[[httpx.Request], httpx.Response]


def error(status: int, code: str, headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}
    return httpx.Response(status, json=body, headers=headers)


def always(body: bytes, **headers: str) -> Answering:
    """An answer for `answers`: the same 200 to everybody; `content_type` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(200, content=body, headers=named)


@dataclass(slots=True)
class FakeRegistry:
    """`answers` maps a path to what answers it instead; `seen` keeps every request."""

    host: str = "registry.test"
    page_size: int = 0
    username: str = ""
    password: str = ""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Answering] = field(default_factory=dict)
    seen: list[httpx.Request] = field(default_factory=list)
    names_digest_on_304: bool = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def push(self, repository: str, tag: str, document: object, media_type: str = "") -> Digest:
        """Store a manifest under a tag."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        digest = Digest.of(body)
        self.manifests[digest.text] = (media_type or media_types.OCI_MANIFEST, body)
        self.tags.setdefault(repository, {})[tag] = digest.text
        return digest

    def push_blob(self, body: bytes) -> Digest:
        digest = Digest.of(body)
        self.blobs[digest.text] = body
        return digest

    def paths(self) -> list[str]:
        return [request.url.path for request in self.seen]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        path = unquote(request.url.path)
        for key in (f"{request.url.host}{path}", path):
            if key in self.answers:
                return self.answers[key](request)
        if request.url.host != self.host:
            return httpx.Response(404, text="no such host here")
        if self.username and not self._is_let_in(request):
            return error(401, "UNAUTHORIZED", {"www-authenticate": 'Basic realm="test"'})
        return self._routed(request, path)

    def _is_let_in(self, request: httpx.Request) -> bool:
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return str(request.headers.get("authorization")) == f"Basic {pair}"

    def _routed(self, request: httpx.Request, path: str) -> httpx.Response:
        if path == "/v2/":
            return httpx.Response(
                200, json={}, headers={"docker-distribution-api-version": "registry/2.0"}
            )
        if path == "/v2/_catalog":
            return self._page(request, "repositories", sorted(self.tags))
        parts = path.removeprefix("/v2/").split("/")
        if parts[-2:] == ["tags", "list"]:
            return self._tags(request, "/".join(parts[:-2]))
        if parts[-2] == "manifests":
            return self._manifest(request, "/".join(parts[:-2]), parts[-1])
        if parts[-2] == "blobs" and parts[-1] in self.blobs:
            body = self.blobs[parts[-1]]
            headers = {"content-length": str(len(body))}
            return httpx.Response(
                200, content=b"" if request.method == "HEAD" else body, headers=headers
            )
        return error(404, "BLOB_UNKNOWN") if parts[-2] == "blobs" else httpx.Response(404)

    def _tags(self, request: httpx.Request, repository: str) -> httpx.Response:
        if repository not in self.tags:
            return error(404, "NAME_UNKNOWN")
        return self._page(request, "tags", sorted(self.tags[repository]))

    def _page(self, request: httpx.Request, key: str, names: list[str]) -> httpx.Response:
        last = request.url.params.get("last", "")
        left = [name for name in names if name > last]
        size = self.page_size or len(left)
        headers = {}
        if len(left) > size:
            headers["link"] = f'<{request.url.path}?n={size}&last={left[size - 1]}>; rel="next"'
        return httpx.Response(200, json={key: left[:size]}, headers=headers)

    def _manifest(self, request: httpx.Request, repository: str, reference: str) -> httpx.Response:
        digest = self.tags.get(repository, {}).get(reference, reference)
        if digest not in self.manifests:
            return error(404, "MANIFEST_UNKNOWN")
        media_type, body = self.manifests[digest]
        if f'"{digest}"' in request.headers.get_list("if-none-match"):
            headers = {"docker-content-digest": digest} if self.names_digest_on_304 else {}
            return httpx.Response(304, headers=headers)
        headers = {
            "content-type": media_type,
            "docker-content-digest": digest,
            "content-length": str(len(body)),
        }
        return httpx.Response(
            200, content=b"" if request.method == "HEAD" else body, headers=headers
        )


def image(
    *layer_sizes: int, config: Digest | None = None, config_size: int = 2
) -> dict[str, object]:
    """An OCI image manifest with layers of these sizes; equal sizes are equal layers."""
    layers = [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": Digest.of(str(size).encode()).text,
            "size": size,
        }
        for size in layer_sizes
    ]
    return {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": {
            "mediaType": media_types.OCI_CONFIG,
            "digest": (config or Digest.of(b"{}")).text,
            "size": config_size,
        },
        "layers": layers,
    }
