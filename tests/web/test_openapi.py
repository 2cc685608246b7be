"""The API is what its description says: routes, parameters and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from auditor.domain.errors import StoreError
from auditor.sample.server import SampleRegistry, history_moments
from auditor.scheduler.service import open_service
from auditor.settings import load_settings
from auditor.usecases import run_demo
from auditor.usecases.ledger import open_ledger
from auditor.usecases.open_browse import open_browse
from auditor.usecases.outlook import Outlook
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_views import OTHER_REGISTRY, REGISTRY, unanalysed
from web.api import described, openapi
from web.app import create_app
from web.query import Arguments

BASE = FakeBrowse().base_rows[0].chain.encoded
# Each declared parameter is used by one of these at least.
ADDRESSES = (
    "/api/v1/rank",
    f"/api/v1/rank?by=cost&dir=asc&registry={OTHER_REGISTRY}&q=n&limit=5&offset=2&at=2026-02-01",
    "/api/v1/show?reference=payments/api",
    "/api/v1/show?reference=payments/api&at=2026-02-01",
    "/api/v1/show?reference=payments/api:1.4&platform=linux/arm64",
    "/api/v1/diff?from=payments/api:1.3&to=payments/api:1.4&platform=linux/amd64",
    "/api/v1/findings",
    f"/api/v1/findings?by=pull&registry={REGISTRY}&repository=payments/api&q=a&limit=3&offset=0",
    "/api/v1/findings?team=Payments&rule=pip-cache-kept&confidence=medium&min_saving=1",
    f"/api/v1/bases?by=size&registry={REGISTRY}&q=a&limit=5&offset=0",
    "/api/v1/bases",
    f"/api/v1/bases/{BASE}?registry={REGISTRY}&to=debian:12-slim",
    "/api/v1/changes?from=2026-02-01&to=2026-02-20&reference=payments/api",
    f"/api/v1/changes?from=2026-02-01&team=Payments&registry={REGISTRY}",
    f"/api/v1/anomalies?registry={REGISTRY}&team=Payments&days=7&limit=1&offset=1",
    "/api/v1/budgets",
    f"/api/v1/reconcile?registry={REGISTRY}&billed=1GB",
    f"/api/v1/reconcile?registry={REGISTRY}&invoice=12.5&currency=EUR&month=2026-02",
    f"/api/v1/costs?month=2026-02&registry={REGISTRY}&allocation=logical",
    "/api/v1/costs?at=2026-02-05&by=team",
    "/api/v1/costs?by=registry",
    f"/api/v1/usage?month=2026-02&registry={REGISTRY}",
    "/api/v1/usage?at=2026-02-05",
    "/api/v1/registries",
    f"/api/v1/crawls?registry={REGISTRY}&limit=3",
    "/api/v1/prices",
    "/api/v1/alerts?state=firing&rule=big&limit=5&offset=0",
    "/api/v1/schedules",
    "/api/v1/estimate?base=python:3.12&apt=git&apk=git&pip=flask&npm=express&files=12MB&alone=1",
    "/api/v1/estimate?base=a&platform=linux/arm64&dev=1&recommends=1&caches=1&no_byte_code=1",
    f"/api/v1/estimate?base=a&compression=zstd&registry={REGISTRY}&tags=3&growth=5&pulls=9",
    "/api/v1/estimate?base=a&bandwidth=100&python=3.12&distribution=debian:trixie&extra=x",
    "/api/v1/estimate?base=a&target=final&build_arg=A%3D1&size=/x%3D1MB",
    "/api/v1/openapi.json",
)
RUN = "/api/v1/schedules/crawl/run"
HERE = {"Sec-Fetch-Site": "same-origin"}
REFUSED = (
    ("/api/v1/rank?by=nothing", 400),
    ("/api/v1/rank?nonsense=1", 400),
    ("/api/v1/show", 400),
    ("/api/v1/costs?month=2026-02&at=2026-02-05", 400),
    ("/api/v1/costs?by=week", 400),
    ("/api/v1/show?reference=nothing/like/it", 404),
    ("/api/v1/nowhere", 404),
)


def description(client: FlaskClient) -> dict[str, Any]:
    found = client.get("/api/v1/openapi.json").json
    assert isinstance(found, dict)
    return found


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    return description(client)


def test_the_description_is_valid_openapi(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    validate(spec)


def test_every_route_below_the_api_is_described_and_nothing_else(
    app: Flask, spec: dict[str, Any]
) -> None:
    there = {
        rule.rule.replace("<path:base>", "{base}").replace("<kind>", "{kind}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
    }
    assert not there - set(spec["paths"]), (
        "these routes are not described: add them by `described(api, PATH, Operation(...))` of "
        'web/api/described.py, as docs/architecture.md says under "A route of the API"'
    )
    assert set(spec["paths"]) == there
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods.setdefault(rule.rule.split("<")[0], set()).update(rule.methods or set())
    for path, item in spec["paths"].items():
        assert {method.upper() for method in item} == methods[path.split("{")[0]] - IMPLIED
    identifiers = [operation["operationId"] for _, operation in described_operations(spec)]
    assert len(set(identifiers)) == len(identifiers)


IMPLIED = {"HEAD", "OPTIONS"}


def described_operations(spec: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, item in spec["paths"].items() for one in item.values()]


def closed(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The same, but a field that is not described is an error.

    The description itself leaves them open: fields may be added.
    """
    strict = deepcopy(dict(schemas))
    for schema in strict.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return strict


