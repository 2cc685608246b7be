"""Names of registries, repositories and images, as Docker writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError, InvalidReferenceError

_HOST = re.compile(
    r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?)(?::[0-9]{1,5})?"
)
_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?")
_MAX_REPOSITORY_LENGTH = 255
_LAYOUT_SCHEME = "oci:"
_MAX_PORT = 65535
_NEXT = "write host[:port], https://host[:port], http://host[:port] or oci:DIRECTORY"


@dataclass(frozen=True, slots=True)
class RegistryAddress:
    """Where a registry is: a web address, or an OCI layout's folder.

    `name` is what people call it (`localhost:5000`, `oci:DIRECTORY`) and its key in the
    database; `base_url` is empty for a layout, `directory` for a web address.
    """

    name: str
    base_url: str = ""
    directory: str = ""

    @classmethod
    def parse(cls, text: str, *, plain_http: bool = False) -> Self:
        """Return the address written as `host[:port]`, a URL, or `oci:DIRECTORY`.

        http is used for loopback, for `http://` and for `plain_http`; https otherwise.
        Raises InvalidReferenceError, never echoing a password.
        """
        if text.startswith(_LAYOUT_SCHEME):
            directory = text.removeprefix(_LAYOUT_SCHEME)
            if not directory:
                raise InvalidReferenceError("oci: names no folder", next_step=_NEXT)
            return cls(name=text, directory=directory)
        if "@" in text:
            # Before anything is parsed: a password with a slash would end up in an error.
            raise InvalidReferenceError(
                "a registry address must not hold credentials",
                next_step="use --username and --password-stdin, or docker login",
            )
        if "://" in text:
            return cls._from_url(text)
        host, slash, path = text.partition("/")
        _check_host(host)
        if slash and path:
            raise InvalidReferenceError(
                f"a registry address has no path: {text!r}",
                next_step=f"audit {host} and name the repository with --repository {path}",
            )
        scheme = "http" if plain_http or _LOOPBACK.fullmatch(host) else "https"
        return cls(name=host, base_url=f"{scheme}://{host}")

    @classmethod
    def _from_url(cls, text: str) -> Self:
        try:
            parts = urlsplit(text)
        except ValueError:
            raise InvalidReferenceError("not a registry address", next_step=_NEXT) from None
        if parts.scheme not in ("http", "https"):
            raise InvalidReferenceError(
                f"{parts.scheme}: is not a way to reach a registry", next_step=_NEXT
            )
        if parts.query or parts.fragment:
            raise InvalidReferenceError(
                "a registry address has no query or fragment", next_step=_NEXT
            )
        _check_host(parts.netloc)
        path = parts.path.rstrip("/").removesuffix("/v2")
        return cls(name=f"{parts.netloc}{path}", base_url=f"{parts.scheme}://{parts.netloc}{path}")

    @property
    def is_layout(self) -> bool:
        """Whether this is an OCI image layout on disk."""
        return bool(self.directory)

    @property
    def host(self) -> str:
        """`host[:port]`, or empty for a layout."""
        return urlsplit(self.base_url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the host names this machine."""
        return bool(_LOOPBACK.fullmatch(self.host))


def _check_host(host: str) -> None:
    _, colon, port = host.rpartition(":")
    if not _HOST.fullmatch(host) or (colon and port.isdecimal() and not 0 < int(port) <= _MAX_PORT):
        raise InvalidReferenceError(f"not a registry address: {host[:80]!r}", next_step=_NEXT)


def is_repository_name(text: str) -> bool:
    """Whether `text` is in the specification's grammar for repository names.

    Source: distribution-spec, "Pulling manifests", `<name>`.
    """
    return len(text) <= _MAX_REPOSITORY_LENGTH and bool(_REPOSITORY.fullmatch(text))


def is_tag_name(text: str) -> bool:
    """Whether `text` is in the specification's grammar for tags (at most 128 characters)."""
    return bool(_TAG.fullmatch(text))


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`[registry/]repository[:tag][@digest]`; parts not written are empty or None.

    A first segment with a dot, a colon, or equal to `localhost` is a registry. A
    reference into a layout is `oci:DIRECTORY//repository[:tag]`.
    """

    repository: str
    registry: str = ""
    tag: str = ""
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the reference written as `text`; raises InvalidReferenceError."""
        registry, rest = _split_registry(text)
        rest, at, digest_text = rest.partition("@")
        digest = _parse_digest(digest_text, text) if at else None
        repository, colon, tag = rest.partition(":")
        if colon and not is_tag_name(tag):
            raise InvalidReferenceError(
                f"not a tag: {tag[:140]!r}", next_step="tags have letters, digits, . _ and -"
            )
        if not is_repository_name(repository):
            raise InvalidReferenceError(
                f"not a repository name: {repository[:140]!r}",
                next_step="write [REGISTRY/]REPOSITORY[:TAG|@DIGEST] in lower case",
            )
        return cls(repository=repository, registry=registry, tag=tag, digest=digest)

    def __str__(self) -> str:
        registry = self.registry
        if registry:
            registry += "//" if registry.startswith(_LAYOUT_SCHEME) else "/"
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{registry}{self.repository}{tag}{digest}"


def _split_registry(text: str) -> tuple[str, str]:
    if text.startswith(_LAYOUT_SCHEME):
        registry, separator, rest = text.rpartition("//")
        return (registry, rest) if separator else (text, "")
    text = text.removeprefix("https://").removeprefix("http://")
    first, slash, rest = text.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost")
    return (first, rest) if is_host else ("", text)


def _parse_digest(digest_text: str, text: str) -> Digest:
    try:
        return Digest.parse(digest_text)
    except InvalidDigestError as error:
        raise InvalidReferenceError(
            f"not a digest in {text[:140]!r}", next_step="write @sha256: and 64 hex digits"
        ) from error
