"""What authentication may cost and what it may give away."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx
import pytest

from auditor.domain.credential import Credential
from auditor.domain.errors import AuthenticationError, RegistryError
from auditor.registry.auth import TOKENS_KEPT
from auditor.registry.client import RegistryClient
from tests.fakes.registry import error
from tests.registry.conftest import Bench

SECRET = "s3cret-canary"
USER = Credential(username="ann", password=SECRET)


def guarded_by_scope(bench: Bench, answer: Callable[[str], httpx.Response]) -> None:
    """Every repository wants a token of its own, which `answer` makes for a scope."""

    def guard(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/v2/").removesuffix("/tags/list")
        if request.headers.get("authorization") == f"Bearer token-of-repository:{name}:pull":
            return httpx.Response(200, json={"tags": []})
        challenge = 'Bearer realm="https://registry.test/token",service="svc"'
        scope = f',scope="repository:{name}:pull"'
        return error(401, "UNAUTHORIZED", {"www-authenticate": challenge + scope})

    for number in range(TOKENS_KEPT + 2):
        bench.registry.answers[f"/v2/r{number}/tags/list"] = guard
    bench.registry.answers["/token"] = lambda request: answer(request.url.params["scope"])


def test_tokens_of_many_repositories_are_kept_for_those_used_last(bench: Bench) -> None:
    guarded_by_scope(
        bench,
        lambda scope: httpx.Response(200, json={"token": f"token-of-{scope}", "expires_in": 900}),
    )

    async def read(client: RegistryClient) -> list[int]:
        for number in (*range(TOKENS_KEPT + 2), TOKENS_KEPT + 1, 0):
            await client.list_tags(f"r{number}")
        authenticator = client._authenticator
        return [
            len(authenticator._tokens),
            len(authenticator._keys),
            len(authenticator._locks),
        ]

    assert bench.ask(read) == [TOKENS_KEPT, TOKENS_KEPT, 0]
    # The last one again needs no other token; the first was forgotten.
    assert bench.registry.paths().count("/token") == TOKENS_KEPT + 3


def test_a_token_service_that_fails_is_asked_as_often_as_anything_else(bench: Bench) -> None:
    guarded_by_scope(bench, lambda scope: httpx.Response(503))

    async def read(client: RegistryClient) -> None:
        await client.check()  # only a registry that ever answered is asked again
        await client.list_tags("r1")

    with pytest.raises(RegistryError, match="failed at a request for a token") as caught:
        bench.ask(read)
    assert caught.value.is_transient
    assert bench.registry.paths().count("/token") == bench.options.attempts
    assert bench.registry.paths().count("/v2/r1/tags/list") == 1


@pytest.mark.parametrize(
    "credential, echo",
    [
        (USER, "header Basic {basic} is bad"),
        (USER, "{basic}"),
        (USER, f"user ann with {SECRET} may not"),
        (Credential(registry_token=SECRET), "token was {token}"),
    ],
)
def test_a_registry_that_repeats_what_was_sent_does_not_get_it_into_the_error(
    bench: Bench, credential: Credential, echo: str
) -> None:
    bench.credential = credential
    basic = base64.b64encode(f"ann:{SECRET}".encode()).decode()
    code = "DENIED" if credential.registry_token else basic
    said = "x" * 180 + " " + echo.format(basic=basic, token=SECRET)

    def answer(request: httpx.Request) -> httpx.Response:
        if "authorization" not in request.headers:
            challenges = 'Bearer realm="/token"' if credential.registry_token else "Basic realm=x"
            return error(401, "UNAUTHORIZED", {"www-authenticate": challenges})
        return httpx.Response(403, json={"errors": [{"code": code, "message": said}]})

    bench.registry.answers["/v2/a/tags/list"] = answer
    with pytest.raises(AuthenticationError) as caught:
        bench.ask(lambda client: client.list_tags("a"))
    told = f"{caught.value} {caught.value.code}"
    assert "***" in told
    for secret in (SECRET, basic):
        assert secret[:8] not in told
