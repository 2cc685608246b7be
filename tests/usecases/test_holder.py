from __future__ import annotations

import os
import subprocess
import sys

import pytest

from auditor.usecases import holder as holders
from auditor.usecases.holder import holder_words, is_gone, this_holder

OTHER = "from auditor.usecases.holder import this_holder; print(this_holder(), flush=True); input()"


def test_we_are_here() -> None:
    assert not is_gone(this_holder())
    assert "#" not in holder_words(this_holder())


def test_a_process_is_gone_once_it_is_killed_and_before_anybody_buried_it() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        other = process.stdout.readline().strip()
        assert not is_gone(other)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert is_gone(other)
    assert is_gone(other)


def test_a_number_that_was_given_again_is_another_process() -> None:
    assert is_gone(f"{this_holder()}0")


@pytest.mark.parametrize(
    "text",
    ["", "elsewhere:1#ffffffff-1", "nobody", "host:x#-1", this_holder().partition("#")[0]],
    ids=["empty", "elsewhere", "no-process", "no-number", "this-one"],
)
def test_of_others_nobody_here_can_tell(text: str) -> None:
    assert not is_gone(text)


def test_where_the_system_does_not_say_nobody_is_known_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holders, "_where", lambda: "")
    assert not is_gone(this_holder())
    assert not is_gone("host:999999#-1")
