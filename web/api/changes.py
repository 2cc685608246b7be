"""`/api/v1/changes`: what `auditor changes --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.errors import UsageError
from auditor.domain.reference import ImageReference
from auditor.reports.as_json import change_document
from auditor.reports.shapes.places import ChangeDocument
from web.api.described import Operation, date, described, text
from web.browse_like import Site
from web.query import Arguments, moment, required
from web.query import text as text_of

_CHANGES = Operation(
    "changes",
    "Why stored bytes, or a team's share of them, changed",
    (ChangeDocument,),
    (
        date("from", "Since when.", is_required=True),
        date("to", "Until when; now without it."),
        text("reference", "One repository."),
        text("team", "One team."),
        text("registry", "A registry as a whole, or where to look for the team."),
    ),
)


def blueprint(site: Site) -> Blueprint:
    """Return the route: a repository where a reference is named, a team, else a registry."""
    api = Blueprint("api_changes", __name__)

    @described(api, "/api/v1/changes", _CHANGES)
    def changes(arguments: Arguments) -> Response:
        required(arguments, "from")
        start = moment(arguments, now=site.now(), name="from")
        end = moment(arguments, now=site.now(), name="to") or site.now()
        named, team = text_of(arguments, "reference"), text_of(arguments, "team")
        registry, repository = text_of(arguments, "registry"), ""
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
