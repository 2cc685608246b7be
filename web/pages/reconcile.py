"""`/reconcile`: what should be stored against a bill, or against a list of a bucket's keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock

from flask import Blueprint, Response, make_response, render_template, request

from auditor.domain.errors import UsageError
from auditor.domain.holdings import Inventory
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.reports.as_text.reconciliation import ACTUAL, NAMES, notes_of
from web.banners import banners_for
from web.bills import BillFields
from web.browse_like import Site
from web.query import text
from web.uploads import MOST_SENT_BYTES, unpacked

_THE_LIST = "the list"
_LIST_ADVICE = "look at the list, and at what is written about its columns and folder"


@dataclass(frozen=True, slots=True)
class Answer:
    """A comparison, or why there is none."""

    found: Reconciliation | None = None
    refusal: str = ""


def blueprint(site: Site) -> Blueprint:
    """Return the routes: amounts are in the address, a list is sent and kept nowhere."""
    pages = Blueprint("reconcile", __name__)
    one_at_a_time = Lock()

    @pages.get("/reconcile")
    def page() -> Response:
        fields = BillFields.read(request.args)
        return _page(site, fields, _compare(site, fields) if fields.has_figure else Answer())

    @pages.post("/reconcile")
    def send() -> Response:
        fields = BillFields.read(request.form)
        if not one_at_a_time.acquire(blocking=False):
            refusal = "another list is being compared; try again in a minute"
            return _page(site, fields, Answer(refusal=refusal), HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            return _page(site, fields, _compare_list(site, fields))
        finally:
            one_at_a_time.release()

    return pages


def _compare(site: Site, fields: BillFields) -> Answer:
    try:
        return Answer(site.outlook.reconcile(_registry(site, fields), fields.bill(), None))
    except UsageError as error:
        return Answer(refusal=str(error))


def _compare_list(site: Site, fields: BillFields) -> Answer:
    """With what a visitor sent; its place on this machine is told to nobody."""
    sent = request.files.get("inventory")
    try:
        if sent is None or not sent.filename:
            raise UsageError("no list was chosen", next_step="choose a file")  # noqa: TRY301
        registry, bill = _registry(site, fields), replace(fields, month="").bill()
        columns = text(request.form, "columns")
        prefix = text(request.form, "prefix").strip() or None
        with unpacked(sent) as path:
            return _of_list(site, registry, bill, Inventory(str(path), columns, prefix))
    except UsageError as error:
        return Answer(refusal=str(error))


def _of_list(site: Site, registry: str, bill: Bill, inventory: Inventory) -> Answer:
    try:
        found = site.outlook.reconcile(registry, bill, inventory)
    except UsageError as error:
        told = error.message.replace(repr(inventory.path), _THE_LIST)
        raise UsageError(told, next_step=_LIST_ADVICE) from error
    unread = (
        replace(one, where=one.where.replace(inventory.path, _THE_LIST)) for one in found.unread
    )
    return Answer(replace(found, unread=tuple(unread)))


def _registry(site: Site, fields: BillFields) -> str:
    """The one asked about, else the only one; raises UsageError where there are several."""
    if fields.registry:
        return fields.registry
    crawls = site.browse.registries()
    if len(crawls) != 1:
        raise UsageError("it is not said which registry", next_step="choose one")
    return crawls[0].registry


def _page(
    site: Site, fields: BillFields, answer: Answer, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    crawls = site.browse.registries()
    if answer.refusal and status is HTTPStatus.OK:
        status = HTTPStatus.BAD_REQUEST
    html = render_template(
        "reconcile.html",
        fields=fields,
        found=answer.found,
        refusal=answer.refusal,
        names=NAMES,
        actual=ACTUAL,
        notes=notes_of(answer.found) if answer.found else (),
        registries=tuple(crawl.registry for crawl in crawls),
        this_month=f"{site.now():%Y-%m}",
        most_mebibytes=MOST_SENT_BYTES // 1024 // 1024,
        banners=banners_for(crawls, now=site.now()),
    )
    response = make_response(html)
    response.status_code = status
    return response
