from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across.found import (
    MOST_LETTERS,
    AcrossFinding,
    FreedBlob,
    disjoint_stored_bytes,
    key_of,
    quoted,
    step_key,
)
from auditor.domain.findings import Basis, Breadth, Confidence, Finding
from tests.analysis.across.pushes import digest

FINDING = Finding(
    *("rule", "key", "what", "fix", (), (), 0),
    Confidence.HIGH,
    Basis.MEASURED,
    Breadth.LAYER,
)


def found(*blobs: FreedBlob) -> AcrossFinding:
    return AcrossFinding("team/app", digest("image"), FINDING, 1, blobs)


def test_a_blob_that_two_findings_free_counts_for_the_first() -> None:
    first = found(FreedBlob(digest("a"), 5), FreedBlob(digest("b"), 7))
    second = found(FreedBlob(digest("b"), 7), FreedBlob(digest("c"), 1))
    assert disjoint_stored_bytes([first, second]) == (12, 1)
    assert (first.stored_saving_bytes, second.stored_saving_bytes) == (12, 8)


def test_a_blob_is_stored_once_in_each_scope() -> None:
    blobs = FreedBlob(digest("a"), 5, "one"), FreedBlob(digest("a"), 5, "two")
    assert disjoint_stored_bytes([found(*blobs)]) == (10,)


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=6))
def test_disjoint_savings_add_up_to_the_union(findings: list[list[int]]) -> None:
    made = [found(*(FreedBlob(digest(str(n)), n) for n in numbers)) for numbers in findings]
    assert sum(disjoint_stored_bytes(made)) == sum({n for numbers in findings for n in numbers})


def test_quotes_and_keys_are_cut() -> None:
    assert quoted("") == "an unknown step"
    assert quoted("RUN x") == "“RUN x”"
    assert len(quoted("x" * 500)) == 82
    assert len(key_of("line", "x" * 500)) == MOST_LETTERS


def test_a_step_is_hashed_in_a_key() -> None:
    found = step_key("#-slim", "RUN curl https://user:hidden@h.example \ud800")
    assert found.startswith("#-slim ")
    assert "hidden" not in found


def test_the_hash_of_a_copy_is_cut_in_words() -> None:
    step = "COPY dir:d872a997a0e2fae32d2b06f558a121da in /app"
    assert quoted(step) == "“COPY dir:d872a9… in /app”"
    assert quoted("COPY dir:d87 http://host/x in .") == "“COPY dir:d87 http://host/x in .”"
