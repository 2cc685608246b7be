from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.build_steps import Alignment, align_steps
from auditor.domain.image_config import HistoryEntry

ADD = HistoryEntry("/bin/sh -c #(nop) ADD file:1 in / ")
RUN = HistoryEntry("/bin/sh -c apt-get update")
CMD = HistoryEntry('/bin/sh -c #(nop)  CMD ["bash"]')
EMPTY_CMD = HistoryEntry('/bin/sh -c #(nop)  CMD ["bash"]', is_empty_layer=True)


def test_marked_steps_are_matched_and_need_no_note() -> None:
    aligned = align_steps(2, [ADD, EMPTY_CMD, RUN, EMPTY_CMD])
    assert aligned == Alignment((ADD, RUN), "", 2)


def test_an_image_from_scratch_with_metadata_only_has_no_layers() -> None:
    assert align_steps(0, [EMPTY_CMD]) == Alignment((), "", 1)


def test_no_layers_and_no_history_need_no_note() -> None:
    assert align_steps(0, []) == Alignment(())


def test_missing_history_is_said_in_words() -> None:
    aligned = align_steps(2, [])
    assert aligned.steps == (None, None)
    assert aligned.note == "the image config records no build steps"


def test_unmarked_classic_history_is_matched_by_instruction() -> None:
    aligned = align_steps(2, [ADD, CMD, RUN, CMD])
    assert aligned.steps == (ADD, RUN)
    assert aligned.steps_without_layer == 2
    assert "matched by instruction" in aligned.note


def test_a_mismatch_names_both_counts_and_matches_nothing() -> None:
    aligned = align_steps(3, [RUN])
    assert aligned.steps == (None, None, None)
    assert "1 build step " in aligned.note
    assert "3 layers" in aligned.note


def test_marks_that_do_not_fit_are_not_second_guessed() -> None:
    # Left to the instructions the counts would fit, but the config did mark its steps.
    aligned = align_steps(1, [RUN, CMD, EMPTY_CMD])
    assert aligned.steps == (None,)
    assert "2 build steps" in aligned.note
    assert "1 layer:" in aligned.note
    assert aligned.steps_without_layer == 1


_ENTRIES = st.lists(st.sampled_from([ADD, RUN, CMD, EMPTY_CMD]), max_size=8)


@given(st.integers(0, 8), _ENTRIES)
def test_there_is_one_entry_per_layer_in_order_or_none_with_a_reason(
    layer_count: int, history: list[HistoryEntry]
) -> None:
    aligned = align_steps(layer_count, history)
    assert len(aligned.steps) == layer_count
    known = [step for step in aligned.steps if step is not None]
    assert len(known) in (0, layer_count)
    assert known or aligned.note or not layer_count
    remaining = iter(history)
    assert all(any(step is entry for entry in remaining) for step in known)
