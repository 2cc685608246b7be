"""A JUnit report: a suite per platform, a case per check.

Source: the XML schema of Jenkins' xUnit plugin (junit-10.xsd), which names what Maven Surefire
writes; GitLab and Jenkins read `testsuites`, `testsuite`, `testcase`, `failure`, `error`,
`skipped` and `system-out`.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.reports.gate.words import TITLES, platform_words, sentence, size_words, verdict

# What XML 1.0 cannot hold, section 2.2 "Characters", even written as a reference.
_NO_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = {
    CheckOutcome.FAILED: "failure",
    CheckOutcome.UNKNOWN: "error",
    CheckOutcome.SKIPPED: "skipped",
}


def junit_report(report: CheckReport) -> str:
    """The document, with its declaration."""
    root = ET.Element("testsuites", _counts([c for one in report.images for c in one.checks]))
    root.set("name", "auditor check")
    for image in report.images:
        _suite(root, report, image)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(root: ET.Element, report: CheckReport, image: CheckedImage) -> None:
    name = _text(f"{report.repository or report.reference} {platform_words(image)}")
    suite = ET.SubElement(root, "testsuite", {"name": name, **_counts(list(image.checks))})
    for check in image.checks:
        case = ET.SubElement(suite, "testcase", {"name": TITLES[check.rule], "classname": name, "time": "0"})  # fmt: skip
        if kind := _KINDS.get(check.outcome):
            told = ET.SubElement(case, kind, {"message": _text(sentence(check))})
            if kind != "skipped":
                told.set("type", check.rule)
                told.text = _text(sentence(check))
    out = ET.SubElement(suite, "system-out")
    out.text = _text(f"{verdict(report)}. A pull: {size_words(image)}")


def _counts(checks: list[PolicyCheck]) -> dict[str, str]:
    def count(outcome: CheckOutcome) -> str:
        return str(sum(check.outcome is outcome for check in checks))

    return {
        "tests": str(len(checks)),
        "failures": count(CheckOutcome.FAILED),
        "errors": count(CheckOutcome.UNKNOWN),
        "skipped": count(CheckOutcome.SKIPPED),
        "time": "0",
    }


def _text(text: str) -> str:
    return _NO_CHARACTERS.sub("\ufffd", text)
