"""`/schedules`: what is done by itself, when next, how it went; run now, pause, resume."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from auditor.domain.schedules import RunState
from auditor.reports.as_text.schedules import outcome_of
from auditor.reports.schedule_forms import state_of
from web.browse_like import Site

BADGES = {
    RunState.WAITING: "waiting",
    RunState.RUNNING: "running",
    RunState.DONE: "complete",
    RunState.FAILED: "failed",
    RunState.SKIPPED: "waiting",
    RunState.LOST: "failed",
}


def blueprint(site: Site) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("schedules", __name__)

    @pages.get("/schedules")
    def page() -> str:
        return render_template(
            "schedules.html",
            views=site.schedules.views(),
            state_of=state_of,
            outcome_of=outcome_of,
            badges=BADGES,
        )

    @pages.post("/schedules/<kind>/run")
    def run(kind: str) -> Response:
        site.schedules.request(kind, request.form.get("registry", ""))
        return _back(kind)

    @pages.post("/schedules/<kind>/pause")
    def pause(kind: str) -> Response:
        site.schedules.pause(kind)
        return _back(kind)

    @pages.post("/schedules/<kind>/resume")
    def resume(kind: str) -> Response:
        site.schedules.resume(kind)
        return _back(kind)

    return pages


def _back(kind: str) -> Response:
    """To the page, where one sees what came of it; loading that again changes nothing."""
    return redirect(url_for("schedules.page", _anchor=kind), code=303)
