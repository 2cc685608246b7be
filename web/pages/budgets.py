"""`/budgets`: the running month against what teams and repositories may spend."""

from __future__ import annotations

from flask import Blueprint, render_template

from auditor.domain.exactness import Exactness
from auditor.domain.outlook import BudgetLevel, BudgetReport
from auditor.reports.as_text.budgets import MEANING, ROUGH, TOO_SHORT
from web.banners import banners_for
from web.browse_like import Site
from web.remembered import Remembered, state_of

WORDS = {
    BudgetLevel.OVER: ("Over", "more is spent than the month's budget"),
    BudgetLevel.LIKELY_OVER: ("Likely over", "the month is expected to end above its budget"),
    BudgetLevel.UNDER: ("Under", "below its budget"),
}


def blueprint(site: Site) -> Blueprint:
    """Return the route of the budgets."""
    pages = Blueprint("budgets", __name__)
    remembered: Remembered[BudgetReport] = Remembered()

    @pages.get("/budgets")
    def page() -> str:
        now = site.now()
        report = remembered.get(state_of(site.browse, now), site.outlook.budgets)
        forecasts = [state.forecast for state in report.states]
        return render_template(
            "budgets.html",
            report=report,
            words=WORDS,
            exact=Exactness.EXACT,
            rough=Exactness.ESTIMATED,
            counts=[
                (words, sum(state.state is level for state in report.states))
                for level, (words, _) in WORDS.items()
            ],
            legend=[
                sentence
                for sentence, is_needed in (
                    (MEANING, any(one.expected is not None for one in forecasts)),
                    (ROUGH, any(one.is_rough for one in forecasts)),
                    (TOO_SHORT, any(one.expected is None for one in forecasts)),
                )
                if is_needed
            ],
            banners=banners_for(site.browse.registries(), now=now),
        )

    return pages
