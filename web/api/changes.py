"""`/api/v1/changes`: what `auditor changes --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.domain.errors import UsageError
from auditor.domain.reference import ImageReference
from auditor.reports.as_json import change_document
from web.browse_like import Site
from web.query import moment, required, text


def blueprint(site: Site) -> Blueprint:
    """Return the route: a repository where a reference is named, a team, else a registry."""
    api = Blueprint("api_changes", __name__)

    @api.get("/api/v1/changes")
    def changes() -> Response:
        required(request.args, "from")
        start = moment(request.args, now=site.now(), name="from")
        end = moment(request.args, now=site.now(), name="to") or site.now()
        named, team = text(request.args, "reference"), text(request.args, "team")
        registry, repository = text(request.args, "registry"), ""
        if named and team:
            raise UsageError(
                "a repository or a team can be explained",
                next_step="Write reference=REPOSITORY or team=TEAM.",
            )
        if team:
            found = site.outlook.team_changes(team, registry, start=start or end, end=end)
            return jsonify(change_document(found))
        if named:
            reference = _repository(site, named, registry)
            registry, repository = reference.registry, reference.repository
        change = site.browse.changes(registry, repository, start=start or end, end=end)
        return jsonify(change_document(change))

    return api


def _repository(site: Site, named: str, registry: str) -> ImageReference:
    reference = site.browse.resolve(named)
    if registry or reference.tag or reference.digest:
        raise UsageError(
            "a repository or a registry can be explained",
            next_step="Write reference=REPOSITORY or registry=NAME.",
        )
    return reference
