"""Names of registries, repositories and images, as Docker writes them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address
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
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?")
_MAX_REPOSITORY_LENGTH = 255
_LAYOUT_SCHEME = "oci:"
_MAX_PORT = 65535
_NEXT = "write host[:port], https://host[:port], http://host[:port] or oci:DIRECTORY"


@dataclass(frozen=True, slots=True)
class RegistryAddress:
    """Where a registry is: a web address, or an OCI layout's folder.

    `name` is what people call it (`localhost:5000`, `oci:DIRECTORY`) and its key in the
    database: hosts in lower case, no scheme; a folder by its one name, absolute and without
    links, however it is written. `base_url` is empty for a layout, `directory`
    for a web address.
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
            directory = _folder(text.removeprefix(_LAYOUT_SCHEME))
            return cls(name=f"{_LAYOUT_SCHEME}{directory}", directory=directory)
        if "@" in text:
            # Before anything is parsed: a password with a slash would end up in an error.
            raise InvalidReferenceError(
                "a registry address must not hold credentials",
                next_step="use --username and --password-stdin, or docker login",
            )
        if "://" in text:
            return cls._from_url(text)
        host, _, path = text.partition("/")
        host, path = _checked_host(host), path.rstrip("/")
        if path:
            raise InvalidReferenceError(
                f"a registry address has no path: {text[:300]!r}",
                next_step=f"audit {host} and name the repository with --repository {path[:300]}",
            )
        scheme = "http" if plain_http else _usual_scheme(host)
        return cls(name=host, base_url=f"{scheme}://{host}")

    @classmethod
    def of_name(cls, name: str, *, plain_http: bool = False) -> Self:
        """The address most likely called `name`: the way back from the database.

        A name may have a path and lacks the scheme: http for loopback and `plain_http`,
        https otherwise. Raises InvalidReferenceError for a text that is no name.
        """
        if name.startswith(_LAYOUT_SCHEME):
            return cls.parse(name)
        scheme = "http" if plain_http else _usual_scheme(name.partition("/")[0].lower())
        return cls.parse(f"{scheme}://{name}")

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
        host = _checked_host(parts.netloc)
        path = parts.path.rstrip("/").removesuffix("/v2")
        return cls(name=f"{host}{path}", base_url=f"{parts.scheme}://{host}{path}")

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


def registry_name(text: str) -> str:
    """The name of the registry written as `text`, which may be a name already.

    A text that is no address comes back as it is.
    """
    for parse in (RegistryAddress.parse, RegistryAddress.of_name):
        with suppress(InvalidReferenceError):
            return parse(text).name
    return text


def _folder(written: str) -> str:
    """The one name of a folder, which need not exist: one written twice would count twice."""
    if not written or "\0" in written:
        raise InvalidReferenceError("oci: names no folder", next_step=_NEXT)
    return os.path.realpath(written)


def _usual_scheme(host: str) -> str:
    return "http" if _LOOPBACK.fullmatch(host) else "https"


def _checked_host(host: str) -> str:
    """The host in lower case, an IPv6 address in its short form; InvalidReferenceError."""
    _, colon, port = host.rpartition(":")
    has_port = bool(colon) and port.isdecimal()
    if not _HOST.fullmatch(host) or (has_port and not 0 < int(port) <= _MAX_PORT):
        raise _no_address(host)
    if not host.startswith("["):
        return host.lower()
    address, _, rest = host[1:].partition("]")
    try:
        return f"[{IPv6Address(address).compressed}]{rest}"
    except ValueError:
        raise _no_address(host) from None


def _no_address(host: str) -> InvalidReferenceError:
    return InvalidReferenceError(f"not a registry address: {host[:80]!r}", next_step=_NEXT)


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

    A first segment with a dot, a colon, or equal to `localhost` is a registry, in any
    case; so is one after http:// or https://. A slash at the end counts for nothing. A
    reference into a layout is `oci:DIRECTORY//repository[:tag]`.
    """

    repository: str
    registry: str = ""
    tag: str = ""
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str, known: Collection[str] = ()) -> Self:
        """Return the reference written as `text`; raises InvalidReferenceError.

        `known` are names of registries: by the grammar alone, one below a path or with a
        bare name would be none. Of those that `text` begins with, the longest counts.
        """
        registry, rest = _split_registry(text, known)
        if registry and not rest:
            raise InvalidReferenceError(
                f"{registry[:140]} names a registry and no repository in it",
                next_step="see `auditor rank` for its repositories",
            )
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


def _split_registry(text: str, known: Collection[str]) -> tuple[str, str]:
    if text.startswith(_LAYOUT_SCHEME):
        registry, separator, rest = text.rpartition("//")
        if not separator:
            return text, ""
        return (registry if registry in known else registry_name(registry)), rest
    scheme = _SCHEME.match(text)
    text = text[scheme.end() if scheme else 0 :]
    first, slash, rest = text.removesuffix("/").partition("/")
    looks_like_host = "." in first or ":" in first or first.lower() == "localhost"
    with suppress(InvalidReferenceError):
        whole = f"{_checked_host(first)}{slash}{rest}"
        around = [name for name in known if whole.startswith(f"{name}/")]
        if looks_like_host and whole in known:
            around.append(whole)
        registry = max(around, key=len, default="")
        if registry:
            return registry, whole[len(registry) + 1 :]
    if scheme or (looks_like_host and "/" in text):
        return _checked_host(first), rest
    return "", text.removesuffix("/")


def _parse_digest(digest_text: str, text: str) -> Digest:
    try:
        return Digest.parse(digest_text)
    except InvalidDigestError as error:
        raise InvalidReferenceError(
            f"not a digest in {text[:140]!r}", next_step="write @sha256: and 64 hex digits"
        ) from error
