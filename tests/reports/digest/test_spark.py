from __future__ import annotations

from datetime import timedelta

from auditor.domain.views import HistoryPoint
from auditor.reports.digest.spark import spark_png, spark_words
from tests.reports.digest_samples import END, full

PNG = b"\x89PNG\r\n\x1a\n"


def test_weeks_are_a_picture_of_twice_the_size() -> None:
    picture = spark_png(full().points, END)
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20]) == 2 * 552
    assert int.from_bytes(picture[20:24]) == 2 * 72
    assert len(picture) < 10_000


def test_less_than_a_line_is_no_picture() -> None:
    assert spark_png((), END) == b""
    assert spark_png((HistoryPoint(END, 5),), END) == b""
    assert spark_png((HistoryPoint(END, 0), HistoryPoint(END, 0)), END) == b""
    assert spark_words(()) == ""


def test_points_of_one_moment_are_drawn_too() -> None:
    points = (HistoryPoint(END, 5), HistoryPoint(END, 9))
    assert spark_png(points, END - timedelta(days=1)).startswith(PNG)
