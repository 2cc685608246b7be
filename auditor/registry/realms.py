"""Where a token may be fetched, and where a credential may go with it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from auditor.domain.errors import AuthenticationError, ProtocolError
from auditor.domain.text import clean_line

_HUB_REALM = frozenset({"auth.docker.io"})
# Source: the challenges these registries send, and their documentation.
_VENDOR_REALMS = {
    "docker.io": _HUB_REALM,
    "index.docker.io": _HUB_REALM,
    "registry-1.docker.io": _HUB_REALM,
    "registry.gitlab.com": frozenset({"gitlab.com"}),
    "registry.digitalocean.com": frozenset({"api.digitalocean.com"}),
}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a secret belongs to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an http or https URL; raises ProtocolError for any other."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise _no_address() from None
        if not host or parts.scheme not in _PORTS or parts.username or parts.password:
            raise _no_address()
        return cls(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)

    @property
    def name(self) -> str:
        """`host[:port]`, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def _no_address() -> ProtocolError:
    return ProtocolError("a registry sent us to something that is no web address")


def trusted_hosts(own_host: str, token_hosts: tuple[str, ...]) -> frozenset[str]:
    """Hosts a credential for `own_host` may be sent to, without ports, in lower case."""
    named = frozenset(_bare(host) for host in token_hosts)
    return frozenset({own_host}) | _VENDOR_REALMS.get(own_host, frozenset()) | named


def _bare(host: str) -> str:
    return (urlsplit(f"//{host.rpartition('//')[2]}").hostname or "").rstrip(".")


@dataclass(frozen=True, slots=True)
class RealmRule:
    """Decides about token realms of one registry."""

    own: Origin
    trusted: frozenset[str]
    settings_name: str

    def resolve(self, realm: str, *, page_url: str, sends_secret: bool) -> str:
        """The realm's absolute address, allowed to be asked.

        Raises AuthenticationError for a realm that is not http(s), is plain http while the
        registry is not, or would receive a credential without being trusted with it.
        """
        try:
            address = urljoin(page_url, realm)
            origin = Origin.of(address)
        except (ProtocolError, ValueError):
            raise self._refusal("names no usable address for tokens", "") from None
        if origin.scheme == "http" and self.own.scheme == "https":
            raise self._refusal("sends its tokens over plain HTTP", "")
        if sends_secret and origin.host not in self.trusted:
            where = clean_line(origin.name, 100)
            raise self._refusal(
                f"wants the credentials sent to another host, {where}",
                f"if that is right, add {where} to registries.{self._key}.token_hosts",
            )
        return address

    @property
    def _key(self) -> str:
        name = self.settings_name or self.own.name
        return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'

    def _refusal(self, problem: str, next_step: str) -> AuthenticationError:
        return AuthenticationError(f"{self.own.name} {problem}", next_step=next_step)
