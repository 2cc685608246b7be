"""`/api/v1/registries`, `/api/v1/crawls` and `/api/v1/prices`: what there is, and its state."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.reports.crawl_forms import crawls_status_document, registries_document
from auditor.reports.price_forms import price_document
from auditor.reports.shapes.crawls import CrawlsStatusDocument, RegistriesDocument
from auditor.reports.shapes.money import PricesDocument
from web.api.described import REGISTRY, Operation, described, number
from web.browse_like import Site
from web.query import Arguments, limit_of, text

MOST_CRAWLS = 100
RECENT_CRAWLS = 10
_REGISTRIES = Operation(
    "registries", "Every registry with its totals and its price", (RegistriesDocument,)
)
_CRAWLS = Operation(
    "crawls",
    "How crawls went: the last complete one, the running one, and what could not be read",
    (CrawlsStatusDocument,),
    (
        REGISTRY,
        number(
            "limit",
            "How many crawls of each registry.",
            least=1,
            most=MOST_CRAWLS,
            default=RECENT_CRAWLS,
        ),
    ),
)
_PRICES = Operation("prices", "What registries are charged by, and were", (PricesDocument,))


def blueprint(site: Site) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api_registries", __name__)

    @described(api, "/api/v1/registries", _REGISTRIES)
    def registries(_arguments: Arguments) -> Response:
        return jsonify(registries_document(site.browse.all_registries()))

    @described(api, "/api/v1/crawls", _CRAWLS)
    def crawls(arguments: Arguments) -> Response:
        limit = limit_of(arguments, default=RECENT_CRAWLS, most=MOST_CRAWLS)
        statuses = site.outlook.crawls(text(arguments, "registry"), limit)
        return jsonify(crawls_status_document(statuses))

    @described(api, "/api/v1/prices", _PRICES)
    def prices(_arguments: Arguments) -> Response:
        return jsonify(price_document(site.outlook.prices(), site.now().date()))

    return api
