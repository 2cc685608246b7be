"""Challenge -> Authorization: Basic for the registry itself, bearer tokens by scope."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

from auditor.domain.credential import Credential
from auditor.domain.errors import (
    AuthenticationError,
    NotARegistryError,
    ProtocolError,
    RegistryError,
)
from auditor.registry.challenge import Challenge, parse_challenges
from auditor.registry.exchange import Answer, Call, Exchange
from auditor.registry.realms import Origin, RealmRule
from auditor.registry.recent import Recent
from auditor.registry.tokens import Token, TokenKey, decode_token

TOKENS_KEPT = 128
"""Scopes whose tokens are kept, the latest used: a token may take 60 kB."""

_SHORTEST_SECRET = 4
_LAST_ATTEMPT = 2
_OK = 200
_NO_OAUTH_STATUSES = frozenset({400, 401, 404, 405})
_REFUSED_STATUSES = frozenset({400, 401, 403})
_CLIENT_ID = "registry-auditor"


class Authenticator:
    """Answers the challenges of one registry with one credential, or without.

    Nothing is sent before a challenge. A token is kept per realm, service and scope, fetched
    once however many requests wait for it, and renewed before it ends; of many scopes those
    used last are kept.
    Source: distribution, docs/spec/auth; RFC 7617; RFC 6750.
    """

    def __init__(self, exchange: Exchange, credential: Credential | None, rule: RealmRule) -> None:
        self._exchange = exchange
        self._credential = credential
        self._rule = rule
        self._basic: str | None = None
        self._keys: Recent[str, TokenKey] = Recent(TOKENS_KEPT)
        self._tokens: Recent[TokenKey, Token] = Recent(TOKENS_KEPT)
        self._locks: WeakValueDictionary[TokenKey, asyncio.Lock] = WeakValueDictionary()
        self.realm = ""

    @property
    def may_be_let_in_elsewhere(self) -> bool:
        """Whether an anonymous token refused here may still open a repository.

        Source: distribution, docs/spec/auth/token.md: what a token allows goes by scope.
        """
        return self._credential is None and bool(self.realm)

    def secrets(self) -> Collection[str]:
        """What is or was sent lately to prove who we are, in every form it is sent in."""
        known = self._credential
        parts = [known.password, known.identity_token, known.registry_token] if known else []
        headers = [token.header for token in self._tokens.values()]
        headers.append(_basic(known) or "")
        parts += [header.partition(" ")[2] for header in headers]
        return {part for part in parts if len(part) >= _SHORTEST_SECRET}

    async def header_for(self, scope: str) -> str | None:
        """What is known to work for `scope`, renewed if it is about to end; else None."""
        key = self._keys.get(scope)
        if key is None:
            return self._basic
        token = self._tokens.get(key)
        if token is not None and token.renew_at > self._exchange.clock.monotonic():
            return token.header
        return await self._renewed(key, unlike=token.header if token else None)

    async def answer_challenge(
        self, scope: str, answer: Answer, sent: str | None, attempt: int
    ) -> str:
        """Another Authorization value after a 401, or AuthenticationError.

        One renewal of a refused token and one new scope are tried, so no loop is possible.
        """
        challenges = parse_challenges(answer.headers.getall("www-authenticate", ()))
        if attempt >= _LAST_ATTEMPT:
            raise self._refusal()
        for challenge in challenges:
            if challenge.scheme == "bearer" and challenge.get("realm"):
                return await self._bearer(scope, challenge, answer, sent, attempt)
            if challenge.scheme == "basic" and self._can_do_basic():
                return self._basic_header(challenge, sent)
        if any(challenge.scheme == "basic" for challenge in challenges):
            raise self._refusal()
        raise self._no_challenge(scope, answer.status)

    def _no_challenge(self, scope: str, status: int) -> RegistryError:
        """A 401 that offers no way in: no registry at the version check, which has no scope."""
        kind = AuthenticationError if scope else NotARegistryError
        return kind(
            f"{self._host} asks for authentication in a way registries do not",
            next_step="check the address",
            status=status,
        )

    @property
    def _host(self) -> str:
        return self._exchange.own.name

    def _can_do_basic(self) -> bool:
        return self._credential is not None and bool(self._credential.username)

    def _basic_header(self, challenge: Challenge, sent: str | None) -> str:
        header = _basic(self._credential)
        if header is None or sent == header:
            raise self._refusal()
        self.realm = self.realm or challenge.get("realm")
        self._basic = header
        return header

    async def _bearer(
        self, scope: str, challenge: Challenge, answer: Answer, sent: str | None, attempt: int
    ) -> str:
        credential = self._credential
        if credential is not None and credential.registry_token:
            ready = f"Bearer {credential.registry_token}"
            if sent == ready:
                raise self._refusal()
            return ready
        used = self._keys.get(scope)
        key = self._key(scope, challenge, answer)
        if attempt and key == used:
            raise self._refusal()  # a fresh token for what was asked, and still refused
        token = self._tokens.get(key)
        if token is not None and token.header != sent:
            return token.header  # somebody else has renewed it meanwhile
        return await self._renewed(key, unlike=sent)

    def _key(self, scope: str, challenge: Challenge, answer: Answer) -> TokenKey:
        realm = self._rule.resolve(
            challenge.get("realm"), page_url=answer.url, sends_secret=self._credential is not None
        )
        self.realm = self.realm or realm
        key = TokenKey(realm, challenge.get("service"), challenge.get("scope") or scope)
        if not all(map(_is_text, (key.realm, key.service, key.scope))):
            raise ProtocolError(f"{self._host} asks for a token in words that are no text")
        self._keys.put(scope, key)
        return key

    async def _renewed(self, key: TokenKey, *, unlike: str | None) -> str:
        """The header of a token other than `unlike`, fetched once for all who ask.

        A service may give the same token again: whoever waited for it takes it all the same.
        """
        seen = self._tokens.get(key)
        async with self._locks.setdefault(key, asyncio.Lock()):
            token = self._tokens.get(key)
            now = self._exchange.clock.monotonic()
            is_due = token is None or token.header == unlike or token.renew_at <= now
            if token is None or (is_due and token is seen):
                token = await self._fetch(key)
                self._tokens.put(key, token)
            return token.header

    async def _fetch(self, key: TokenKey) -> Token:
        host = Origin.of(key.realm).name
        answer = await self._ask(key)
        if answer.status in _REFUSED_STATUSES:
            raise self._refusal(answer.status)
        if answer.status != _OK:
            raise self._exchange.failure(self._call("GET", key.realm), answer)
        return decode_token(answer.body, host=host, now=self._exchange.clock.monotonic())

    async def _ask(self, key: TokenKey) -> Answer:
        credential = self._credential
        if credential is not None and credential.identity_token:
            form = _oauth_form(key, credential.identity_token)
            answer = await self._send(self._call("POST", key.realm, form), None)
            if answer.status not in _NO_OAUTH_STATUSES or not credential.username:
                return answer
        return await self._send(self._call("GET", _token_url(key, credential)), _basic(credential))

    async def _send(self, call: Call, authorization: str | None) -> Answer:
        return await self._exchange.ask_plainly(call, authorization)

    def _call(self, method: str, url: str, content: bytes = b"") -> Call:
        headers = [
            ("Accept", "application/json"),
            ("User-Agent", self._exchange.options.user_agent),
        ]
        if content:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        cap = self._exchange.options.token_cap_bytes
        return Call(method, url, "a request for a token", cap, tuple(headers), content=content)

    def _refusal(self, status: int = 401) -> RegistryError:
        if self._credential is None:
            return AuthenticationError(
                f"{self._host} asks for a user name and a password",
                next_step=f"run docker login {self._host}, or pass --username and --password-stdin",
                status=status,
            )
        source = f" from {self._credential.source}" if self._credential.source else ""
        return AuthenticationError(
            f"{self._host} refused the credentials{source}",
            next_step="check user name and password, and that the user may pull",
            status=status,
        )


def _is_text(value: str) -> bool:
    """Whether a header's bytes were UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _basic(credential: Credential | None) -> str | None:
    if credential is None or not credential.username:
        return None
    secret = credential.password or credential.identity_token
    packed = base64.b64encode(
        f"{credential.username}:{secret}".encode(errors="surrogateescape")
    ).decode("ascii")
    return f"Basic {packed}"


def _oauth_form(key: TokenKey, refresh_token: str) -> bytes:
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": _CLIENT_ID,
        "service": key.service,
        "scope": key.scope,
    }
    return urlencode({name: value for name, value in fields.items() if value}).encode("ascii")


def _token_url(key: TokenKey, credential: Credential | None) -> str:
    """The realm with service, account and scope added to the query it may have."""
    fields = [("service", key.service)] if key.service else []
    if credential is not None and credential.username:
        fields.append(("account", credential.username))
    fields += [("scope", key.scope)] if key.scope else []
    separator = "&" if urlsplit(key.realm).query else "?"
    return f"{key.realm}{separator}{urlencode(fields)}" if fields else key.realm
