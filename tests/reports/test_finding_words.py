from __future__ import annotations

from dataclasses import replace

from auditor.domain.finding_views import FindingsQuery
from auditor.domain.findings import Basis, Confidence, Evidence, EvidenceKind
from auditor.reports import finding_words
from tests.reports import finding_samples


def test_every_confidence_and_every_basis_has_words() -> None:
    assert set(finding_words.SURE) == set(Confidence)
    assert set(finding_words.KNOWN) == set(Basis)


def test_a_saving_carries_its_interval_where_there_is_one() -> None:
    found = finding_samples.apt_lists()
    assert finding_words.saving_words(found) == "16.2 MB (14.7 MB to 17.4 MB)"
    assert finding_words.saving_words(replace(found, low_bytes=None)) == "16.2 MB"
    assert finding_words.interval_words(replace(found, low_bytes=5, high_bytes=5)) == ""


def test_a_change_that_costs_bytes_says_so() -> None:
    plain, costly, rare = finding_samples.finding_rows()
    assert finding_words.stored_words(plain) == "97.1 MB"
    assert finding_words.stored_words(costly) == "costs ~ 28.2 MB more"
    assert finding_words.month_words(plain) == "0.0022 USD"
    assert finding_words.month_words(costly) == finding_words.month_words(rare) == ""


def test_seconds_that_nobody_notices_are_not_mentioned() -> None:
    assert finding_words.start_words(0.05) == ""
    assert finding_words.start_words(0.65) == "0.7 s"


def test_evidence_says_where_it_is() -> None:
    step = Evidence(EvidenceKind.STEP, "x", layer=2, size_bytes=1_000)
    assert finding_words.place_words(step) == "layer 3, 1.00 kB"
    assert finding_words.place_words(Evidence(EvidenceKind.TAG, "x")) == "tag"


def test_layers_are_those_claimed_and_those_named() -> None:
    found = replace(
        finding_samples.single_stage(),
        evidence=(Evidence(EvidenceKind.STEP, "x", layer=5), Evidence(EvidenceKind.TAG, "y")),
    )
    assert finding_words.touched_layers(found) == (1, 2, 5)


def test_an_image_without_a_tag_goes_by_its_digest() -> None:
    row = finding_samples.finding_row()
    assert finding_words.image_name(row) == "team/app:1.4"
    assert finding_words.image_name(replace(row, tag="")) == f"team/app@{row.digest.short}"


def test_what_was_asked_is_said_in_words() -> None:
    query = FindingsQuery(
        registry="h",
        repository="r",
        text="t",
        team="Payments",
        rule="apt",
        confidence=Confidence.HIGH,
        minimum_bytes=10**6,
    )
    assert finding_words.asked_words(finding_samples.not_analysed(query)) == (
        "rule apt, team Payments, registry h, repository r, “t” in the name, at least 1.00 MB, "
        "confidence high"
    )
    assert finding_words.asked_words(finding_samples.not_analysed()) == ""


def test_images_that_wait_are_said() -> None:
    page = finding_samples.findings_page()
    assert finding_words.waiting_words(page).startswith("3 images wait to be analysed")
    assert finding_words.waiting_words(replace(page, waiting_images=0)) == ""
