from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports import as_json
from auditor.reports.sarif import fingerprint, sarif_document
from tests.reports import finding_samples
from tests.reports.approved import assert_matches_snapshot
from tests.reports.samples import digest
from tests.reports.sarif_structure import complaints


def _document(page: Any) -> Any:
    return json.loads(as_json.dump(sarif_document(page, program_version="1.2.3")))


def _sample() -> Any:
    return _document(finding_samples.findings_page())


def test_findings_as_sarif_are_as_approved() -> None:
    page = finding_samples.findings_page()
    text = as_json.dump(sarif_document(page, program_version="1.2.3"))
    assert_matches_snapshot("findings.sarif.json", text)


@pytest.mark.parametrize(
    "page",
    [
        finding_samples.findings_page(),
        finding_samples.findings_page(finding_samples.hostile_rows()),
        finding_samples.findings_page(()),
        finding_samples.not_analysed(),
    ],
    ids=["plain", "hostile", "empty", "not analysed"],
)
def test_every_document_keeps_to_the_standard(page: Any) -> None:
    assert complaints(_document(page)) == []


@given(st.text(), st.text(max_size=30))
def test_no_text_from_a_registry_breaks_the_standard(text: str, name: str) -> None:
    finding = replace(
        finding_samples.apt_lists(), what=text, fix=text, key=text, dockerfile=(text,)
    )
    row = replace(finding_samples.finding_row(finding, name or "a"), registry="h:5000", tag=text)
    assert complaints(_document(finding_samples.findings_page((row,)))) == []


def _spoilt() -> list[tuple[str, Any]]:
    documents = {}
    for name in (
        *("version", "level", "no location", "absolute", "line", "unknown", "index"),
        *("brace", "link", "twice"),
    ):
        documents[name] = deepcopy(_sample())
    run = {name: document["runs"][0] for name, document in documents.items()}
    result = {name: one["results"][0] for name, one in run.items()}
    documents["version"]["version"] = "2.0.0"
    result["level"]["level"] = "fatal"
    result["no location"]["locations"] = []
    where = result["absolute"]["locations"][0]["physicalLocation"]
    where["artifactLocation"]["uri"] = "h:5000/app"
    result["line"]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    result["unknown"]["colour"] = "red"
    result["index"]["ruleIndex"] = 1
    result["brace"]["message"]["text"] = "{0}"
    result["link"]["message"]["text"] = "[a](b)"
    rules = run["twice"]["tool"]["driver"]["rules"]
    rules.append(rules[0])
    return list(documents.items())


@pytest.mark.parametrize("name,document", _spoilt())
def test_the_check_sees_what_breaks_the_standard(name: str, document: Any) -> None:
    assert complaints(document) != [], name


def test_a_result_is_recognised_in_the_next_release_and_told_from_its_like() -> None:
    row = finding_samples.finding_row()
    later = replace(row, tag="1.5", digest=digest(7), images=25, stored_saving_bytes=1)
    assert fingerprint(row) == fingerprint(later)
    others = [
        replace(row, repository="team/ap", registry=f"{row.registry}p"),
        replace(row, platform=None),
        replace(row, finding=replace(row.finding, key="another step")),
        replace(row, finding=replace(row.finding, rule="apt")),
        *finding_samples.hostile_rows(),
    ]
    assert len({fingerprint(one) for one in (row, *others)}) == len(others) + 1


def test_what_is_sure_warns_and_nothing_fails_a_build() -> None:
    levels = [result["level"] for result in _sample()["runs"][0]["results"]]
    assert levels == ["note", "warning", "note"]


def test_a_rule_that_is_no_longer_known_keeps_its_name() -> None:
    page = replace(finding_samples.findings_page(), rules=())
    result = _document(page)["runs"][0]["results"][0]
    assert (result["ruleId"], "ruleIndex" in result) == ("apt-lists-kept", False)
