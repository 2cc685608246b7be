from __future__ import annotations

import pytest

from tests.fakes.dockerfiles import fault_of, plan_of


@pytest.mark.parametrize(
    "text,said",
    [
        ("FROM a AS x\nCOPY --from=x /a /b", "line 2: stage `x` copies from itself"),
        ("FROM a\nCOPY --from=0 /a /b", "line 2: stage `0` copies from itself"),
        ("FROM a AS x\nRUN --mount=type=bind,from=x,target=/x true", "line 2: stage `x` copies"),
        (
            "FROM a AS x\nCOPY --from=y /a /b\nFROM a AS z\nFROM z AS y\nCOPY --from=x /a /b",
            "line 5: stage `y` needs `x`, which needs `y` itself",
        ),
        ("FROM a AS x\nCOPY --from=y / /\nFROM x AS y", "line 3: stage `y` needs `x`"),
    ],
)
def test_stages_in_a_circle_are_refused(text: str, said: str) -> None:
    assert said in fault_of(text)


def test_a_stage_that_many_need_is_no_circle() -> None:
    text = "FROM a AS x\nFROM x AS y\nCOPY --from=x /a /b\nFROM y\nCOPY --from=x /a /b\n"
    assert len(plan_of(text).stages) == 3
