from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.limits import Notes


def test_names_that_are_written_otherwise_are_the_same() -> None:
    choices = Choices.of(("My_Extra",), ("*",))
    assert choices.has_extra("my-extra")
    assert not choices.has_extra("other")
    assert choices.has_group("anything")
    assert choices.settle("f", ["my.extra"], []) == choices


def test_an_extra_that_is_none_is_the_group_of_that_name() -> None:
    asked = Choices.of(("docs", "fast"), ())
    settled = asked.settle("f", ["fast"], ["docs", "fast"])
    assert settled == Choices.of(("fast",), ("docs",))


def test_what_nobody_knows_is_not_refused() -> None:
    Choices.of((), ("docs",)).settle("f", [], [], knows_groups=False)
    with pytest.raises(UsageError, match="there is no extra 'a'") as caught:
        Choices.of(("a",), ()).settle("f", [], [])
    assert caught.value.next_step == "it has: none"


def test_of_many_left_out_ten_are_named() -> None:
    notes = Notes("f")
    Choices.of((), ()).note(notes, [f"x{number:02}" for number in range(12)])
    assert notes.told()[0].endswith("x08, x09 and 2 more.")
