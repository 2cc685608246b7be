"""Findings in words that terminals, pages and SARIF share."""

from __future__ import annotations

from auditor.domain.finding_views import FindingRow, FindingsPage
from auditor.domain.findings import Basis, Confidence, Evidence, Finding
from auditor.domain.units import format_bytes
from auditor.reports.phrases import count_text, money_text, size_text

NOT_ANALYSED_YET = "Not analysed yet: run `auditor audit REGISTRY`."
SURE = {
    Confidence.HIGH: "high: right nine times in ten",
    Confidence.MEDIUM: "medium: right most of the time",
    Confidence.LOW: "low: a hint, look before you change anything",
}
KNOWN = {
    Basis.MEASURED: "measured on these bytes",
    Basis.FROM_CATALOGUE: "taken from the other image's size",
    Basis.MODELLED: "estimated by a model",
}
MEANING = (
    "A pull: what a node that has nothing yet downloads less. Stored: what leaves the registry "
    "when all its images are built that way, net of what others share; below zero it costs bytes."
)


def saving_words(finding: Finding) -> str:
    """What one pull saves, with its interval where a model has one: `48 MB (40 MB to 55 MB)`."""
    saved = format_bytes(finding.pull_saving_bytes)
    between = interval_words(finding)
    return f"{saved} ({between})" if between else saved


def interval_words(finding: Finding) -> str:
    """Where eight in ten true savings lie, empty where the figure has no spread."""
    low, high = finding.low_bytes, finding.high_bytes
    if low is None or high is None or low == high:
        return ""
    return f"{format_bytes(low)} to {format_bytes(high)}"


def stored_words(row: FindingRow) -> str:
    """What leaves the registry; said in words where the change costs bytes."""
    if row.stored_saving_bytes < 0:
        return f"costs {size_text(-row.stored_saving_bytes, row.stored_exactness)} more"
    return size_text(row.stored_saving_bytes, row.stored_exactness)


def month_words(row: FindingRow) -> str:
    """Money a month, empty where there is no price or nothing to save."""
    amount = row.monthly_saving
    return "" if amount is None or amount <= 0 else money_text(amount, row.currency)


def start_words(seconds: float) -> str:
    """How much earlier a cold node starts, empty below a tenth of a second."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else ""  # noqa: PLR2004 - not worth a word


def touched_layers(finding: Finding) -> tuple[int, ...]:
    """Positions of the layers that a finding claims bytes of or names, lowest first."""
    claimed = {claim.layer for claim in finding.claims}
    named = {one.layer for one in finding.evidence if one.layer is not None}
    return tuple(sorted(claimed | named))


def image_name(row: FindingRow) -> str:
    """The image that tells the finding, without its registry: `team/app:1.4`."""
    return f"{row.repository}{f':{row.tag}' if row.tag else f'@{row.digest.short}'}"


def place_words(evidence: Evidence) -> str:
    """What a piece of evidence is: `layer 3, 48 MB`, `base`, `tag`."""
    parts = [
        evidence.kind.value if evidence.layer is None else f"layer {evidence.layer + 1}",
        "" if evidence.size_bytes is None else format_bytes(evidence.size_bytes),
    ]
    return ", ".join(part for part in parts if part)


def waiting_words(page: FindingsPage) -> str:
    """That something may be missing, empty where all images are analysed."""
    if not page.waiting_images:
        return ""
    images = count_text(page.waiting_images, "image waits", "images wait")
    return f"{images} to be analysed: something may be missing."


def asked_words(page: FindingsPage) -> str:
    """What was asked for besides everything, empty where nothing was: ` with rule apt…`."""
    query = page.query
    parts = [
        f"rule {query.rule}" if query.rule else "",
        f"team {query.team}" if query.team else "",
        f"registry {query.registry}" if query.registry else "",
        f"repository {query.repository}" if query.repository else "",
        f"“{query.text}” in the name" if query.text else "",
        f"at least {format_bytes(query.minimum_bytes)}" if query.minimum_bytes else "",
        f"confidence {query.confidence}" if query.confidence is not Confidence.LOW else "",
    ]
    return ", ".join(part for part in parts if part)
