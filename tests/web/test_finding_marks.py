from __future__ import annotations

from dataclasses import replace

from auditor.domain.finding_views import ImageFindings
from auditor.domain.findings import Claim
from auditor.domain.reference import ImageReference
from tests.web.fake_findings import apt_lists, image_findings, slimmer_base
from tests.web.fake_views import AMD64, image_view, row
from web.finding_marks import Mark, layer_marks
from web.waterfall import bars

VIEW = image_view(row(0, "payments/api"), ImageReference("payments/api", tag="1"), AMD64)
BARS = bars(VIEW)


def test_a_layer_has_a_mark_per_finding_and_the_part_of_its_bar_that_would_go() -> None:
    marks = layer_marks(image_findings(VIEW), BARS)
    assert sorted(marks) == [0, 1, 2, 5, 6]
    both = marks[1]
    assert both.marks == (Mark(3, 13_000_000), Mark(4, 16_181_512))
    assert both.width == round(BARS[1].width * 29_181_512 / 64_112_004, 3)
    assert all(found.width <= BARS[position].width for position, found in marks.items())


def test_a_layer_that_is_only_named_has_a_mark_without_bytes() -> None:
    found = ImageFindings((replace(apt_lists(), claims=()),), 0, 0.0)
    assert layer_marks(found, BARS)[1].marks == (Mark(1, 0),)
    assert layer_marks(found, BARS)[1].width == 0


def test_claims_on_more_than_there_is_fill_the_bar_and_no_more() -> None:
    empty = replace(slimmer_base(), claims=(Claim(3, 10**9), Claim(99, 5)))
    marks = layer_marks(ImageFindings((empty,), 0, 0.0), BARS)
    assert marks[3].width == BARS[3].width
    assert list(marks) == [3]


def test_a_layer_without_bytes_has_no_width() -> None:
    nothing = replace(VIEW, layers=(replace(VIEW.layers[0], size_bytes=0),))
    found = ImageFindings((replace(slimmer_base(), claims=(Claim(0, 5),)),), 0, 0.0)
    assert layer_marks(found, bars(nothing))[0].width == 0
    assert layer_marks(None, BARS) == {}
