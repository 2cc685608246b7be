"""`/calculator`: what an image will weigh, from its address or from files that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint, Response, make_response, render_template, request, url_for

from auditor.domain.errors import (
    AuditorError,
    IndexFailureError,
    UnknownReferenceError,
    UsageError,
)
from auditor.domain.estimates import Alternative, Compression, Estimate, ListFile
from auditor.reports.as_text import estimate as words
from auditor.reports.estimate_forms import estimate_lines
from auditor.reports.phrases import money_text
from web.api.described import FILES
from web.banners import banners_for
from web.browse_like import Site
from web.errors import RETRY_SECONDS
from web.estimate_bars import choice_bars, part_bars, unpacked_known
from web.estimate_query import (
    BUILT,
    BYTES_PER_MBIT,
    LONGEST_LIST,
    MOST_FILE_BYTES,
    OF_FILES,
    EstimateFields,
    as_fields,
    sent_files,
)
from web.turns import BusyError

_PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")
_EXAMPLES = (
    EstimateFields(base="python:3.12", pip="flask, gunicorn"),
    EstimateFields(base="node:22-slim", npm="express"),
    EstimateFields(base="debian:trixie-slim", apt="curl, ca-certificates", files="12MB"),
)
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """An estimate, or why there is none; `near` are (name, address).

    `fields` ask for what was found without the files, None where they cannot.
    """

    found: Estimate | None = None
    fields: EstimateFields | None = None
    refusal: AuditorError | None = None
    near: tuple[tuple[str, str], ...] = ()
    status: HTTPStatus = HTTPStatus.OK


def blueprint(site: Site) -> Blueprint:
    """Return the routes: fields are in the address, files are sent and kept nowhere."""
    pages = Blueprint("calculator", __name__)

    @pages.get("/calculator")
    def page() -> Response:
        fields = EstimateFields.read(request.args)
        answer = _estimate(site, fields) if fields.is_question else Answer()
        return _page(site, fields, answer)

    @pages.post("/calculator")
    def send() -> Response:
        fields = EstimateFields.read(request.form)
        try:
            sent = sent_files(request.files)
            if not sent:
                raise UsageError("no file was chosen", next_step="choose one")  # noqa: TRY301
        except UsageError as error:
            return _page(site, fields, Answer(refusal=error, status=HTTPStatus.BAD_REQUEST))
        answer = _estimate(site, fields, sent)
        if answer.refusal and answer.status is HTTPStatus.OK:
            answer = replace(answer, status=HTTPStatus.BAD_REQUEST)
        return _page(site, fields, answer, sent)

    @pages.get("/calculator.csv")
    def csv() -> Response:
        fields = EstimateFields.read(request.args)
        found = site.calculator.estimate(fields.request(site.usual_estimate))
        response = Response("".join(estimate_lines(found)), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="estimate.csv"'
        return response

    return pages


def _estimate(site: Site, fields: EstimateFields, sent: Sequence[ListFile] = ()) -> Answer:
    """What is found, or what was refused; a database that cannot be read is a page of its own."""
    try:
        found = site.calculator.estimate(fields.request(site.usual_estimate, sent))
    except UsageError as error:
        return Answer(refusal=error, near=_near(site, fields, error))
    except (IndexFailureError, BusyError) as error:
        return Answer(refusal=error, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return Answer(found, as_fields(fields, found) if sent else fields)


def _near(site: Site, fields: EstimateFields, error: UsageError) -> tuple[tuple[str, str], ...]:
    """Names that may have been meant, each with the same question about it."""
    if not isinstance(error, UnknownReferenceError):
        return ()
    registries = {crawl.registry for crawl in site.browse.registries()}
    return tuple(
        (name, _address(fields, **{"registry" if name in registries else "base": name}))
        for name in error.candidates[:_NEAR]
    )


def _address(fields: EstimateFields, **changes: str) -> str:
    parts: dict[str, str] = fields.arguments(**changes)
    return url_for("calculator.page", **parts, _anchor="answer")  # type: ignore[arg-type]


def _page(
    site: Site, fields: EstimateFields, answer: Answer, sent: Sequence[ListFile] = ()
) -> Response:
    crawls = site.browse.registries()
    found, linked = answer.found, answer.fields

    def address_of(one: Alternative) -> str:
        other = linked.otherwise(one) if linked else None
        return _address(other) if other else ""

    html = render_template(
        "calculator.html",
        fields=fields,
        found=found,
        linked=linked,
        refusal=answer.refusal,
        near=answer.near,
        sent=tuple(one.name for one in sent),
        unsent=request.args.get(FILES, "")[:200],
        more=fields.said(*BUILT),
        is_of_files=bool(sent or fields.said(*OF_FILES)),
        unpacked=unpacked_known(found) if found else None,
        parts_of=part_bars(found) if found else (),
        choices=choice_bars(found, address_of) if found else (),
        words=words,
        money=money_text,
        examples=tuple((one, _address(one)) for one in _EXAMPLES),
        link_address=_address(linked) if linked and sent else "",
        bases=site.calculator.known_bases(),
        platforms=_offered(fields.platform, str(site.usual_estimate.platform), _PLATFORMS),
        compressions=tuple(Compression),
        registries=_offered(fields.registry, "", tuple(crawl.registry for crawl in crawls)),
        usual_mbit=site.usual_estimate.usage.link_bytes_per_second / BYTES_PER_MBIT,
        longest=LONGEST_LIST,
        most_megabytes=MOST_FILE_BYTES // 10**6,
        banners=banners_for(
            (one for one in crawls if found and one.registry == found.registry), now=site.now()
        ),
    )
    response = make_response(html)
    response.status_code = answer.status
    if answer.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _offered(asked: str, usual: str, known: Sequence[str]) -> tuple[str, ...]:
    """The usual first, then those known, and what was asked for among them."""
    return tuple(dict.fromkeys(one for one in (usual, *known, asked) if one))
