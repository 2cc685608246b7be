from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.change import ChangeKind
from auditor.domain.weekly_digest import FindingNews, SizeChange, WeeklyDigest
from auditor.reports.digest.words import digest_page, percent_text
from tests.reports import digest_samples as samples

GB = samples.GB
LAST = "the last complete crawl was on Mon 23 Nov 2026, 04:30 UTC."


@pytest.mark.parametrize(
    "digest, subject",
    [
        (samples.full(), "Payments: 1.24 TB (+6.1 %), 3 new findings"),
        (samples.quiet(), "Registries: 1.24 TB (+0.0 %), nothing notable"),
        (samples.doubtful(), "Registries: 1.00 TB, not all was crawled"),
        (samples.first(), "Registries: 1.24 TB, 222 findings"),
        (samples.empty(), "Registries: nothing was crawled yet"),
        (replace(samples.quiet(), growers=samples.growers()), "Registries: 1.24 TB (+0.0 %)"),
        (
            replace(samples.full(), news=FindingNews(resolved_count=2)),
            "Payments: 1.24 TB (+6.1 %), 2 findings resolved",
        ),
        (replace(samples.full(), news=FindingNews(new_count=1)), "Payments: 1.24 TB (+6.1 %), 1 new finding"),
    ],
)  # fmt: skip
def test_a_subject_has_the_total_the_change_and_one_number(
    digest: WeeklyDigest, subject: str
) -> None:
    assert digest_page(digest).subject == subject


@pytest.mark.parametrize(
    "before, after, text",
    [
        (100, 106, "+6.0 %"),
        (1_000_000, 999_999, "+0.0 %"),
        (100, 50, "-50.0 %"),
        (100, 1_100, "11 times as much"),
        (0, 100, ""),
    ],
)
def test_a_change_in_percent(before: int, after: int, text: str) -> None:
    changed = replace(samples.quiet(), change=SizeChange(after, before, after))
    assert percent_text(changed) == text


def test_nothing_notable_is_one_line() -> None:
    page = digest_page(samples.quiet())
    assert (page.parts, page.doubts) == ((), ())
    assert page.summary == ("Nothing notable this week: 1.24 TB stored, 0 B in the week (+0.0 %).")


def test_what_was_not_crawled_is_said_first_and_no_drop_is_reported() -> None:
    page = digest_page(samples.doubtful())
    assert page.doubts == (
        f"a.example: the last crawl could not read all of it, 7 problems; {LAST}",
        "b.example: the last crawl failed; it was never crawled to the end.",
        "c.example: 3 tags seemed to be gone, which nobody has confirmed.",
        "d.example: the last complete crawl was on Mon 09 Nov 2026, 06:30 UTC.",
        "e.example: the last complete crawl was on Mon 09 Nov 2026, 06:30 UTC.",
        "1 other registry likewise.",
        "What was not crawled is not reported as gone.",
    )
    everything = f"{page.subject} {page.summary} {[row.value for row in page.facts]}"
    assert "-" not in everything.replace("a.example", "")
    assert "not known" in everything


def test_growth_that_was_seen_in_part_is_at_least_that() -> None:
    grown = replace(samples.doubtful(), change=SizeChange(1_300 * GB, 1_240 * GB, 1_300 * GB))
    page = digest_page(grown)
    assert page.summary == "1.30 TB stored, at least +60.0 GB in the week (+4.8 %)."
    assert page.facts[1].value == "at least +60.0 GB (+4.8 %)"


def test_a_grower_says_which_tag_and_which_build_step() -> None:
    rows = {row.label: row for part in digest_page(samples.full()).parts[:1] for row in part.rows}
    assert rows["payments/api"].value == "+12.0 GB on 40.0 GB"
    assert rows["payments/api"].notes == (
        "Mostly new tags, above all 1.5.",
        "Its biggest new layer, 2.11 GB: RUN pip install torch",
        "From 1.4 to 1.5, the image grew by 2.11 GB to 2.4 GB, by “RUN pip install torch”.",
        "It never grew like this in a day before.",
    )
    assert rows["payments/new"].value == "+3.00 GB, new"
    assert rows["payments/worker"].notes == (
        "Mostly images without a tag.",
        "Its biggest new layer has 1.00 GB.",
    )
    assert rows["payments/other"].notes == ("Mostly other reasons.",)
    assert rows["payments/web"].notes == ()
    assert [row.share for row in rows.values()][:2] == [1.0, 0.25]


def test_costs_and_budgets_say_what_to_expect() -> None:
    facts = {row.label: row.value for row in digest_page(samples.full()).facts}
    assert facts["Budget payments"] == "95% of 30.00 USD, likely over budget"
    assert facts["Budget all"] == "95% of 30.00 USD"
    costs = [row.value for row in digest_page(samples.full()).facts if row.label.startswith("Cost")]
    assert costs == [
        "28.40 USD so far, 35.12 USD expected by its end",
        "28.40 EUR so far, about 35.12 EUR expected by its end",
    ]
    first = digest_page(samples.first()).facts
    assert first[1].value == "not known"


def test_parts_are_bounded_and_say_what_is_left_out() -> None:
    parts = {part.title: part for part in digest_page(samples.full(), most_rows=1).parts}
    assert list(parts) == [
        *("What grew, and why", "New findings", "Resolved", "News of bases", "Frees most"),
    ]
    assert all(len(part.rows) == 1 for part in parts.values())
    assert parts["New findings"].more == "2 more"
    assert parts["New findings"].address == "/findings?team=Payments"
    assert [row.label for row in parts["Frees most"].rows] == ["team/app"]
    assert digest_page(samples.first()).parts[1].title == "Findings"


def test_moments_are_in_the_recipients_zone() -> None:
    page = digest_page(samples.full())
    assert page.period == "Mon 16 Nov 2026, 07:30 CET to Mon 23 Nov 2026, 07:30 CET"


def test_how_well_it_is_known_is_at_the_end() -> None:
    assert digest_page(samples.full()).quality == (
        "registry.example.com:5000: the last complete crawl was on Mon 23 Nov 2026, 05:30 CET.",
        "2 images wait to be analysed.",
    )
    many = replace(samples.quiet(), quality=(samples.GOOD,) * 7, news=FindingNews())
    assert digest_page(many).quality[-2:] == (
        "2 more registries, all crawled to the end this week.",
        "Images are not analysed yet, so that no findings are told.",
    )


@pytest.mark.parametrize("cause", list(ChangeKind))
def test_every_cause_has_words(cause: ChangeKind) -> None:
    grower = replace(samples.growers()[1], cause=cause)
    [part, *_] = digest_page(replace(samples.full(), growers=(grower,))).parts
    assert part.rows[0].notes[0].startswith("Mostly ")


def test_findings_say_what_they_save() -> None:
    row = samples.full().news.new[0]
    none = replace(row, stored_saving_bytes=-1, finding=replace(row.finding, claims=()))
    digest = replace(samples.full(), news=FindingNews((row, none), 2))
    part = digest_page(digest).parts[1]
    assert [one.value for one in part.rows] == ["16.2 MB per pull, 97.1 MB stored", "no bytes"]


def test_names_of_strangers_are_one_bounded_line_each() -> None:
    page = digest_page(samples.hostile(length=50))
    lines = [page.subject, page.title, page.summary, *page.doubts, *page.quality, page.reason]
    for row in [*page.facts, *(row for part in page.parts for row in part.rows)]:
        lines += [row.label, row.value, *row.notes]
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 260
    assert len(page.facts) <= 2 + 2 + 5
