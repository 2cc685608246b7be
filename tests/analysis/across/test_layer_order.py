from __future__ import annotations

from datetime import timedelta

import pytest

from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.images import PushedImage
from auditor.analysis.across.layer_order import find_layer_order
from auditor.analysis.across.releases import DAYS_PER_MONTH
from auditor.domain.findings import Confidence
from tests.analysis.across.pushes import BASE, MB, NOW, image, layer, repository

COPY, INSTALL = "COPY . .", "RUN npm ci"
# OPTIMISATION section 6: one line of source changed.
INNOCENT_BYTES, CHANGED_BYTES = 6_003_223, 141_264


def release(
    number: int, copy: str = COPY, install: str = INSTALL, size_bytes: int = INNOCENT_BYTES
) -> PushedImage:
    return image(
        f"1.{number}",
        layer("base", BASE, 50 * MB),
        layer(f"sources {number}", copy, CHANGED_BYTES + number),
        layer(f"modules {number}", install, size_bytes),
        days_ago=80 - number,
    )


def fixed(number: int) -> PushedImage:
    return image(
        f"1.{number}",
        layer("base", BASE, 50 * MB),
        layer("manifests", "COPY package.json ./", 500),
        layer("modules", INSTALL, INNOCENT_BYTES),
        layer(f"sources {number}", COPY, CHANGED_BYTES + number),
        days_ago=80 - number,
    )


def only(*images: PushedImage, nodes: int = 1) -> AcrossFinding:
    (found,) = find_layer_order(repository(*images), NOW, nodes)
    return found


def test_sources_copied_before_the_installation_cost_it_with_each_release() -> None:
    found = only(*map(release, range(5)))
    assert found.finding.rule == "layer-order-churn"
    assert "6.00 MB per release" in found.finding.what
    assert found.finding.dockerfile[1] == INSTALL
    assert found.finding.fix.startswith("Copy the files that list the dependencies first")
    assert (found.finding.claims, found.finding.pull_saving_bytes) == ((), 0)
    assert found.finding.confidence is Confidence.HIGH
    assert found.digest == release(4).digest
    assert found.finding.first_layer == 1


def test_the_registry_would_keep_one_copy_of_the_layer() -> None:
    assert only(*map(release, range(5))).stored_saving_bytes == 4 * INNOCENT_BYTES


def test_copies_that_are_gone_or_held_elsewhere_free_nothing() -> None:
    images = [release(number) for number in range(4)]
    gone = image("1.0", *images[0].layers, is_retained=False, days_ago=80)
    shared = image(
        "1.1",
        images[1].layers[0],
        images[1].layers[1],
        layer("modules 1", INSTALL, INNOCENT_BYTES, is_held_elsewhere=True),
        days_ago=79,
    )
    assert only(gone, shared, *images[2:]).stored_saving_bytes == INNOCENT_BYTES


def test_transfers_are_one_push_and_a_pull_by_each_node() -> None:
    mean = 4 * INNOCENT_BYTES // 4
    per_month = 5 * DAYS_PER_MONTH / 80
    for nodes in (0, 1, 30):
        found = only(*map(release, range(5)), nodes=nodes)
        assert found.transfer_bytes_per_month == pytest.approx(mean * per_month * (1 + nodes), 1e-6)


def test_it_is_silent_as_soon_as_a_release_has_the_other_order() -> None:
    images = [release(number) for number in range(5)]
    assert list(find_layer_order(repository(*images, fixed(5)), NOW)) == []
    assert list(find_layer_order(repository(*map(fixed, range(5))), NOW)) == []


def test_twice_is_no_pattern_among_many_and_once_is_none_at_all() -> None:
    assert list(find_layer_order(repository(release(0), release(1)), NOW)) == []
    many = [
        image(
            f"2.{number}",
            layer("base", BASE, 50 * MB),
            layer(f"app {number}", "COPY app /app", number),
            layer("tail", "RUN apk add git"),
            days_ago=70 - number,
        )
        for number in range(10)
    ]
    assert list(find_layer_order(repository(*map(release, range(3)), *many), NOW)) == []


def test_little_is_not_worth_another_order() -> None:
    images = [release(number, size_bytes=900_000) for number in range(5)]
    assert list(find_layer_order(repository(*images), NOW)) == []


def test_a_layer_of_another_kind_is_moved_above_what_changes() -> None:
    found = only(*(release(number, install="RUN apt-get install -y git") for number in range(4)))
    assert found.finding.fix.startswith("Move “RUN apt-get install -y git” above “COPY . .”")
    assert found.finding.dockerfile == ()


def test_a_step_that_no_package_manager_made_is_less_sure() -> None:
    found = only(*(release(number, install="RUN fetch-data") for number in range(4)))
    assert found.finding.confidence is Confidence.MEDIUM


def test_a_build_argument_is_declared_later() -> None:
    images = [
        image(
            f"1.{number}",
            layer("base", BASE, 50 * MB),
            layer(f"n{number}", INSTALL, 6 * MB, raw_step=f"|1 SHA={number} /bin/sh -c npm ci"),
            days_ago=80 - number,
        )
        for number in range(4)
    ]
    assert "(ARG)" in only(*images).finding.fix


def test_the_key_stays_the_same_with_the_next_release() -> None:
    images = [release(number) for number in range(6)]
    assert only(*images).finding.key == only(*images[:5]).finding.key


def test_each_line_of_tags_is_judged_alone() -> None:
    old = [image("other", layer("base", BASE), days_ago=90)]
    found = list(find_layer_order(repository(*old, *map(release, range(5))), NOW))
    assert [one.finding.key.split()[0] for one in found] == ["#"]


def test_a_rebuild_long_ago_does_not_count_for_today() -> None:
    images = [
        image(one.name, *one.layers, created_at=one.moment - timedelta(days=400))
        for one in map(release, range(5))
    ]
    assert only(*images).transfer_bytes_per_month == 0
