from __future__ import annotations

from auditor.estimate.lists.npm_graph import reached

NEEDS = {
    "a": [("b", False), ("o", True)],
    "b": [("a", False), ("b", False)],
    "o": [("p", False), ("b", False)],
    "p": [("o", False)],
}


def test_circles_end_and_what_only_optional_ones_need_is_optional() -> None:
    assert reached([("a", False)], lambda key: NEEDS[key]) == {
        "a": False,
        "b": False,
        "o": True,
        "p": True,
    }
    assert reached([("a", False), ("p", False)], lambda key: NEEDS[key])["o"] is False
    assert reached([("a", True)], lambda key: NEEDS[key])["b"] is True


def test_a_long_chain_needs_no_stack() -> None:
    found = reached([("0", False)], lambda key: [(str(int(key) + 1), False)] * (int(key) < 50_000))
    assert len(found) == 50_001
