"""`/api/v1/reconcile`: what `auditor reconcile --format json` prints of a bill."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.domain.errors import UsageError
from auditor.reports.reconciliation_forms import reconciliation_document
from web.bills import BillFields
from web.browse_like import Site
from web.query import required


def blueprint(site: Site) -> Blueprint:
    """Return the route: amounts only; storages are read by the command."""
    api = Blueprint("api_reconcile", __name__)

    @api.get("/api/v1/reconcile")
    def reconcile() -> Response:
        registry = required(request.args, "registry")
        fields = BillFields.read(request.args)
        if not fields.has_figure:
            raise UsageError(
                "there is nothing to compare with",
                next_step="Write billed=BYTES or invoice=AMOUNT.",
            )
        found = site.outlook.reconcile(registry, fields.bill(), None)
        return jsonify(reconciliation_document(found))

    return api
