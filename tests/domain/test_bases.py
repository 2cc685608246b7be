from __future__ import annotations

from datetime import date

from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.chain import chain_ids
from auditor.domain.digest import DiffId, Digest
from auditor.domain.platform import DEFAULT_PLATFORM

LAYERS = tuple(BaseLayer(Digest.of(name), 10) for name in (b"a", b"b"))
DIFFS = (DiffId(Digest.of(b"x").text),)


def test_a_base_is_found_by_the_chain_of_all_its_layers() -> None:
    base = KnownBase(("a:1",), DEFAULT_PLATFORM, 20, date(2026, 1, 1), "here", layers=LAYERS)
    assert base.layer_chain == chain_ids([layer.digest for layer in LAYERS])[-1]
    assert base.diff_chain is None


def test_a_base_of_which_only_the_size_is_known_has_no_chain() -> None:
    base = KnownBase(("a:1",), DEFAULT_PLATFORM, 20, date(2026, 1, 1), "here", diff_ids=DIFFS)
    assert base.layer_chain is None
    assert base.diff_chain == chain_ids(DIFFS)[-1]
