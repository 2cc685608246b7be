"""What changes free together: each blob once."""

from __future__ import annotations

from auditor.domain.digest import Digest
from auditor.domain.findings import Claim
from auditor.store.analyses import KeptFinding
from auditor.store.finding_rows import HeldRead
from auditor.usecases.judge_repository import _Storage

OLD, NEW, GONE = (Digest.of(name) for name in (b"old", b"new", b"gone"))
LISTS = ("apt-lists-kept", "key")


def storage() -> _Storage:
    """Two images: one layer of 50 below, and 100 each above, of which 16 could go."""
    held = {image: (HeldRead(1, 50, 2, 1), HeldRead(10 + image, 100, 1, 1)) for image in (1, 2)}
    kept = {image: (KeptFinding(*LISTS, 1, (Claim(1, 16),)),) for image in held}
    return _Storage(held, kept, frozenset())


def test_changes_and_what_goes_as_a_whole_add_up() -> None:
    assert storage().saving_of_all({LISTS: 0}, {}, {}) == 32
    assert storage().saving_of_all({LISTS: 7}, {}, {}) == 25
    assert storage().saving_of_all({}, {GONE: 5, NEW: 6}, {}) == 11
    assert storage().saving_of_all({}, {}, {}) == 0


def test_a_blob_that_is_built_anew_does_not_go_a_second_time() -> None:
    freed = {OLD: 100, GONE: 5}
    assert storage().saving_of_all({LISTS: 0}, freed, {OLD: 11}) == 32 + 5
    assert storage().saving_of_all({}, freed, {OLD: 11}) == 105
