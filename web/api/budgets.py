"""`/api/v1/budgets`: what `auditor budgets --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.outlook import BudgetReport
from auditor.reports.budget_forms import budget_document
from auditor.reports.shapes.money import BudgetsDocument
from web.api.described import Operation, described
from web.browse_like import Site
from web.query import Arguments
from web.remembered import Remembered, state_of

_BUDGETS = Operation("budgets", "The running month against what may be spent", (BudgetsDocument,))


def blueprint(site: Site) -> Blueprint:
    """Return the route."""
    api = Blueprint("api_budgets", __name__)
    remembered: Remembered[BudgetReport] = Remembered()

    @described(api, "/api/v1/budgets", _BUDGETS)
    def budgets(_arguments: Arguments) -> Response:
        state = state_of(site.browse, site.now())
        return jsonify(budget_document(remembered.get(state, site.outlook.budgets)))

    return api
