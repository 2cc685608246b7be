"""`/api/v1/reconcile`: what `auditor reconcile --format json` prints of a bill."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.errors import UsageError
from auditor.reports.reconciliation_forms import reconciliation_document
from auditor.reports.shapes.money import ReconciliationDocument
from web.api.described import Operation, described, text
from web.bills import BillFields
from web.browse_like import Site
from web.query import Arguments, required

_RECONCILE = Operation(
    "reconcile",
    "What should be stored against what is billed",
    (ReconciliationDocument,),
    (
        text("registry", "Which registry.", is_required=True),
        text("billed", "Bytes on the bill, such as 120GB."),
        text("invoice", "The amount of the bill."),
        text("currency", "That of the invoice, such as EUR."),
        text("month", "The month of the bill, 2026-11; without one: what is stored now."),
    ),
)


def blueprint(site: Site) -> Blueprint:
    """Return the route: amounts only; storages are read by the command."""
    api = Blueprint("api_reconcile", __name__)

    @described(api, "/api/v1/reconcile", _RECONCILE)
    def reconcile(arguments: Arguments) -> Response:
        registry = required(arguments, "registry")
        fields = BillFields.read(arguments)
        if not fields.has_figure:
            raise UsageError(
                "there is nothing to compare with",
                next_step="Write billed=BYTES or invoice=AMOUNT.",
            )
        found = site.outlook.reconcile(registry, fields.bill(), None)
        return jsonify(reconciliation_document(found))

    return api
