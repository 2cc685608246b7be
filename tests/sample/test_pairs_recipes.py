"""Recipes of the built pairs: what they say, and what is made of them without building."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.sample.built import load_built
from scripts.pairs import reading, recording
from scripts.pairs.contexts import MAKERS, write_context
from scripts.pairs.reading import Context, Made, RecipeError, load_bases, load_pairs
from scripts.pairs.stored import Stored
from scripts.pairs.table import END, START, render_tables, write_table

PAGE = Path(__file__).parents[2] / "docs/reference/pairs.md"


def test_every_recipe_is_recorded_and_every_record_has_its_recipe() -> None:
    named = Counter(
        name for recipe in (*load_bases(), *load_pairs()) for name in recipe.image_names
    )
    assert max(named.values()) == 1
    assert set(named) == {image.name for image in load_built().images}


def test_the_record_says_what_the_recipes_say() -> None:
    recorded = {pair.name: pair for pair in load_built().pairs}
    for recipe in load_pairs():
        pair = recorded[recipe.name]
        assert (pair.shows, pair.differs) == (recipe.shows, recipe.differs)
        for side, variant in zip((pair.wasteful, pair.lean), recipe.variants, strict=True):
            assert {image.dockerfile for image in side} == {variant.dockerfile}
            assert {image.base for image in side} == {variant.base}


def test_the_lean_side_takes_over_what_it_does_not_say() -> None:
    wasteful, lean = next(pair for pair in load_pairs() if pair.name == "two-names").variants
    assert lean.repository == wasteful.repository
    assert lean.tags == ("4.2-lean",)
    assert wasteful.also == ("data/search",)
    assert lean.also == ()


def test_releases_are_two_weeks_apart() -> None:
    recipe = next(pair for pair in load_pairs() if pair.name == "order-python")
    assert recipe.built_at(0) == datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert recipe.built_at(2) == datetime(2026, 10, 29, 9, tzinfo=UTC)


def test_a_recipe_that_lacks_something_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/odd.toml").write_text('differs = "In nothing."\n')
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    with pytest.raises(RecipeError, match=r"odd\.toml: KeyError\('released'\)"):
        load_pairs()


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_context_is_the_same_every_time_and_changes_only_where_it_should(tmp_path: Path) -> None:
    context = Context(
        {"main.py": "print('@RELEASE@')"},
        (
            Made("static", "text", files=60, bytes=50),
            Made("report", "noise", bytes=50, changes=True),
            Made("app.tar.gz", "archive", files=3, bytes=100),
        ),
    )
    write_context(context, tmp_path, 0, (".git",))
    first = _contents(tmp_path)
    write_context(context, tmp_path, 0, (".git",))
    assert _contents(tmp_path) == first
    assert len(first) == 64
    assert first["main.py"] == b"print('0')"
    assert first[".dockerignore"] == b".git\n"
    assert len({path.stat().st_mtime for path in tmp_path.rglob("*")}) == 1
    with tarfile.open(tmp_path / "app.tar.gz") as archive:
        assert archive.getnames() == ["app/00/0000", "app/00/0001", "app/00/0002"]
    write_context(context, tmp_path, 1, ())
    second = _contents(tmp_path)
    changed = {path for path in first if first[path] != second.get(path)}
    assert changed == {"main.py", "report", ".dockerignore"}


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_made_file_has_the_size_that_was_asked_for(tmp_path: Path, kind: str) -> None:
    write_context(Context({}, (Made("it", kind, bytes=5_001),)), tmp_path, 0, ())
    assert 4_900 <= (tmp_path / "it").stat().st_size <= 5_001


def test_an_unknown_kind_of_contents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="it: no maker of 'gold'"):
        write_context(Context({}, (Made("it", "gold"),)), tmp_path, 0, ())


def _facts() -> recording.Json:
    recipe = next(pair for pair in load_pairs() if pair.name == "order-apt")
    images = []
    for variant in recipe.variants:
        for number, tag in enumerate(variant.tags):
            size = 100 + number if variant.role == "wasteful" else 10
            layers = [{"digest": f"{variant.role} {number}", "size": size}]
            manifest = json.dumps({"config": {"digest": "c", "size": 2}, "layers": layers})
            name = (variant.repository, tag)
            images.append(recording.image_record(recipe, variant, name, Stored(manifest, "{}")))
    return {"images": images, "pairs": []}


def test_a_pair_is_measured_by_its_newest_images_and_by_what_releases_add() -> None:
    facts = _facts()
    recording.restate(facts, load_pairs())
    (pair,) = facts["pairs"]
    assert pair["wasteful_release_bytes"] == [101, 102]
    assert pair["lean_release_bytes"] == [10, 10]
    lengths = [len(image["manifest"]) for image in facts["images"]]
    assert pair["saved_bytes"] == 92 + lengths[2] - lengths[5]


def test_images_of_another_recipe_than_todays_are_dropped() -> None:
    facts = _facts()
    facts["images"].pop()
    recording.restate(facts, load_pairs())
    assert facts == {"images": [], "pairs": []}


def test_the_record_is_the_same_bytes_for_the_same_facts(tmp_path: Path) -> None:
    facts = _facts()
    recording.save(tmp_path / "one", facts)
    recording.save(tmp_path / "two", {**facts, "images": facts["images"][::-1]})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert recording.load(tmp_path / "one") == facts
    assert recording.load(tmp_path / "none") == {"images": [], "pairs": []}


def test_the_page_shows_what_was_recorded() -> None:
    assert f"{START}\n\n{render_tables(load_built())}\n{END}" in PAGE.read_text()


def test_a_table_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_table(page, load_built())
    assert page.read_text().startswith(f"before\n{START}\n\n| pair |")
    assert page.read_text().endswith(f"\n{END}\nafter\n")
    assert "\nold\n" not in page.read_text()
