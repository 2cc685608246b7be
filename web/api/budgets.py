"""`/api/v1/budgets`: what `auditor budgets --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.outlook import BudgetReport
from auditor.reports.budget_forms import budget_document
from web.browse_like import Site
from web.remembered import Remembered, state_of


def blueprint(site: Site) -> Blueprint:
    """Return the route."""
    api = Blueprint("api_budgets", __name__)
    remembered: Remembered[BudgetReport] = Remembered()

    @api.get("/api/v1/budgets")
    def budgets() -> Response:
        state = state_of(site.browse, site.now())
        return jsonify(budget_document(remembered.get(state, site.outlook.budgets)))

    return api
