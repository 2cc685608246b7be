from __future__ import annotations

import json

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.errors import ProtocolError
from auditor.registry.client import RegistryClient
from auditor.registry.referrers import MOST_REFERRERS
from tests.fakes.registry import error
from tests.registry.conftest import Bench


def _referrers(*digests: Digest) -> dict[str, object]:
    rows = [
        {"mediaType": media_types.OCI_MANIFEST, "digest": one.text, "size": 7, "artifactType": "t"}
        for one in digests
    ]
    return {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": rows}


def test_referrers_are_listed_over_all_pages(bench: Bench) -> None:
    subject, one, two = (Digest.of(text) for text in (b"s", b"1", b"2"))

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": media_types.OCI_INDEX}
        if "last" in request.url.params:
            return httpx.Response(200, content=json.dumps(_referrers(two, one)), headers=headers)
        headers["link"] = f"<{request.url.path}?last=1>; rel=next"
        return httpx.Response(200, content=json.dumps(_referrers(one)), headers=headers)

    bench.registry.answers[f"/v2/a/referrers/{subject}"] = answer
    found = bench.ask(lambda client: client.list_referrers("a", subject))
    assert [(row.digest, row.artifact_type) for row in found] == [(one, "t"), (two, "t")]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<html>"),
        httpx.Response(400),
        httpx.Response(406),
        httpx.Response(200, json={"manifests": []}),
    ],
)
def test_a_registry_without_referrers_is_asked_once(bench: Bench, answer: httpx.Response) -> None:
    subjects = [Digest.of(text) for text in (b"1", b"2")]
    for subject in subjects:
        bench.registry.answers[f"/v2/a/referrers/{subject}"] = lambda request: answer

    async def both(client: RegistryClient) -> object:
        found = [await client.list_referrers("a", subject) for subject in subjects]
        assert found == [(), ()]
        return (await client.check()).supports_referrers

    assert bench.ask(both) is False
    assert sum("referrers" in path for path in bench.registry.paths()) == 1


def test_a_subject_that_is_gone_does_not_mean_there_are_no_referrers(bench: Bench) -> None:
    gone, there = Digest.of(b"gone"), Digest.of(b"there")
    bench.registry.answers[f"/v2/a/referrers/{gone}"] = lambda request: error(
        404, "MANIFEST_UNKNOWN"
    )
    bench.registry.answers[f"/v2/a/referrers/{there}"] = lambda request: httpx.Response(
        200,
        content=json.dumps(_referrers(gone)),
        headers={"content-type": media_types.OCI_INDEX},
    )

    async def both(client: RegistryClient) -> list[int]:
        return [len(await client.list_referrers("a", one)) for one in (gone, there)]

    assert bench.ask(both) == [0, 1]


def test_more_referrers_than_are_followed_are_an_error_and_left_out(bench: Bench) -> None:
    subject = Digest.of(b"crowd")
    many = [Digest.of(str(number).encode()) for number in range(MOST_REFERRERS + 1)]
    bench.registry.answers[f"/v2/a/referrers/{subject}"] = lambda request: httpx.Response(
        200,
        content=json.dumps(_referrers(*many)),
        headers={"content-type": media_types.OCI_INDEX},
    )
    with pytest.raises(ProtocolError, match="names more than 1,000; they were left out"):
        bench.ask(lambda client: client.list_referrers("a", subject))
