from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import auditor.sample
from auditor.sample.facts import ImageFact, attribution, load_history, load_sample

_DATA = Path(auditor.sample.__file__).parent / "data"
_NOTICE = Path(__file__).parents[2] / "NOTICE"
_LONGEST_STEP = 440
_RESTATED = re.compile(r"[a-z\[#][\w@.-]*( [-\w.+/*\[\],=#:]+)*")
"""A restated command: a name, flags, groups, paths known to matter, counts in brackets."""


@pytest.fixture(scope="module")
def steps() -> set[str]:
    facts = load_sample()
    images = [*facts.images, *(modern.image for modern in facts.modern)]
    return {step.text for image in images for step in image.steps}


def test_the_snapshot_has_every_family_tag_and_platform() -> None:
    facts = load_sample()
    assert len({tag.repository for tag in facts.tags}) == 94
    assert len(facts.tags) == 2152
    platforms = Counter(str(image.platform) for image in facts.images)
    assert platforms == {"linux/amd64": 632, "linux/arm64/v8": 336}
    assert len(facts.modern) == 12


def test_bases_are_shared_across_families() -> None:
    families: dict[str, set[str]] = {}
    for tag in load_sample().tags:
        for image in tag.images:
            families.setdefault(image.layers[0].digest.text, set()).add(tag.repository)
    assert max(len(names) for names in families.values()) > 30


def test_a_layer_has_one_size_wherever_it_appears() -> None:
    facts, history = load_sample(), load_history()
    images = [*facts.images, *(modern.image for modern in facts.modern)]
    images += [image for tag in history.tags for _, image in tag.changes if image is not None]
    sizes = {(layer.digest, layer.size_bytes) for image in images for layer in image.layers}
    assert len(sizes) == len({digest for digest, _ in sizes})
    assert min(size for _, size in sizes) > 0


def test_steps_account_for_every_layer_in_order_or_are_left_out() -> None:
    facts = load_sample()
    without = 0
    for image in [*facts.images, *(modern.image for modern in facts.modern)]:
        positions = [s.layer_position for s in image.steps if s.layer_position is not None]
        if image.steps:
            assert positions == list(range(len(image.layers)))
        without += not image.steps
    assert without == 2  # the source could not match these to layers


def test_steps_of_one_image_are_in_order_of_time() -> None:
    backwards = 0
    for image in load_sample().images:
        moments = [step.created_at for step in image.steps if step.created_at is not None]
        backwards += any(later < earlier for earlier, later in pairwise(moments))
    assert backwards == 0


def test_no_original_command_text_is_shipped(steps: set[str]) -> None:
    assert len(steps) > 500
    for step in steps:
        assert len(step) <= _LONGEST_STEP, step
        assert "://" not in step
        assert "www." not in step
        assert not re.search(r"[0-9a-fA-F]{32,}", step), step
        assert not re.search(r"[\"'`$\\<>{}\t\n;()]", step), step
        assert "@" not in step
        assert "  " not in step


def test_run_steps_are_restated_commands_only(steps: set[str]) -> None:
    runs = [step for step in steps if step.startswith("RUN ")]
    assert len(runs) > 200
    for step in runs:
        script = re.sub(r"^RUN (\|\d+ ([A-Za-z_]\w*= )+/bin/sh -c )?", "", step)
        for command in script.split(" && "):
            assert _RESTATED.fullmatch(command), step


def test_environment_and_build_arguments_have_names_but_no_values(steps: set[str]) -> None:
    named = [step for step in steps if step.split()[0] in {"ENV", "ARG"}]
    assert len(named) > 100
    assert all(re.fullmatch(r"(ENV|ARG)( [A-Za-z_]\w*)+", step) for step in named)


def test_steps_begin_with_a_dockerfile_instruction(steps: set[str]) -> None:
    assert {step.split()[0] for step in steps} == {
        "RUN", "ENV", "ARG", "ADD", "COPY", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "WORKDIR",
        "USER", "LABEL", "MAINTAINER", "ONBUILD", "STOPSIGNAL",
    }  # fmt: skip


def test_the_data_are_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in _DATA.glob("*.json.gz")) < 2_000_000


def test_the_attribution_is_in_the_notice_and_in_the_facts() -> None:
    source = load_sample().source
    notice = _NOTICE.read_text()
    for text in (source.name, source.copyright, source.commit, source.date[:10]):
        assert text in notice
    assert attribution() == (
        "docker-library/repo-info, Apache-2.0, Copyright 2014 Docker, Inc., "
        "b0b789fcdc64 of 2018-01-29, and twelve images of 2025-2026; "
        "repositories outside library/ were built for the demo"
    )
    for modern in load_sample().modern:
        repository, _, commit = modern.source.partition("@")
        assert re.search(f"{modern.repository}:{modern.tag} .*{commit}", notice)
        assert repository in notice


def test_the_history_ends_with_the_tags_of_the_snapshot() -> None:
    last: dict[tuple[str, str], ImageFact] = {}
    for tag in load_history().tags:
        image = tag.changes[-1][1]
        if image is not None:
            last[tag.repository, tag.tag] = image
    current = {(tag.repository, tag.tag): tag.images[0] for tag in load_sample().tags}
    assert last == current


def test_the_history_has_growth_withdrawn_tags_and_moved_bases() -> None:
    history = load_history()
    assert len(history.moments) == 17
    assert list(history.moments) == sorted(history.moments)
    withdrawn = sum(tag.changes[-1][1] is None for tag in history.tags)
    moved = sum(
        one.layers[0] != other.layers[0]
        for tag in history.tags
        for (_, one), (_, other) in pairwise(tag.changes)
        if one is not None and other is not None
    )
    assert withdrawn > 1000
    assert moved > 1000


def test_no_month_loses_a_fifth_of_its_tags() -> None:
    """A replay must not stop at the guard against mass removals."""
    history = load_history()
    for number in range(1, len(history.moments)):
        before = after = 0
        for tag in history.tags:
            states = [None, *(image for at, image in tag.changes if at < number)]
            had = states[-1] is not None
            has = [None, *(image for at, image in tag.changes if at <= number)][-1] is not None
            before += had
            after += had and has
        assert (before - after) / before < 0.2, history.moments[number]
