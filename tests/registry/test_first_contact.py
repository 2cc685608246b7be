from __future__ import annotations

from socket import EAI_NONAME, gaierror

import httpx
import pytest

from auditor.domain.credential import Credential
from auditor.domain.errors import (
    AuthenticationError,
    NotARegistryError,
    RegistryUnreachableError,
)
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import error
from tests.registry.conftest import Bench


def test_a_registry_that_answers_is_one(bench: Bench) -> None:
    capabilities = bench.ask(lambda client: client.check())
    assert not capabilities.counts_pulls
    assert not capabilities.lists_untagged
    assert capabilities.supports_referrers is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Please log in</html>"),
        httpx.Response(200, text="x" * 100_000),
        httpx.Response(404, text="nothing"),
        httpx.Response(204),
        httpx.Response(302, headers={"location": "https://portal.test/login"}),
        httpx.Response(401, headers={"www-authenticate": "Negotiate"}),
        httpx.Response(401),
    ],
)
def test_something_else_is_not_a_registry(bench: Bench, answer: httpx.Response) -> None:
    bench.registry.answers["/v2/"] = lambda request: answer
    bench.registry.answers["portal.test/login"] = lambda request: httpx.Response(200, text="hi")
    with pytest.raises(NotARegistryError, match=r"registry\.test") as caught:
        bench.ask(lambda client: client.check())
    assert "\n" not in str(caught.value)
    assert caught.value.next_step


def test_a_403_on_the_version_check_is_about_rights(bench: Bench) -> None:
    bench.registry.answers["/v2/"] = lambda request: error(403, "DENIED")
    with pytest.raises(AuthenticationError, match="DENIED"):
        bench.ask(lambda client: client.check())


@pytest.mark.parametrize(
    "options, extensions, counts",
    [
        (ClientOptions(), '{"extensions":[{"name":"_zot"}]}', True),
        (ClientOptions(), "{}", False),
        (ClientOptions(counts_pulls=False), '{"extensions":[{"name":"_zot"}]}', False),
        (ClientOptions(counts_pulls=True), "{}", True),
    ],
)
def test_zot_counts_pulls_unless_the_user_knows_better(
    bench: Bench, options: ClientOptions, extensions: str, counts: bool
) -> None:
    bench.options = options
    bench.registry.answers["/v2/_oci/ext/discover"] = lambda request: httpx.Response(
        200, text=extensions
    )
    assert bench.ask(lambda client: client.check()).counts_pulls is counts


@pytest.mark.parametrize(
    "address, step",
    [
        ("registry.test", "check the address and the port"),
        ("http://registry.test", "or write https://registry.test if it speaks TLS"),
        ("http://registry.test/team/app", "audit registry.test with --repository team/app"),
    ],
)
def test_what_is_no_registry_names_the_likeliest_mistake(
    bench: Bench, address: str, step: str
) -> None:
    bench.address = address
    bench.registry.answers["/v2/"] = lambda request: httpx.Response(400, text="bad")
    with pytest.raises(NotARegistryError, match="is not a registry") as caught:
        bench.ask(lambda client: client.check())
    assert step in caught.value.next_step


def test_an_answer_that_breaks_the_rules_of_http_is_no_registrys(bench: Bench) -> None:
    bench.registry.answers["/v2/"] = lambda request: httpx.Response(
        302, headers={"location": "/v2/"}
    )
    with pytest.raises(NotARegistryError, match="more than 5 times"):
        bench.ask(lambda client: client.check())


@pytest.mark.parametrize(
    "address, names_http", [("registry.test/", True), ("http://registry.test", False)]
)
def test_where_https_gets_no_answer_plain_http_is_named(
    bench: Bench, address: str, names_http: bool
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused") from ConnectionRefusedError()

    bench.address, bench.transport = address, httpx.MockTransport(refuse)
    with pytest.raises(RegistryUnreachableError, match="nothing listens at") as caught:
        bench.ask(lambda client: client.check())
    assert ("write http://registry.test if" in caught.value.next_step) is names_http


def test_a_name_that_nobody_knows_has_nothing_to_do_with_plain_http(bench: Bench) -> None:
    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("unknown") from gaierror(EAI_NONAME, "unknown")

    bench.transport = httpx.MockTransport(unknown)
    with pytest.raises(RegistryUnreachableError, match="no host is called") as caught:
        bench.ask(lambda client: client.check())
    assert "http://" not in caught.value.next_step


@pytest.mark.parametrize(
    "address, target, what, step",
    [
        ("http://registry.test", "https://registry.test/v2/", "it redirects to https://", "audit"),
        ("registry.test", "https://other.test/v2/", "it redirects to https://other", "audit"),
        ("registry.test", "http://registry.test/v2/", "from https to plain http", "write"),
    ],
)
@pytest.mark.parametrize("status", [200, 401])
def test_a_redirect_to_another_place_is_named_as_one(
    bench: Bench, address: str, target: str, what: str, step: str, status: int
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) != target:
            return httpx.Response(301, headers={"location": target})
        return httpx.Response(status, headers={"docker-distribution-api-version": "registry/2.0"})

    bench.address, bench.transport = address, httpx.MockTransport(answer)
    with pytest.raises(NotARegistryError, match=what) as caught:
        bench.ask(lambda client: client.check())
    assert caught.value.next_step.startswith(f"{step} {target.removesuffix('/v2/')}")


def anonymous_tokens(bench: Bench, *open_paths: str) -> None:
    """The version check refuses the token it gives to everybody, other paths do not."""

    def guard(request: httpx.Request) -> httpx.Response:
        if request.url.path in open_paths and "authorization" in request.headers:
            return bench.registry._routed(request, request.url.path)
        challenge = 'Bearer realm="https://registry.test/token",service="x"'
        return error(401, "UNAUTHORIZED", {"www-authenticate": challenge})

    for path in ("/v2/", "/v2/_catalog", "/v2/open/app/tags/list", "/v2/closed/app/tags/list"):
        bench.registry.answers[path] = guard
    bench.registry.answers["/token"] = lambda request: httpx.Response(200, json={"token": "t"})
    bench.registry.tags = {"open/app": {"1": ""}}


def test_what_is_open_to_all_is_read_though_the_version_check_lets_nobody_in(
    bench: Bench,
) -> None:
    anonymous_tokens(bench, "/v2/open/app/tags/list")

    async def read(client: RegistryClient) -> tuple[str, ...]:
        await client.check()
        return (await client.list_tags("open/app")).tags

    assert bench.ask(read) == ("1",)


def test_where_nothing_is_open_to_all_signing_in_is_the_next_step(bench: Bench) -> None:
    anonymous_tokens(bench)

    async def read(client: RegistryClient) -> None:
        await client.check()
        await anext(client.list_repositories())

    with pytest.raises(AuthenticationError, match="does not list its repositories") as caught:
        bench.ask(read)
    assert "docker login registry.test" in caught.value.next_step
    assert "--repository NAME" in caught.value.next_step


def test_a_credential_that_is_refused_at_the_version_check_is_refused(bench: Bench) -> None:
    anonymous_tokens(bench, "/v2/open/app/tags/list")
    bench.credential = Credential("ann", "wrong")
    with pytest.raises(AuthenticationError, match="refused the credentials"):
        bench.ask(lambda client: client.check())
