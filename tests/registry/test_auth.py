from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx
import pytest

from auditor.domain.credential import Credential
from auditor.domain.errors import AuthenticationError, ProtocolError, RegistryError
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import error, image
from tests.registry.conftest import Bench

SECRET = "s3cret-canary"
USER = Credential(username="ann", password=SECRET)


@dataclass(slots=True)
class TokenService:
    """Guards the fake registry's manifests with bearer tokens, and gives them out."""

    bench: Bench
    realm: str = "https://registry.test/token"
    scope: str = "repository:a:pull"
    lifetime: object = 300
    given: int = 0
    valid: set[str] = field(default_factory=set)
    requests: list[httpx.Request] = field(default_factory=list)

    def install(self, *paths: str) -> TokenService:
        for path in paths:
            self.bench.registry.answers[path] = self.guarded
        self.bench.registry.answers[self.realm.partition("://")[2]] = self.give
        return self

    def guarded(self, request: httpx.Request) -> httpx.Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self.valid:
            return self.bench.registry._routed(request, request.url.path)
        challenge = f'Bearer realm="{self.realm}",service="svc",scope="{self.scope}"'
        return error(401, "UNAUTHORIZED", {"www-authenticate": challenge})

    def give(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.given += 1
        self.valid.add(f"token{self.given}")
        return httpx.Response(
            200, json={"token": f"token{self.given}", "expires_in": self.lifetime}
        )


@pytest.fixture
def service(bench: Bench) -> TokenService:
    bench.registry.push("a", "1", image(1))
    return TokenService(bench).install("/v2/", "/v2/a/manifests/1", "/v2/a/tags/list")


async def get(client: RegistryClient) -> None:
    await client.get_manifest_by_tag("a", "1", ())


def test_nothing_is_sent_before_a_challenge(bench: Bench, service: TokenService) -> None:
    bench.credential = USER
    bench.ask(get)
    assert "authorization" not in bench.registry.seen[0].headers


def test_a_token_is_fetched_with_service_scope_and_account(
    bench: Bench, service: TokenService
) -> None:
    bench.credential = USER
    bench.ask(get)
    (request,) = service.requests
    assert dict(request.url.params) == {
        "service": "svc",
        "account": "ann",
        "scope": "repository:a:pull",
    }
    pair = base64.b64encode(f"ann:{SECRET}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {pair}"


def test_without_credentials_an_anonymous_token_is_fetched(
    bench: Bench, service: TokenService
) -> None:
    bench.ask(get)
    assert "authorization" not in service.requests[0].headers


def test_a_relative_realm_keeps_its_query(bench: Bench) -> None:
    bench.registry.push("a", "1", image(1))
    service = TokenService(bench, realm="/auth?x=1")
    bench.registry.answers["/v2/a/manifests/1"] = service.guarded
    bench.registry.answers["/auth"] = service.give
    bench.ask(get)
    assert service.requests[0].url.params["x"] == "1"
    assert service.requests[0].url.params["service"] == "svc"


def test_a_token_serves_every_request_of_its_scope(bench: Bench, service: TokenService) -> None:
    async def thrice(client: RegistryClient) -> None:
        await get(client)
        await get(client)
        await client.list_tags("a")

    bench.ask(thrice)
    assert service.given == 1
    assert len(bench.registry.seen) == 5  # challenge, token, then three answers


def test_many_requests_at_once_fetch_one_token(bench: Bench, service: TokenService) -> None:
    async def crowd(client: RegistryClient) -> None:
        await asyncio.gather(*(get(client) for _ in range(30)))

    bench.ask(crowd)
    assert service.given == 1


def test_a_token_that_ends_midway_is_renewed_once_for_all(
    bench: Bench, service: TokenService
) -> None:
    async def crowd(client: RegistryClient) -> None:
        await get(client)
        service.valid.clear()  # revoked before its time
        await asyncio.gather(*(get(client) for _ in range(10)))

    bench.ask(crowd)
    assert service.given == 2


def test_the_same_token_given_again_is_taken_by_all_who_waited(bench: Bench) -> None:
    service = TokenService(bench).install("/v2/", "/v2/a/manifests/1")
    bench.registry.push("a", "1", image(1))

    def give_the_same(request: httpx.Request) -> httpx.Response:
        service.requests.append(request)
        service.valid.add("same")
        return httpx.Response(200, json={"token": "same", "expires_in": 300})

    bench.registry.answers["registry.test/token"] = give_the_same

    async def answer(request: httpx.Request) -> httpx.Response:
        given = bench.registry.answer(request)
        await asyncio.sleep(0)  # so that all are refused before one has a new token
        return given

    bench.transport = httpx.MockTransport(answer)

    async def crowd(client: RegistryClient) -> None:
        await get(client)
        service.valid.clear()
        await asyncio.gather(*(get(client) for _ in range(10)))

    bench.ask(crowd)
    assert len(service.requests) == 2


def test_a_password_that_is_no_utf_8_is_sent_as_its_bytes(bench: Bench) -> None:
    bench.registry.push("a", "1", image(1))
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: (
        error(401, "UNAUTHORIZED", {"www-authenticate": "Basic"})
        if "authorization" not in request.headers
        else bench.registry._routed(request, "/v2/a/manifests/1")
    )
    bench.credential = Credential(username="ann", password="p\udce4ss")
    bench.ask(get)
    sent = bench.registry.seen[-1].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"ann:p\xe4ss"


def test_a_token_is_renewed_before_it_ends(bench: Bench, service: TokenService) -> None:
    async def slowly(client: RegistryClient) -> None:
        await get(client)
        bench.time.seconds += 290
        await get(client)

    bench.ask(slowly)
    assert service.given == 2
    assert sum(path == "/v2/a/manifests/1" for path in bench.registry.paths()) == 3


@pytest.mark.parametrize("lifetime", [-1, 0, None, "300", True, 5])
def test_an_absurd_lifetime_counts_as_a_minute_without_a_storm(
    bench: Bench, service: TokenService, lifetime: object
) -> None:
    text = json.dumps(lifetime)

    def give(request: httpx.Request) -> httpx.Response:
        service.give(request)
        return httpx.Response(200, text=f'{{"access_token":"token1","expires_in":{text}}}')

    bench.registry.answers["registry.test/token"] = give

    async def slowly(client: RegistryClient) -> None:
        for _ in range(3):
            await get(client)
            bench.time.seconds += 10

    bench.ask(slowly)
    assert service.given == 1


def test_a_registry_that_refuses_a_fresh_token_is_not_asked_for_ever(
    bench: Bench, service: TokenService
) -> None:
    bench.credential = USER
    bench.registry.answers["registry.test/token"] = lambda request: httpx.Response(
        200, json={"token": "never-good"}
    )
    with pytest.raises(AuthenticationError):
        bench.ask(get)
    assert len(bench.registry.seen) <= 6


def test_changing_scopes_end_too(bench: Bench, service: TokenService) -> None:
    numbers = iter(range(100))

    def guarded(request: httpx.Request) -> httpx.Response:
        service.scope = f"scope{next(numbers)}"
        service.valid.clear()
        return service.guarded(request)

    bench.registry.answers["/v2/a/manifests/1"] = guarded
    with pytest.raises(AuthenticationError):
        bench.ask(get)
    assert len(bench.registry.seen) <= 6


@pytest.mark.parametrize(
    "realm",
    [
        "https://evil.test/token",
        "https://registry.test.evil.test/t",
        "https://registry.test@evil.test/t",
    ],
)
def test_credentials_do_not_follow_a_realm_to_another_host(bench: Bench, realm: str) -> None:
    bench.credential = USER
    bench.options = ClientOptions(settings_name="mine")
    TokenService(bench, realm=realm).install("/v2/a/manifests/1")
    with pytest.raises(AuthenticationError) as caught:
        bench.ask(get)
    assert {request.url.host for request in bench.registry.seen} == {"registry.test"}
    assert SECRET not in str(caught.value)
    if "@" not in realm:
        assert "registries.mine.token_hosts" in caught.value.next_step


def test_credentials_follow_a_realm_the_user_allows(bench: Bench) -> None:
    bench.credential = USER
    bench.options = ClientOptions(token_hosts=("sso.test",))
    bench.registry.push("a", "1", image(1))
    service = TokenService(bench, realm="https://sso.test/token").install("/v2/a/manifests/1")
    bench.ask(get)
    assert service.requests[0].headers["authorization"].startswith("Basic ")


def test_docker_hubs_own_token_service_is_known(bench: Bench) -> None:
    bench.credential = USER
    bench.address = "docker.io"
    bench.registry.host = "registry-1.docker.io"
    bench.registry.push("ann/a", "1", image(1))
    TokenService(bench, realm="https://auth.docker.io/token").install("/v2/ann/a/manifests/1")
    bench.ask(lambda client: client.get_manifest_by_tag("ann/a", "1", ()))
    assert "auth.docker.io" in {request.url.host for request in bench.registry.seen}


@pytest.mark.parametrize(
    "realm", ["http://registry.test/token", "file:///etc/passwd", "gopher://x", "https://[::1"]
)
def test_a_realm_that_is_not_https_is_refused(bench: Bench, realm: str) -> None:
    TokenService(bench, realm=realm).install("/v2/a/manifests/1")
    with pytest.raises(AuthenticationError):
        bench.ask(get)
    assert len(bench.registry.seen) == 1


def test_a_wrong_password_is_one_plain_line(bench: Bench) -> None:
    bench.registry.username, bench.registry.password = "ann", "right"
    bench.credential = USER
    with pytest.raises(AuthenticationError) as caught:
        bench.ask(lambda client: client.check())
    assert str(caught.value).startswith("registry.test refused the credentials")
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert len(bench.registry.seen) == 2


def test_a_wrong_password_at_the_token_service_is_the_same(
    bench: Bench, service: TokenService
) -> None:
    bench.credential = USER
    bench.registry.answers["registry.test/token"] = lambda request: error(401, "UNAUTHORIZED")
    with pytest.raises(AuthenticationError, match="refused the credentials"):
        bench.ask(lambda client: client.check())


def test_missing_credentials_say_how_to_give_them(bench: Bench) -> None:
    bench.registry.username, bench.registry.password = "ann", "right"
    with pytest.raises(AuthenticationError, match=r"docker login registry\.test"):
        bench.ask(lambda client: client.check())


def test_basic_is_sent_at_once_after_the_first_challenge(bench: Bench) -> None:
    bench.registry.username, bench.registry.password = "ann", SECRET
    bench.credential = USER
    bench.registry.tags = {"a": {}}

    async def both(client: RegistryClient) -> None:
        await client.check()
        await client.list_tags("a")

    bench.ask(both)
    assert [("authorization" in r.headers) for r in bench.registry.seen] == [
        False,
        True,
        True,
        True,
    ]


def test_a_ready_token_is_used_as_it_is(bench: Bench, service: TokenService) -> None:
    service.valid.add("ready")
    bench.credential = Credential(registry_token="ready")
    bench.ask(get)
    assert service.given == 0
    service.valid.clear()
    with pytest.raises(AuthenticationError):
        bench.ask(get)


def test_an_identity_token_goes_into_a_form(bench: Bench, service: TokenService) -> None:
    bench.credential = Credential(identity_token=SECRET)
    bench.ask(get)
    (request,) = service.requests
    assert request.method == "POST"
    form = parse_qs(request.content.decode())
    assert form["refresh_token"] == [SECRET]
    assert form["grant_type"] == ["refresh_token"]
    assert form["scope"] == ["repository:a:pull"]
    assert SECRET not in str(request.url)


def test_a_service_without_the_form_is_asked_the_old_way(
    bench: Bench, service: TokenService
) -> None:
    bench.credential = Credential(username="ann", identity_token=SECRET)
    bench.registry.answers["registry.test/token"] = lambda request: (
        httpx.Response(404) if request.method == "POST" else service.give(request)
    )
    bench.ask(get)
    assert service.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"token":""}',
        b'{"token":5}',
        b'{"token":"a b"}',
        b'{"token":"a\\r\\nX: y"}',
        b"\xff",
    ],
)
def test_an_unusable_token_answer_is_an_error(
    bench: Bench, service: TokenService, body: bytes
) -> None:
    bench.registry.answers["registry.test/token"] = lambda request: httpx.Response(
        200, content=body
    )
    with pytest.raises(ProtocolError, match="token"):
        bench.ask(get)


def test_a_token_answer_over_its_cap_is_an_error(bench: Bench, service: TokenService) -> None:
    bench.registry.answers["registry.test/token"] = lambda request: httpx.Response(
        200, json={"token": "x" * 100_000}
    )
    with pytest.raises(RegistryError, match="more than 65536 bytes"):
        bench.ask(get)


def test_a_megabyte_of_challenges_ends_in_one_error(bench: Bench) -> None:
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        401, headers={"www-authenticate": 'Bearer realm="' + "a" * 2**20}
    )
    with pytest.raises(AuthenticationError):
        bench.ask(get)
