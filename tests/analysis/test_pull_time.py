from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_facts import LayerFacts
from auditor.analysis.pull_time import PullModel, cold_start_seconds, saved_seconds
from auditor.domain.digest import Digest
from auditor.domain.findings import Claim

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
TAR = "application/vnd.oci.image.layer.v1.tar"
# Round figures, so that seconds can be worked out by hand.
MODEL = PullModel(
    link_bytes_per_second=100,
    download_bytes_per_second=50,
    parallel_downloads=2,
    request_seconds=1,
    first_requests=3,
    unpack_gzip_bytes_per_second=10,
    unpack_zstd_bytes_per_second=20,
    unpack_tar_bytes_per_second=40,
)


def layer(number: int, size_bytes: int, media_type: str = GZIP) -> LayerFacts:
    return LayerFacts(Digest.of(str(number).encode()), size_bytes, media_type)


def seconds(*layers: LayerFacts, **more: frozenset[Digest]) -> float:
    return cold_start_seconds(layers, MODEL, **more)


def test_one_layer_is_asked_for_downloaded_by_one_connection_and_unpacked() -> None:
    assert seconds(layer(1, 100)) == 3 + 1 + 100 / 50 + 100 / 10


def test_layers_share_the_link_and_are_unpacked_one_after_the_other() -> None:
    # Unpacking the first ends at 16, long after the second is there.
    assert seconds(layer(1, 100), layer(2, 100)) == 3 + 1 + 2 + 10 + 10


def test_a_layer_beyond_the_parallel_ones_waits_for_a_lane() -> None:
    few = [layer(number, 0) for number in range(2)]
    assert seconds(*few) == 3 + 1
    assert seconds(*few, layer(2, 0)) == 3 + 2


def test_the_link_is_what_many_downloads_wait_for() -> None:
    fast = replace(MODEL, unpack_gzip_bytes_per_second=1e9, parallel_downloads=10)
    many = [layer(number, 100) for number in range(10)]
    assert cold_start_seconds(many, fast) == pytest.approx(3 + 1 + 1_000 / 100, 1e-6)


@pytest.mark.parametrize("media_type,unpack", [(GZIP, 10), (ZSTD, 20), (TAR, 40), ("", 10)])
def test_each_compression_has_its_rate(media_type: str, unpack: int) -> None:
    assert seconds(layer(1, 100, media_type)) == 3 + 1 + 2 + 100 / unpack


def test_what_is_on_the_node_costs_nothing_and_a_digest_is_pulled_once() -> None:
    base, own = layer(1, 1_000), layer(2, 100)
    there = frozenset({base.digest})
    assert seconds(base, own, on_node=there) == seconds(own) == seconds(own, own)
    assert seconds(base, on_node=there) == seconds() == 3


def test_what_is_saved_is_the_difference() -> None:
    layers = [layer(1, 100), layer(2, 100)]
    without = seconds(layer(1, 100), layer(2, 40))
    assert saved_seconds(layers, [Claim(1, 60)], 0, MODEL) == seconds(*layers) - without
    assert saved_seconds(layers, [Claim(1, 100)], 0, MODEL) == seconds(*layers) - seconds(layers[0])
    assert saved_seconds(layers, [], 0, MODEL) == 0
    assert saved_seconds(layers, [], 50, MODEL) < 0
    assert saved_seconds([layer(1, 0)], [], 0, MODEL) == 0


def test_by_default_half_a_gigabyte_in_gzip_takes_a_quarter_of_a_minute() -> None:
    assert 15 < cold_start_seconds([layer(number, 100_000_000) for number in range(5)]) < 25


LAYERS = st.lists(
    st.tuples(st.integers(0, 10**10), st.sampled_from([GZIP, ZSTD, TAR])), min_size=1, max_size=12
)


@given(LAYERS, st.data())
def test_fewer_bytes_are_never_slower(made: list[tuple[int, str]], data: st.DataObject) -> None:
    layers = [layer(number, size, kind) for number, (size, kind) in enumerate(made)]
    smaller = [replace(one, size_bytes=data.draw(st.integers(0, one.size_bytes))) for one in layers]
    fewer = [one for one in smaller if data.draw(st.booleans())]
    there = frozenset(one.digest for one in layers if data.draw(st.booleans()))
    whole = cold_start_seconds(layers)
    assert cold_start_seconds(smaller) <= whole
    assert cold_start_seconds(fewer) <= cold_start_seconds(smaller)
    assert cold_start_seconds(layers, on_node=there) <= whole


@given(LAYERS, st.floats(1, 10))
def test_a_faster_node_is_never_slower(made: list[tuple[int, str]], times: float) -> None:
    layers = [layer(number, size, kind) for number, (size, kind) in enumerate(made)]
    model = PullModel()
    faster = PullModel(
        link_bytes_per_second=model.link_bytes_per_second * times,
        download_bytes_per_second=model.download_bytes_per_second * times,
        parallel_downloads=4,
        unpack_gzip_bytes_per_second=model.unpack_gzip_bytes_per_second * times,
    )
    assert cold_start_seconds(layers, faster) <= cold_start_seconds(layers, model)
