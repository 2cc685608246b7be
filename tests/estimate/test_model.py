"""From packages to bytes: what the model says of closures, and how it says how sure it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.build_plan import Leftover
from auditor.domain.estimates import Compression, PartKind
from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.estimate.constants import Spread, load_model, spread_at
from auditor.estimate.model import LayerOptions, cache_part, layer_part, left_part, sums

WERKZEUG = SizedPackage("werkzeug", "3", 224_000, 700_000, 680_000, file_count=60)
FLASK = Closure(Ecosystem.PIP, (SizedPackage("flask", "3", 101_000, 310_000, 300_000), WERKZEUG))
GIT = Closure(Ecosystem.APT, (SizedPackage("git", "2", 7_000_000, 37_000_000),))
SIZES = st.integers(1_000, 50_000_000)


def test_biggest_packages_come_first_and_the_part_says_where_it_is_from() -> None:
    part = layer_part(FLASK)
    assert [one.name for one in part.packages] == ["werkzeug", "flask"]
    assert "2 packages, 325 kB as archives." in part.explanation
    assert "Learned from" in part.explanation
    assert part.compressed.low_bytes < part.compressed.estimate_bytes < part.compressed.high_bytes
    assert part.unpacked is not None
    assert part.unpacked.estimate_bytes > part.compressed.estimate_bytes


def test_byte_code_weighs_and_zstd_saves() -> None:
    compiled = layer_part(FLASK).compressed.estimate_bytes
    plain = layer_part(FLASK, LayerOptions(is_byte_compiled=False)).compressed.estimate_bytes
    zstd = layer_part(FLASK, LayerOptions(compression=Compression.ZSTD)).compressed.estimate_bytes
    assert plain < compiled
    assert zstd < compiled


def test_slim_bases_do_not_unpack_documents() -> None:
    documents = Closure(Ecosystem.APT, (SizedPackage("python3-doc", "3", 9_000_000, 60_000_000),))
    slim = layer_part(documents, LayerOptions(is_slim_base=True)).compressed.estimate_bytes
    assert slim < 0.1 * layer_part(documents).compressed.estimate_bytes


def test_many_small_files_weigh_less_together_than_in_a_wheel() -> None:
    one = replace(WERKZEUG, file_count=1)
    many = replace(WERKZEUG, file_count=400)
    options = LayerOptions(is_byte_compiled=False)
    sizes = [
        layer_part(Closure(Ecosystem.PIP, (each,)), options).compressed.estimate_bytes
        for each in (one, many)
    ]
    assert sizes[0] > 1.5 * sizes[1]


def test_nothing_to_install_weighs_nothing() -> None:
    for part in (layer_part(Closure(Ecosystem.APT)), cache_part(Closure(Ecosystem.NPM))):
        assert part.compressed.is_exact
        assert part.compressed.estimate_bytes == 0


def test_what_nobody_measured_is_said_and_has_a_wide_interval() -> None:
    closure = Closure(Ecosystem.APK, (SizedPackage("git", "2", 3_000_000, 6_000_000),))
    part = layer_part(closure)
    assert "Not measured" in part.explanation
    width = part.compressed.high_bytes - part.compressed.low_bytes
    assert width > 0.5 * part.compressed.estimate_bytes


def test_unknown_sizes_widen_the_interval_and_are_named() -> None:
    names = [f"mystery-{number}" for number in range(5)]
    unknown = tuple(SizedPackage(name, "1", None) for name in names)
    known = layer_part(FLASK).compressed
    part = layer_part(replace(FLASK, packages=(*FLASK.packages, *unknown)))
    assert (
        "No index gives a size of 5 of them: mystery-0, mystery-1, mystery-2…." in part.explanation
    )
    assert part.compressed.high_bytes - part.compressed.low_bytes > (
        known.high_bytes - known.low_bytes
    )
    only_unpacked = Closure(Ecosystem.NPM, (SizedPackage("a", "1", None, 300_000),))
    assert 20_000 < layer_part(only_unpacked).compressed.estimate_bytes < 300_000


def test_of_a_single_package_one_is_said() -> None:
    assert layer_part(GIT).explanation.startswith("1 package, 7.00 MB as archives.")


@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_caches_are_layers_of_their_own(ecosystem: Ecosystem) -> None:
    part = cache_part(Closure(ecosystem, GIT.packages))
    assert part.kind is PartKind.CACHE
    assert part.compressed.estimate_bytes > 1_000_000
    assert str(ecosystem) in part.name


@pytest.mark.parametrize("what", Leftover)
def test_what_tools_leave_of_their_own_says_how_to_be_without_it(what: Leftover) -> None:
    part = left_part(what)
    smaller = left_part(what, Compression.ZSTD)
    low, estimate, high = (
        *(part.compressed.low_bytes, part.compressed.estimate_bytes, part.compressed.high_bytes),
    )
    assert 400_000 < low < estimate < high < 6_000_000
    assert smaller.compressed.estimate_bytes < estimate
    assert part.unpacked is not None
    assert part.unpacked.estimate_bytes > 2 * estimate
    assert any(
        word in part.explanation
        for word in ("=1", "--without-pip", "--target", "before Python 3.12", "before 3.12")
    )
    assert "Weighed in " in part.explanation


@given(st.sampled_from(list(Ecosystem)), st.lists(SIZES, min_size=1, max_size=6))
def test_more_packages_never_weigh_less(ecosystem: Ecosystem, sizes: list[int]) -> None:
    packages = tuple(SizedPackage(f"p{at}", "1", size, 3 * size) for at, size in enumerate(sizes))
    whole = layer_part(Closure(ecosystem, packages)).compressed
    fewer = layer_part(Closure(ecosystem, packages[1:])).compressed
    assert whole.low_bytes <= whole.estimate_bytes <= whole.high_bytes
    assert whole.estimate_bytes >= fewer.estimate_bytes


def test_a_spread_between_two_sizes_is_between_theirs() -> None:
    knots = (Spread(1_000, 0.5, 2.0), Spread(100_000, 0.9, 1.1))
    assert spread_at(knots, 10) == (0.5, 2.0)
    assert spread_at(knots, 10**9) == (0.9, 1.1)
    low, high = spread_at(knots, 10_000)
    assert low == pytest.approx(0.7)
    assert high == pytest.approx(1.55)


def test_every_line_has_its_origin_and_only_known_sums() -> None:
    model = load_model()
    assert model.origin["fitted_by"] == "scripts/fit_calculator.py"
    for line in model.lines.values():
        assert set(line.weights) <= set(sums([]))
        assert line.rows or line.note