def check(spec: dict[str, Any], address: str, answer: Any) -> None:
    """Hold an answer against the schema of its route."""
    path = urlsplit(address).path
    known = path if path in spec["paths"] else "/api/v1/bases/{base}"
    content = spec["paths"][known]["get"]["responses"]["200"]["content"]
    validate_shape(spec, content["application/json"]["schema"], answer)


def validate_shape(spec: dict[str, Any], schema: dict[str, Any], answer: Any) -> None:
    whole = {**schema, "components": {"schemas": closed(spec["components"]["schemas"])}}
    found = [
        inner
        for error in Draft202012Validator(whole).iter_errors(answer)
        for inner in (error.context or [error])
    ]
    assert not found, "; ".join(f"{one.json_path}: {one.message[:200]}" for one in found[:9])


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_what_is_described(
    client: FlaskClient, spec: dict[str, Any], address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    check(spec, address, json.loads(answer.get_data()))


@pytest.mark.parametrize("name", ["repositories", "findings", "bases", "alerts", "anomalies"])
def test_following_links_leads_to_every_row(client: FlaskClient, name: str) -> None:
    path = f"/api/v1/{name.replace('repositories', 'rank')}"
    everything = client.get(path).get_json()[name]
    followed: list[object] = []
    address = f"{path}?limit=1"
    while address and len(followed) <= len(everything):
        answer = client.get(address)
        followed += answer.get_json()[name]
        address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert len(everything) > 1
    assert followed == everything


def test_whatever_can_be_read_on_says_where(app: Flask) -> None:
    for path, operation in openapi.operations(app):
        takes_offset = "offset" in {one.name for one in operation.parameters}
        assert operation.is_paged == takes_offset, path


def test_asking_for_a_run_is_described_too(client: FlaskClient, spec: dict[str, Any]) -> None:
    answer = client.post(RUN, headers=HERE, data={"registry": "production"})
    described_one = spec["paths"]["/api/v1/schedules/{kind}/run"]["post"]["responses"]["202"]
    assert answer.status_code == 202
    schema = described_one["content"]["application/json"]["schema"]
    validate_shape(spec, schema, json.loads(answer.get_data()))
    assert client.post(RUN, headers=HERE, data={"colour": "red"}).status_code == 400
    elsewhere = client.post(RUN, headers={"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, elsewhere.mimetype) == (403, "application/problem+json")


def test_what_nobody_analysed_is_described_too(
    client: FlaskClient, browse: FakeBrowse, spec: dict[str, Any]
) -> None:
    browse.is_analysed, browse.rows = False, unanalysed(browse.rows)
    for reference in ("payments/api", "payments/api:1.4"):
        address = f"/api/v1/show?reference={reference}"
        check(spec, address, client.get(address).json)


@pytest.mark.parametrize("address,status", REFUSED)
def test_a_refusal_is_a_problem_as_described(
    client: FlaskClient, spec: dict[str, Any], address: str, status: int
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = json.loads(answer.get_data())
    validate_shape(spec, {"$ref": "#/components/schemas/ProblemDocument"}, problem)
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("error,status", [(StoreError("locked"), 503), (ValueError("x"), 500)])
def test_failures_are_problems_too(
    client: FlaskClient, browse: FakeBrowse, spec: dict[str, Any], error: Exception, status: int
) -> None:
    browse.error = error
    answer = client.get("/api/v1/rank")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = json.loads(answer.get_data())
    validate_shape(spec, {"$ref": "#/components/schemas/ProblemDocument"}, problem)


class Asked(Arguments):
    """Arguments that remember which of them were asked for."""

    names: set[str]

    def getlist(self, key: str, *rest: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *rest, **named)

    def get(self, key: str, *rest: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().get(key, *rest, **named)


def test_what_is_declared_is_what_is_read(
    client: FlaskClient, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: dict[str, set[str]] = {}
    real = described.given

    def remembered() -> Asked:
        from flask import request  # noqa: PLC0415 - the one of the request

        asked = Asked(real())
        rule = str(request.url_rule).replace("<path:base>", "{base}").replace("<kind>", "{kind}")
        asked.names = read.setdefault(rule, set())
        return asked

    monkeypatch.setattr(described, "given", remembered)
    used: dict[str, set[str]] = {}
    for address in ADDRESSES:
        assert client.get(address).status_code == 200
        path = urlsplit(address).path
        known = path if path in spec["paths"] else "/api/v1/bases/{base}"
        used.setdefault(known, set()).update(dict(parse_qsl(urlsplit(address).query)))
    assert client.post(f"{RUN}?registry=production", headers=HERE).status_code == 202
    used["/api/v1/schedules/{kind}/run"] = {"registry"}
    declared = {
        path: {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        for path, operation in described_operations(spec)
    }
    assert read == {path: names for path, names in declared.items() if path in read}
    assert used == declared
    assert set(read) == set(declared)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_parameter_that_is_not_declared_is_refused(client: FlaskClient, address: str) -> None:
    glue = "&" if "?" in address else "?"
    answer = client.get(f"{address}{glue}colour=red")
    assert answer.status_code == 400
    assert "colour" in json.loads(answer.get_data())["detail"]


def test_the_page_shows_every_route_and_every_shape_without_a_script(
    client: FlaskClient, spec: dict[str, Any]
) -> None:
    page = client.get("/api").get_data(as_text=True)
    for path, operation in described_operations(spec):
        assert f"{path}</code>" in page
        for parameter in operation["parameters"]:
            assert f"<code>{parameter['name']}</code>" in page
    for name in spec["components"]["schemas"]:
        assert f'id="{name}"' in page
    assert "//" not in page.replace("https://", "").replace("http://", "").partition("<main")[0]


# The same over a database that was really crawled.

_SETTINGS = """
[owners.rules.everybody]
team = "Everybody"
repositories = ["**"]
[budgets.everybody]
team = "Everybody"
amount = "0.01"
"""
FEW = frozenset({"library/python", "library/hello-world", "library/redis"})


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The pages over three repositories of the sample, crawled at three moments of their past."""
    folder = tmp_path_factory.mktemp("crawled")
    every = history_moments()
    with pytest.MonkeyPatch.context() as patch:
        sample = SampleRegistry.start(only=FEW)
        patch.setattr(run_demo, "SampleRegistry", SimpleNamespace(start=lambda port=0: sample))
        few = (every[0], every[len(every) // 2], every[-1])
        patch.setattr(run_demo, "history_moments", lambda: few)
        result = run_demo.prepare_demo(folder, history=True, listener=lambda _: None)
    sample.stop()
    file = folder / "auditor.toml"
    file.write_text(_SETTINGS)
    overrides = {"database_url": result.database_url}
    settings = load_settings(config_file=file, environment={}, overrides=overrides).settings
    ledger, browse = open_ledger(settings), open_browse(settings)
    schedules = open_service(settings, is_queue_needed=False).schedules
    app = create_app(
        browse, ledger, Outlook.over(ledger, settings), schedules, FakeCalculator(), version="1"
    )
    yield app.test_client()
    ledger.database.dispose()
    browse.database.dispose()
    schedules.database.dispose()


def answer_of(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.get_data())


def test_answers_over_a_crawled_database_are_what_is_described(crawled: FlaskClient) -> None:
    spec = description(crawled)
    (registry,) = answer_of(crawled, "/api/v1/registries")["registries"]
    name = registry["registry"]
    (first, *_) = answer_of(crawled, "/api/v1/rank?by=stored")["repositories"]
    repository, image = first["repository"], first["image_reference"]
    shown = answer_of(crawled, f"/api/v1/show?reference={repository}")
    one, two = [tag["tag"] for tag in shown["tag_list"] if tag["kind"] != "unreadable"][:2]
    month = registry["last_complete_at"][:7]
    bases = answer_of(crawled, "/api/v1/bases")["bases"]
    checked = 0
    for address in (
        *("/api/v1/rank", "/api/v1/rank?at=2017-06-01", "/api/v1/registries", "/api/v1/crawls"),
        *("/api/v1/alerts", "/api/v1/schedules"),
        f"/api/v1/show?reference={repository}:{image}",
        f"/api/v1/show?reference={repository}",
        f"/api/v1/diff?from={repository}:{one}&to={repository}:{two}",
        *("/api/v1/findings", "/api/v1/bases", "/api/v1/budgets", "/api/v1/prices"),
        *(f"/api/v1/bases/{one['id']}" for one in bases[:2]),
        f"/api/v1/changes?from=2017-08-01&to=2018-01-01&reference={repository}",
        "/api/v1/changes?from=2017-08-01&to=2018-01-01&team=Everybody",
        "/api/v1/changes?from=2017-08-01&to=2018-01-01",
        "/api/v1/anomalies?days=366",
        f"/api/v1/reconcile?registry={name}&billed=1GB",
        f"/api/v1/reconcile?registry={name}&invoice=3&currency=USD&month={month}",
        *(f"/api/v1/costs?month={month}&by={by}" for by in ("repository", "team", "registry")),
        *(f"/api/v1/costs?month={month}&allocation={way}" for way in ("exclusive", "logical")),
        f"/api/v1/usage?month={month}",
    ):
        check(spec, address, answer_of(crawled, address))
        checked += 1
    assert checked >= 24
    assert bases
    assert answer_of(crawled, "/api/v1/findings")["findings"]


def test_rows_of_costs_add_up_whoever_they_are_split_by(crawled: FlaskClient) -> None:
    sums = {
        by: sum(Decimal(row["cost"]["amount"]) for row in document["rows"])
        for by in ("repository", "team", "registry")
        for document in [answer_of(crawled, f"/api/v1/costs?by={by}")]
    }
    assert len(set(sums.values())) == 1
    assert sums["team"] > 0
