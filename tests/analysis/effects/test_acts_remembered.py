"""What is remembered of build steps changes no answer, whatever was looked at before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.build_step import take_apart
from auditor.analysis.effects import acts
from auditor.analysis.effects.acts import StepActs, acts_of, answered_once
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.judging import find_in_image
from auditor.analysis.rules.book import IMAGE_RULES
from auditor.domain.digest import Digest
from auditor.domain.findings import Finding
from auditor.domain.image_config import HistoryEntry
from auditor.sample.facts import ImageFact, load_sample
from tests.fakes.built_images import DEBIAN, MB, built, ran

_STEPS = (
    ("ENV A=gcc B=/opt", None),
    ("ENV A=curl", None),
    ("WORKDIR /src", None),
    ("WORKDIR lib", None),
    ("ARG A=git", None),
    (ran("apt-get update && apt-get install -y $A ${B}/x.deb"), 30 * MB),
    ("RUN |1 A=make /bin/sh -c apt-get update && apt-get install -y $A # buildkit", 40 * MB),
    (ran("cd lib && curl -fsSLO https://host/$A.tar.gz && tar -xzf $A.tar.gz -C $B"), 9 * MB),
    (ran("C=$A; pip install $C && rm -rf ~/.cache"), 20 * MB),
    (ran("npm ci"), 50 * MB),
    ("COPY . /src # buildkit", 3 * MB),
)


@contextmanager
def _memory_of(most: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acts, "_KNOWN", acts._Known(most))
        patch.setattr(acts, "_LAST", [acts._Told(None)])
        yield


def _plain(image: ImageFacts) -> list[tuple[object, ...]]:
    return [(one.folder, one.acts, one.names, one.programs) for one in acts_of(image)]


def _found(image: ImageFacts) -> tuple[Finding, ...]:
    return find_in_image(image, IMAGE_RULES)


def _each_alone(images: list[ImageFacts], ask: Callable[[ImageFacts], Any]) -> list[Any]:
    answers = []
    for image in images:
        with _memory_of(0):
            answers.append(ask(image))
    return answers


@given(st.lists(st.lists(st.sampled_from(_STEPS), max_size=8), min_size=2, max_size=6))
def test_images_that_share_steps_say_the_same_in_any_company(
    images: list[list[tuple[str, int | None]]],
) -> None:
    made = [built(DEBIAN, *steps) for steps in images]
    for most in (2**20, 200_000):
        with _memory_of(most):
            assert [_plain(image) for image in made] == _each_alone(made, _plain)
            assert [_found(image) for image in made] == _each_alone(made, _found)


def test_real_images_have_the_same_findings_with_what_is_remembered_and_without() -> None:
    made = [_facts(fact) for fact in load_sample().images[::6]]
    with _memory_of(32 * 2**20):
        together = [_found(image) for image in made]
        again = [_found(image) for image in reversed(made)]
    assert together == again[::-1] == _each_alone(made, _found)
    assert sum(map(len, together)) > 0


def _facts(fact: ImageFact) -> ImageFacts:
    sizes = [layer.size_bytes for layer in fact.layers]
    history = [
        HistoryEntry(step.text, step.created_at, is_empty_layer=step.layer_position is None)
        for step in fact.steps
    ]
    layers = tuple(LayerFacts(one.digest, one.size_bytes, "") for one in fact.layers)
    name = fact.source_digest or Digest.of(repr(fact.layers).encode()).text
    return ImageFacts(Digest(name), layers, take_apart(history, sizes))


def test_what_is_remembered_is_bounded() -> None:
    with _memory_of(100_000):
        for number in range(300):
            acts_of(built((ran(f"echo {number}"), MB)))
            assert acts._KNOWN.weight <= 100_000
            assert len(acts._KNOWN.scripts) <= 100_000 // 600
        long = ran("echo " + "x" * 100_000)
        weight = acts._KNOWN.weight
        acts_of(built((long, MB)))
        assert acts._KNOWN.weight == weight


def test_a_bound_on_variables_holds_for_the_image_and_not_for_the_memory() -> None:
    many = ran(f"A={'x' * 4_000}; echo " + "$A " * 20)
    image = built(*[(many, MB)] * 3)
    with _memory_of(32 * 2**20):
        assert [_plain(image), _plain(image)] == _each_alone([image, image], _plain)
        lone = built((many, MB))
        assert _plain(lone) == _each_alone([lone], _plain)[0]


def test_a_question_about_a_steps_commands_is_asked_once() -> None:
    asked: list[StepActs] = []

    @answered_once
    def count(one: StepActs) -> int:
        asked.append(one)
        return len(one.acts)

    with _memory_of(2**20):
        first, second = (acts_of(built((ran("a; b"), size), DEBIAN)) for size in (MB, 2 * MB))
        assert [count(one) for one in (*first, *second)] == [2, 0, 2, 0]
    assert len(asked) == 2
