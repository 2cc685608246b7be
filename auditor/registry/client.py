"""A registry over HTTP: one method per endpoint, everything checked before it is believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx

from auditor.domain import media_types
from auditor.domain.credential import Credential
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    AuthenticationError,
    InvalidManifestError,
    ProtocolError,
    RegistryError,
)
from auditor.domain.fetched import FetchedManifest, NamePage, TagList, TrafficCount
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import RegistryCapabilities
from auditor.domain.reference import RegistryAddress
from auditor.domain.text import clean_line
from auditor.registry.addresses import Addresses
from auditor.registry.auth import Authenticator
from auditor.registry.blobs import Blobs
from auditor.registry.capabilities import HUB_API_HOST, HUB_HOSTS, capabilities_of
from auditor.registry.decode import decode_manifest
from auditor.registry.exchange import Answer, Call, Clock, Exchange
from auditor.registry.failures import error_code, unlisted
from auditor.registry.first_contact import greet, read_extensions
from auditor.registry.json_body import check_depth
from auditor.registry.listing import Listing, Names, Page, decode_repositories, decode_tags
from auditor.registry.options import ClientOptions
from auditor.registry.realms import Origin, RealmRule, trusted_hosts
from auditor.registry.referrers import Referrers
from auditor.registry.transport import Headers, RegistryTransport
from auditor.registry.verify import (
    claimed_digest,
    covered_part,
    identify,
    is_contradicted,
    known_lines,
    mismatch,
)

_OK, _PARTIAL, _NOT_MODIFIED, _NOT_FOUND, _BAD_RANGE = 200, 206, 304, 404, 416
_NO_CATALOGUE = frozenset({400, 401, 403, 404, 405, 501})
_NO_HEAD = frozenset({400, 403, 405, 501})
_NEVER_HEAD = frozenset({405, 501})
_CATALOGUE_SCOPE = "registry:catalog:*"
_DEFAULT_OPTIONS = ClientOptions()


@asynccontextmanager
async def open_registry(
    address: RegistryAddress,
    credential: Credential | None = None,
    options: ClientOptions = _DEFAULT_OPTIONS,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[RegistryClient]:
    """A client for a registry at a web address, closed at the end of the block.

    The credential goes to the registry's own origin, and to token services on the same
    host, on the vendor's, or on `options.token_hosts`. `transport` and `clock` replace the
    network and the time. Raises SettingsError for a CA file that cannot be read.
    """
    base_url = _api_url(address)
    own = Origin.of(base_url)
    trusted = trusted_hosts(own.host, options.token_hosts)
    if transport is None:
        transport = RegistryTransport(own_host=own.host, trusted_hosts=trusted, options=options)
    exchange = Exchange(transport, own, options, clock)
    rule = RealmRule(own, trusted, options.settings_name)
    authenticator = Authenticator(exchange, credential, rule)
    exchange.authority = authenticator
    try:
        yield RegistryClient(exchange, authenticator, base_url)
    finally:
        await transport.aclose()


def _api_url(address: RegistryAddress) -> str:
    if address.host in HUB_HOSTS:
        return f"https://{HUB_API_HOST}"
    return address.base_url.rstrip("/")


class _Read(NamedTuple):
    """A manifest as decoded; `is_doubtful`: a header names another digest. `what` names it."""

    what: str
    manifest: Manifest
    is_doubtful: bool


class RegistryClient:
    """Answers the crawler's questions about one registry. Reads only.

    Every method may raise RegistryError; messages name the host and the thing asked for.
    Source: distribution-spec, "Endpoints".
    """

    def __init__(self, exchange: Exchange, authenticator: Authenticator, base_url: str) -> None:
        self._exchange = exchange
        self._authenticator = authenticator
        self._options = exchange.options
        self._host = exchange.own.name
        is_hub = exchange.own.host == HUB_API_HOST
        self._at = Addresses(base_url, library="library" if is_hub else "")
        common = (("Accept-Encoding", "identity"), ("User-Agent", self._options.user_agent))
        self._headers: Headers = (("Accept", "application/json"), *common)
        self._manifest_headers: Headers = (("Accept", media_types.ACCEPT_MANIFESTS), *common)
        index_headers: Headers = (("Accept", media_types.OCI_INDEX), *common)
        self._referrers = Referrers(exchange, self._at, index_headers)
        self._blobs = Blobs(exchange, self._at, (("Accept", "*/*"), *common))
        self._listing = Listing(exchange, base_url, self._headers)
        self._tells_nothing: set[str] = set()
        self._has_no_head = False

    def traffic(self) -> TrafficCount:
        """Requests and body bytes so far, tokens, redirects and repeats included."""
        return self._exchange.traffic()

    # --- the registry -------------------------------------------------------------------

    async def check(self) -> RegistryCapabilities:
        """What the registry can do, once it is sure that it is one and that we may read it.

        Raises NotARegistryError, AuthenticationError or RegistryUnreachableError. Nobody is
        sent away who has no credential and may get a token for what is open to all.
        """
        try:
            await greet(self._exchange, self._at, self._headers)
        except AuthenticationError:
            if not self._authenticator.may_be_let_in_elsewhere:
                raise
        return capabilities_of(
            self._exchange.own.host,
            realm=self._authenticator.realm,
            extensions=await read_extensions(self._exchange, self._at, self._headers),
            counts_pulls=self._options.counts_pulls,
            supports_referrers=self._referrers.are_supported,
        )

    async def list_repositories(self) -> AsyncIterator[NamePage]:
        """Pages of names as they are, each name once.

        Raises RegistryError where the registry does not list them, with the next step; and
        ProtocolError after the last good page where a listing breaks off or runs in a circle.
        """
        what = f"the catalogue of {self._host}"

        def read(page: Page) -> NamePage:
            if page.answer.status != _OK:
                raise self._no_catalogue(page.answer)
            return NamePage(*decode_repositories(page, what))

        pages = self._listing.pages(self._at.catalogue, read, what=what, scope=_CATALOGUE_SCOPE)
        try:
            async for page in pages:
                yield page
        except AuthenticationError as error:
            raise unlisted(self._host, error.status, error.code) from error

    def _no_catalogue(self, answer: Answer) -> RegistryError:
        if answer.status in _NO_CATALOGUE:
            return unlisted(self._host, answer.status, error_code(answer.body)[0])
        call = self._call("GET", self._at.catalogue, "the catalogue", 0)
        return self._exchange.failure(call, answer)

    # --- one repository -----------------------------------------------------------------

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        """Every tag, once each, in the registry's order; or the first `most`.

        A listing that breaks off, runs in a circle or is too long is kept as far as it
        came, with the failure. One without any page raises: NotFoundError where the registry
        does not know the repository. For a name from its own catalogue that means "no tags":
        several registries answer so after the last tag is gone. Only the caller knows where
        the name comes from.
        """
        what = clean_line(f"the tags of {repository}", 300)
        url, scope = self._at.tags(repository), self._at.scope(repository)

        def read(page: Page) -> Names:
            if page.answer.status != _OK:
                raise self._exchange.failure(self._call("GET", url, what, 0), page.answer)
            return decode_tags(page, what)

        found: list[str] = []
        unusable, has_page, failure = 0, False, None
        try:
            async for names in self._listing.pages(url, read, what=what, scope=scope):
                found.extend(names.names)
                unusable, has_page = unusable + names.unusable, True
                if most is not None and len(found) > most:
                    return TagList(tuple(found[:most]), unusable=unusable, is_cut=True)
        except RegistryError as error:
            if not has_page:
                raise
            failure = error
        return TagList(tuple(found), failure, unusable)

    async def list_untagged(self, repository: str) -> tuple[Descriptor, ...]:  # noqa: ARG002
        """Nothing: plain /v2 has no listing of manifests. Asks nothing."""
        return ()

    async def list_referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Manifests whose subject is `digest`; empty where the registry has no such endpoint."""
        return await self._referrers.list(repository, digest)

    # --- manifests ----------------------------------------------------------------------

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        """The manifest a tag points at, or which of `known` (likeliest first) it still is.

        The known digests go along as If-None-Match lines, as many as fit. A 304 need not
        say which one it means (docker-registry does not): then a HEAD, which has no body,
        tells, and the repository's next tag is asked for by HEAD first.
        """
        if repository in self._tells_nothing and len(known) > 1:
            return await self._get_after_head(repository, tag, known)
        lines = known_lines(known, self._options.known_headers_bytes)
        answer = await self._ask_manifest("GET", repository, tag, (*self._manifest_headers, *lines))
        if answer.status != _NOT_MODIFIED:
            read = self._read(f"{repository}:{tag}", answer)
            del answer  # its body may be long, and what comes next take long
            return FetchedManifest(manifest=await self._confirmed(repository, read))
        unchanged = _which(answer, known[: len(lines)])
        if unchanged is not None:
            return FetchedManifest(unchanged=unchanged)
        self._tells_nothing.add(repository)
        return await self._get_after_head(repository, tag, known)

    async def _get_after_head(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        try:
            digest = await self.head_manifest(repository, tag)
        except ProtocolError:
            digest = None
        if digest is not None and digest in known:
            return FetchedManifest(unchanged=digest)
        self._tells_nothing.discard(repository)
        answer = await self._ask_manifest("GET", repository, tag, self._manifest_headers)
        read = self._read(f"{repository}:{tag}", answer)
        del answer
        return FetchedManifest(manifest=await self._confirmed(repository, read))

    async def find_manifest_by_tag(
        self, repository: str, tag: str, before: Digest | None
    ) -> FetchedManifest | None:
        """What a tag points at, at the price of a HEAD, or else of one GET; None if absent.

        For registries that count a GET as a pull. Some answer HEAD without the digest, or
        not at all: then the manifest itself is asked for, unless it is still `before`.
        """
        if not self._has_no_head:
            answer = await self._ask_manifest("HEAD", repository, tag, self._manifest_headers)
            if answer.status == _NOT_FOUND:
                return None
            if answer.status not in _NO_HEAD:
                self._expect_ok(answer, f"{repository}:{tag}")
            claimed = claimed_digest(answer.headers) if answer.status == _OK else None
            if claimed is not None:
                return FetchedManifest(unchanged=claimed)
            self._has_no_head = answer.status in _NEVER_HEAD
        lines = known_lines((before,) if before else (), self._options.known_headers_bytes)
        answer = await self._ask_manifest("GET", repository, tag, (*self._manifest_headers, *lines))
        if answer.status == _NOT_FOUND:
            return None
        if lines and answer.status == _NOT_MODIFIED:
            return FetchedManifest(unchanged=before)
        read = self._read(f"{repository}:{tag}", answer)
        del answer
        return FetchedManifest(manifest=await self._confirmed(repository, read))

    def _read(self, what: str, answer: Answer, asked: Digest | None = None) -> _Read:
        """The manifest in an answer: `asked` for by its digest, or else by tag."""
        self._expect_ok(answer, what)
        name = clean_line(what, 300)
        if asked is None:
            digest, body = identify(answer.body, answer.headers)
        else:
            digest, body = asked, covered_part(answer.body, asked, what=name)
        try:
            check_depth(body, self._options.json_max_depth, "the manifest")
            manifest = decode_manifest(body, digest, answer.headers.get("content-type", ""))
        except InvalidManifestError as error:
            raise InvalidManifestError(f"{name}: {error.message}") from error
        is_doubtful = asked is None and is_contradicted(digest, answer.headers)
        return _Read(name, manifest, is_doubtful=is_doubtful)

    async def _confirmed(self, repository: str, read: _Read) -> Manifest:
        """The manifest, once it is sure that it is what the registry stores.

        Some registries send wrong headers, and some storages are damaged. Where the header
        disagrees with the bytes, these count if the registry knows them by their own
        digest; else DigestMismatchError. The first format has its layers measured.
        """
        manifest = read.manifest
        if read.is_doubtful:
            await self._check_known(repository, manifest.digest, read.what)
        if manifest.media_type in media_types.SCHEMA1_TYPES:
            return await self._blobs.measured(repository, manifest)
        return manifest

    async def _check_known(self, repository: str, digest: Digest, what: str) -> None:
        if await self.head_manifest(repository, digest.text) is None:
            raise mismatch(what, "the registry names for them")

    async def get_manifest_by_digest(self, repository: str, digest: Digest) -> Manifest:
        """The manifest with this digest, its bytes verified; NotFoundError if it is gone."""
        answer = await self._ask_manifest("GET", repository, digest.text, self._manifest_headers)
        read = self._read(f"{repository}@{digest.text}", answer, digest)
        del answer
        return await self._confirmed(repository, read)

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        """The digest of a manifest by tag or digest without its body; None if it is absent.

        Where the registry knows no HEAD, its body is fetched after all. Raises
        ProtocolError where the registry does not say the digest.
        """
        answer = await self._ask_manifest("HEAD", repository, reference, self._manifest_headers)
        if answer.status in _NO_HEAD:
            answer = await self._ask_manifest("GET", repository, reference, self._manifest_headers)
        if answer.status == _NOT_FOUND:
            return None
        what = f"{repository}@{reference}" if ":" in reference else f"{repository}:{reference}"
        self._expect_ok(answer, what)
        if ":" in reference:
            digest = Digest.parse(reference)
            if answer.body:
                covered_part(answer.body, digest, what=clean_line(what, 300))
            return digest
        if answer.body:
            digest = identify(answer.body, answer.headers)[0]
            if is_contradicted(digest, answer.headers):
                await self._check_known(repository, digest, clean_line(what, 300))
            return digest
        claimed = claimed_digest(answer.headers)
        if claimed is None:
            raise ProtocolError(f"{self._host} does not say the digest of {clean_line(what, 300)}")
        return claimed

    async def _ask_manifest(
        self, method: str, repository: str, reference: str, headers: Headers
    ) -> Answer:
        call = Call(
            method,
            self._at.manifest(repository, reference),
            clean_line(f"{repository}:{reference}", 300),
            self._options.manifest_cap_bytes,
            headers,
            self._at.scope(repository),
        )
        return await self._exchange.ask(call)

    # --- blobs --------------------------------------------------------------------------

    async def get_config(self, repository: str, descriptor: Descriptor) -> ImageConfig:
        """The image config with this descriptor's digest, its bytes verified."""
        return await self._blobs.get_config(repository, descriptor.digest)

    async def head_blob(self, repository: str, digest: Digest) -> int | None:
        """The stored size of a blob in bytes, None if it is absent."""
        return await self._blobs.measure(repository, digest)

    # --- shared -------------------------------------------------------------------------

    def _call(self, method: str, url: str, what: str, cap_bytes: int) -> Call:
        return Call(method, url, what, cap_bytes, self._headers)

    def _expect_ok(self, answer: Answer, what: str) -> None:
        if answer.status != _OK:
            call = self._call("GET", answer.url, clean_line(what, 300), 0)
            raise self._exchange.failure(call, answer)


def _which(answer: Answer, sent: Sequence[Digest]) -> Digest | None:
    """Which of the digests sent a 304 means, None where it does not say."""
    claimed = claimed_digest(answer.headers)
    if claimed is not None:
        return claimed if claimed in sent else None
    return sent[0] if len(sent) == 1 else None
