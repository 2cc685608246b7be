from __future__ import annotations

from datetime import UTC, datetime

from auditor.analysis.build_step import take_apart
from auditor.domain.image_config import HistoryEntry


def history(*texts: str) -> list[HistoryEntry]:
    """Entries of these texts; `-` before one that made no layer."""
    return [HistoryEntry(text.lstrip("-"), None, text.startswith("-")) for text in texts]


def from_base(base_layers: int, layer_count: int, *texts: str) -> list[str]:
    steps = take_apart(history(*texts), (1,) * layer_count, base_layers)
    return [step.text for step in steps if step.is_from_base]


def test_every_step_has_its_layer_and_its_size() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    entries = [
        HistoryEntry("ADD file:1 in / "),
        HistoryEntry('CMD ["bash"]', None, is_empty_layer=True),
        HistoryEntry("RUN |1 A=b /bin/sh -c apt-get update # buildkit", at),
    ]
    root, command, run = take_apart(entries, (100, 20))
    assert (root.layer, root.size_bytes, root.arguments) == (0, 100, ("file:1", "/"))
    assert (command.layer, command.size_bytes) == (None, 0)
    assert (run.layer, run.size_bytes, run.created_at) == (1, 20, at)
    assert (run.instruction, run.build_arguments) == ("RUN", ("A=b",))
    assert run.script is not None
    assert not any(step.is_from_base for step in (root, command, run))


def test_equal_entries_make_a_layer_each() -> None:
    entry = HistoryEntry("RUN a")
    assert [step.layer for step in take_apart([entry, entry], (1, 2))] == [0, 1]


def test_steps_without_a_mark_are_matched_by_instruction() -> None:
    steps = take_apart(history("ADD a /", "ENV A=b", "RUN c"), (1, 2))
    assert [step.layer for step in steps] == [0, None, 1]


def test_history_that_does_not_fit_gives_no_steps() -> None:
    assert take_apart(history("RUN a"), (1, 2)) == ()
    assert take_apart([], (1,)) == ()
    assert take_apart([], ()) == ()


def test_nothing_comes_from_a_base_that_is_not_known() -> None:
    assert from_base(0, 1, "-CMD a", "RUN b") == []


def test_steps_before_the_last_layer_of_the_base_are_its_own() -> None:
    assert from_base(1, 2, "-ARG a", "ADD b /", "RUN c") == ["ARG a", "ADD b /"]


def test_a_base_ends_with_its_command() -> None:
    assert from_base(1, 2, "ADD a /", "-ENV b=c", "-CMD d", "-ENV e=f", "RUN g") == [
        "ADD a /",
        "ENV b=c",
        "CMD d",
    ]


def test_without_a_command_what_follows_the_base_is_the_images() -> None:
    assert from_base(1, 2, "ADD a /", "-ENV b=c", "RUN g") == ["ADD a /"]


def test_an_image_that_adds_no_layer_keeps_its_own_command() -> None:
    texts = ("ADD a /", "-ENTRYPOINT b", "-CMD c", "-ENV d=e", "-CMD f")
    assert from_base(1, 1, *texts) == ["ADD a /", "ENTRYPOINT b", "CMD c"]


def test_the_same_text_is_taken_apart_once() -> None:
    first, second = take_apart(history("RUN remembered", "RUN remembered"), (1, 1))
    assert first.script is second.script
