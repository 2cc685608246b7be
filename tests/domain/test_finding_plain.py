import json

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.digest import Digest
from auditor.domain.finding_plain import from_plain, to_plain
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
)

sizes = st.integers(0, 2**60)
evidence = st.builds(
    Evidence,
    st.sampled_from(EvidenceKind),
    st.text(),
    st.none() | st.integers(0, 500),
    st.none() | st.just(Digest("sha256:" + "a" * 64)),
    st.none() | sizes,
)
findings = st.builds(
    Finding,
    rule=st.text(),
    key=st.text(),
    what=st.text(),
    fix=st.text(),
    evidence=st.lists(evidence, max_size=3).map(tuple),
    claims=st.lists(st.builds(Claim, st.integers(0, 500), sizes), max_size=3).map(tuple),
    first_layer=st.integers(0, 500),
    confidence=st.sampled_from(Confidence),
    basis=st.sampled_from(Basis),
    breadth=st.sampled_from(Breadth),
    added_bytes=sizes,
    added_layers=st.lists(st.tuples(st.just(Digest("sha256:" + "b" * 64)), sizes), max_size=2).map(
        tuple
    ),
    low_bytes=st.none() | sizes,
    high_bytes=st.none() | sizes,
    dockerfile=st.lists(st.text(), max_size=3).map(tuple),
    caveats=st.lists(st.text(), max_size=3).map(tuple),
)


@given(findings)
def test_a_finding_comes_back_as_it_was_written_down(finding: Finding) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(finding)))) == finding
