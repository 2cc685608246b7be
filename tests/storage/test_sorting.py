from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.storage.sorting import DigestSorter

ENTRIES = st.lists(st.tuples(st.binary(max_size=70), st.integers(0, 2**64 - 1)))


@given(ENTRIES, st.integers(1, 5))
def test_entries_come_back_in_order_as_often_as_asked(
    entries: list[tuple[bytes, int]], run_length: int
) -> None:
    with DigestSorter(run_length) as sorter:
        for entry in entries:
            sorter.add(*entry)
        assert list(sorter) == sorted(entries)
        assert list(sorter) == sorted(entries)


def test_a_digest_that_begins_another_comes_first_whatever_the_numbers() -> None:
    with DigestSorter(1) as sorter:
        for entry in ((b"ab", 0), (b"a", 2**40), (b"a", 3)):
            sorter.add(*entry)
        assert list(sorter) == [(b"a", 3), (b"a", 2**40), (b"ab", 0)]
