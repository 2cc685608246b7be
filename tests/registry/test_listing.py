from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from auditor.domain.errors import (
    AuthenticationError,
    NotFoundError,
    ProtocolError,
    RegistryError,
)
from auditor.domain.fetched import NamePage
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import error
from tests.registry.conftest import Bench

Catalogue = Callable[[RegistryClient], Awaitable[list[str]]]


def test_the_catalogue_is_read_to_its_last_page(bench: Bench, catalogue: Catalogue) -> None:
    bench.registry.page_size = 2
    bench.registry.tags = {name: {} for name in "abcde"}
    assert bench.ask(catalogue) == list("abcde")
    assert [r.url.params.get("n") for r in bench.registry.seen] == ["1000", "2", "2"]


def test_a_smaller_page_is_asked_for_where_a_thousand_is_too_many(
    bench: Bench, catalogue: Catalogue
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("n") is not None:
            return error(400, "PAGINATION_NUMBER_INVALID")
        return httpx.Response(200, json={"repositories": ["a"]})

    bench.registry.answers["/v2/_catalog"] = answer
    assert bench.ask(catalogue) == ["a"]
    assert [r.url.params.get("n") for r in bench.registry.seen] == ["1000", "100", None]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_registry_without_a_catalogue_says_to_name_repositories(
    bench: Bench, catalogue: Catalogue, status: int
) -> None:
    bench.registry.answers["/v2/_catalog"] = lambda request: error(status, "UNSUPPORTED")
    with pytest.raises(RegistryError, match="does not list its repositories") as caught:
        bench.ask(catalogue)
    assert "--repository NAME" in caught.value.next_step
    is_refused = isinstance(caught.value, AuthenticationError)
    assert is_refused == (status in (401, 403)) == ("docker login" in caught.value.next_step)


@pytest.mark.parametrize(
    "body, names",
    [
        ('{"repositories":null}', []),
        (
            '{"repositories":["a",null,"a","UPPER/x","",3,"new\\nline","\\u001b[31m"]}',
            ["a", "UPPER/x"],
        ),
        ('\ufeff{"repositories":["a"]}\n', ["a"]),
    ],
)
def test_unusable_names_in_a_catalogue_are_left_out(
    bench: Bench, catalogue: Catalogue, body: str, names: list[str]
) -> None:
    bench.registry.answers["/v2/_catalog"] = lambda request: httpx.Response(200, text=body)
    assert bench.ask(catalogue) == names


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"repositories":3}', "[" * 100_000, '{"a":"\udcff"}']
)
def test_a_catalogue_of_another_shape_is_an_error(
    bench: Bench, catalogue: Catalogue, body: str
) -> None:
    content = body.encode("utf-8", "surrogateescape")
    bench.registry.answers["/v2/_catalog"] = lambda request: httpx.Response(200, content=content)
    with pytest.raises(ProtocolError):
        bench.ask(catalogue)


