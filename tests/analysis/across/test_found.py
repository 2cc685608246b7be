from __future__ import annotations

from auditor.analysis.across.found import (
    MOST_LETTERS,
    AcrossFinding,
    FreedBlob,
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


def test_what_a_finding_frees_is_stored_once_in_each_scope() -> None:
    blobs = FreedBlob(digest("a"), 5, "one"), FreedBlob(digest("a"), 5, "two")
    assert found(*blobs).stored_saving_bytes == 10
    assert found().stored_saving_bytes == 0


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
