from __future__ import annotations

from datetime import date

from auditor.catalogue.lifecycles import load_ends_of_life


def test_each_line_has_one_end_and_names_its_source() -> None:
    ends = load_ends_of_life()
    assert len({(end.product, end.cycle) for end in ends}) == len(ends)
    for end in ends:
        assert end.security_ends_on <= end.ends_on
        assert "@" in end.source
        assert end.as_of <= date(2026, 11, 26)


def test_free_long_term_support_counts_for_debian() -> None:
    (bookworm,) = (end for end in load_ends_of_life() if end.codename == "bookworm")
    assert bookworm.security_ends_on == date(2026, 6, 10)
    assert bookworm.ends_on == date(2028, 6, 10)