def test_a_catalogue_in_a_circle_is_an_error_after_its_pages(bench: Bench) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        link = {"link": '</v2/_catalog?last=a>; rel="next"'}
        return httpx.Response(200, json={"repositories": ["a"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    pages: list[tuple[str, ...]] = []

    async def read(client: RegistryClient) -> None:
        async for page in client.list_repositories():
            pages.append(page.names)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ProtocolError):
        bench.ask(read)
    assert pages == [("a",)]


def test_a_catalogue_without_end_is_given_up(bench: Bench, catalogue: Catalogue) -> None:
    bench.options = ClientOptions(page_limit=20)

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("last", "0")) + 1
        link = {"link": f'</v2/_catalog?last={number}>; rel="next"'}
        return httpx.Response(200, json={"repositories": [f"r{number}"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    with pytest.raises(ProtocolError, match="more than 20 pages"):
        bench.ask(catalogue)


def test_a_next_page_on_another_host_is_asked_for_here(bench: Bench, catalogue: Catalogue) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("last"):
            return httpx.Response(200, json={"repositories": ["b"]})
        link = {"link": '<http://evil.test/v2/_catalog?last=a>; rel="next"'}
        return httpx.Response(200, json={"repositories": ["a"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    assert bench.ask(catalogue) == ["a", "b"]
    assert {request.url.host for request in bench.registry.seen} == {"registry.test"}


@pytest.mark.parametrize(
    "body, tags",
    [
        ({"name": "a", "tags": None}, ()),
        ({"name": "a"}, ()),
        ({"tags": ["1", None, "2", "1", "sha256:" + "a" * 64, "odd tag"]}, ("1", "2", "odd tag")),
    ],
)
def test_tags_are_listed_once_without_nulls_and_digests(
    bench: Bench, body: object, tags: tuple[str, ...]
) -> None:
    bench.registry.answers["/v2/a/tags/list"] = lambda request: httpx.Response(200, json=body)
    assert bench.ask(lambda client: client.list_tags("a")).tags == tags


def test_an_unknown_repository_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError) as caught:
        bench.ask(lambda client: client.list_tags("nobody/nothing"))
    assert caught.value.code == "NAME_UNKNOWN"
    assert "nobody/nothing" in str(caught.value)


def test_a_200_with_errors_is_an_error(bench: Bench) -> None:
    bench.registry.answers["/v2/a/tags/list"] = lambda request: httpx.Response(
        200, json={"errors": [{"code": "UNKNOWN"}]}
    )
    with pytest.raises(ProtocolError):
        bench.ask(lambda client: client.list_tags("a"))


@pytest.mark.parametrize("name", ["../../admin", "a/../b", "a//b", "/a", ".", ""])
def test_a_name_that_would_lead_elsewhere_is_not_asked_for(bench: Bench, name: str) -> None:
    with pytest.raises(ProtocolError, match="nothing can be asked for"):
        bench.ask(lambda client: client.list_tags(name))
    assert bench.registry.seen == []


@pytest.mark.parametrize(
    "name, raw",
    [
        ("Team/App", "Team/App"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("a%2fb", "a%252fb"),
        ("ü", "%C3%BC"),
    ],
)
def test_a_name_is_asked_for_as_it_is(bench: Bench, name: str, raw: str) -> None:
    with pytest.raises(NotFoundError):
        bench.ask(lambda client: client.list_tags(name))
    assert bench.registry.seen[0].url.raw_path.decode().partition("?")[0] == f"/v2/{raw}/tags/list"


def test_tags_whose_listing_breaks_off_are_not_all_tags(bench: Bench) -> None:
    """A 404 for a later page is about the page. Source: zot, where `last` was deleted."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "last" in request.url.params:
            return error(404, "NAME_UNKNOWN")
        link = '</v2/a/tags/list?n=2&last=2>; rel="next"'
        return httpx.Response(200, json={"tags": ["1", "2"]}, headers={"link": link})

    bench.registry.answers["/v2/a/tags/list"] = answer
    listed = bench.ask(lambda client: client.list_tags("a"))
    assert listed.tags == ("1", "2")
    assert listed.failure is not None
    assert "broke off in the middle" in listed.failure.message
    assert (listed.failure.status, listed.failure.code) == (404, "NAME_UNKNOWN")


def circle(request: httpx.Request) -> httpx.Response:
    tags = ["3", "4"] if "last" in request.url.params else ["1", "2"]
    link = {"link": '</v2/a/tags/list?last=2>; rel="next"'}
    return httpx.Response(200, json={"tags": tags}, headers=link)


def test_tags_of_a_listing_that_runs_in_a_circle_are_kept(bench: Bench) -> None:
    bench.registry.answers["/v2/a/tags/list"] = circle
    listed = bench.ask(lambda client: client.list_tags("a"))
    assert listed.tags == ("1", "2", "3", "4")
    assert "leads back to a page already read" in str(listed.failure)


def test_a_listing_with_more_tags_than_may_be_kept_is_cut_with_a_failure(bench: Bench) -> None:
    bench.options = ClientOptions(listing_entries=3)
    bench.registry.tags["a"] = dict.fromkeys("123456", "")
    listed = bench.ask(lambda client: client.list_tags("a"))
    assert listed.tags == ("1", "2", "3")
    assert "names more than 3; what was listed before that was kept" in str(listed.failure)


def test_a_listing_of_too_many_bytes_is_given_up_and_kept_so_far(bench: Bench) -> None:
    bench.options = ClientOptions(listing_total_bytes=200)
    bench.registry.page_size = 2
    bench.registry.tags["a"] = {"x" * 20 + str(number): "" for number in range(9)}
    listed = bench.ask(lambda client: client.list_tags("a"))
    assert 2 <= len(listed.tags) < 9
    assert "takes more than 200 bytes" in str(listed.failure)


def test_only_as_many_tags_are_listed_as_somebody_asked_for(bench: Bench) -> None:
    bench.registry.page_size = 2
    bench.registry.tags["a"] = dict.fromkeys("12345", "")
    listed = bench.ask(lambda client: client.list_tags("a", 3))
    assert (listed.tags, listed.is_cut, listed.failure) == (("1", "2", "3"), True, None)
    assert len(bench.registry.seen) == 2
    whole = bench.ask(lambda client: client.list_tags("a", 5))
    assert (len(whole.tags), whole.is_cut) == (5, False)


def test_names_that_cannot_be_used_are_counted(bench: Bench) -> None:
    names = ["ok", None, "", "new\nline", "x" * 600, "sha256:" + "a" * 64]
    bench.registry.answers["/v2/a/tags/list"] = lambda request: httpx.Response(
        200, json={"tags": names}
    )
    bench.registry.answers["/v2/_catalog"] = lambda request: httpx.Response(
        200, json={"repositories": [*names[:3], 5]}
    )
    listed = bench.ask(lambda client: client.list_tags("a"))
    assert (listed.tags, listed.unusable) == (("ok",), 3)

    async def first_page(client: RegistryClient) -> NamePage:
        return await anext(client.list_repositories())

    assert bench.ask(first_page) == NamePage(("ok",), unusable=2)


def test_a_page_size_that_was_refused_is_not_asked_for_again(bench: Bench) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("n"):
            return error(400, "PAGINATION_NUMBER_INVALID")
        return httpx.Response(200, json={"tags": ["1"]})

    for name in "abc":
        bench.registry.answers[f"/v2/{name}/tags/list"] = answer

    async def read(client: RegistryClient) -> None:
        for name in "abc":
            await client.list_tags(name)

    bench.ask(read)
    sizes = [request.url.params.get("n") for request in bench.registry.seen]
    assert sizes == ["1000", "100", None, None, None]


def test_a_name_that_is_refused_says_nothing_about_page_sizes(bench: Bench) -> None:
    bench.registry.answers["/v2/a/tags/list"] = lambda request: error(400, "NAME_INVALID")
    bench.registry.tags["b"] = {"1": ""}

    async def read(client: RegistryClient) -> None:
        with pytest.raises(ProtocolError):
            await client.list_tags("a")
        await client.list_tags("b")

    bench.ask(read)
    assert bench.registry.seen[-1].url.params["n"] == "1000"
