from __future__ import annotations

from auditor.dockerfiles.faults import fault, quoted


def test_a_fault_names_its_line_and_what_to_do() -> None:
    assert str(fault(3, "wrong", "do right")) == "Dockerfile line 3: wrong; do right"


def test_what_is_quoted_is_short_and_steers_no_terminal() -> None:
    assert quoted("a\x1b\n") == "`a\\x1b\\x0a`"
    assert len(quoted("x" * 1000)) < 130
