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
    choices.check("f", ["my.extra"], [])


def test_what_nobody_knows_is_not_refused() -> None:
    Choices.of((), ("docs",)).check("f", [], None)
    with pytest.raises(UsageError, match="there is no extra 'a'") as caught:
        Choices.of(("a",), ()).check("f", [], None)
    assert caught.value.next_step == "it has: none"


def test_of_many_left_out_ten_are_named() -> None:
    notes = Notes("f")
    Choices.of((), ()).note(notes, [f"x{number:02}" for number in range(12)])
    assert notes.told()[0].endswith("x08, x09 and 2 more.")
