"""Dockerfiles that were really built: all that they install, copy and keep is in the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import Copy, CopyFrom, Deed, IndexKept, Install, Step
from auditor.domain.packages import Ecosystem
from scripts.pairs.reading import REGISTRY, Variant, load_bases, load_pairs

VARIANTS = {
    f"{recipe.name} {variant.role}": variant
    for recipe in (*load_bases(), *load_pairs())
    for variant in recipe.variants
}
TOOLS = {"apt-get": Ecosystem.APT, "pip": Ecosystem.PIP, "npm": Ecosystem.NPM}
TAKES_A_VALUE = {"--target", "--no-binary", "-r"}
VERSION = re.compile(r"[=<>@].*")


def lines_of(dockerfile: str) -> list[str]:
    """Instructions, one a line; recipes have neither here-documents nor comments in them."""
    return [line for line in dockerfile.replace("\\\n", " ").splitlines() if line.strip()]


def named_in(line: str) -> Iterator[tuple[Ecosystem, str]]:
    """Packages and lists that a RUN names, by splitting it at `&&` and blanks."""
    for command in line.removeprefix("RUN ").split("&&"):
        words = command.replace('"', "").split()
        if words[:1] and words[0] in TOOLS and "install" in words:
            rest = words[words.index("install") + 1 :]
            for before, word in zip(("", *rest), rest, strict=False):
                if before == "-r":
                    yield TOOLS[words[0]], word
                elif word[0] not in "-/" and before not in TAKES_A_VALUE:
                    yield TOOLS[words[0]], VERSION.sub("", word)


def named_by(deeds: tuple[Deed, ...]) -> Iterator[tuple[Ecosystem, str]]:
    for deed in deeds:
        if isinstance(deed, Install):
            yield from ((deed.ecosystem, one.name) for one in (*deed.packages, *deed.gone))
            if deed.ecosystem is not Ecosystem.NPM:
                yield from ((deed.ecosystem, one.path) for one in deed.lists)


def check_run(step: Step, line: str) -> None:
    """Installs, caches, recommends and dev as the line says them."""
    assert sorted(named_by(step.deeds)) == sorted(named_in(line))
    installs = [deed for deed in step.deeds if isinstance(deed, Install)]
    keeps_lists = "apt-get update" in line and "/var/lib/apt/lists" not in line
    assert any(isinstance(deed, IndexKept) for deed in step.deeds) is keeps_lists
    for one in installs:
        assert one.unread == ()
        if one.ecosystem is Ecosystem.APT:
            assert one.has_recommended is ("--no-install-recommends" not in line)
            assert one.keeps_cache is ("docker-clean" in line)
        elif one.ecosystem is Ecosystem.PIP:
            assert one.keeps_cache is ("--no-cache-dir" not in line)
            assert one.has_bytecode is ("--no-compile" not in line)
        else:
            assert one.keeps_cache is ("npm cache clean" not in line)
            assert one.has_dev is ("--omit=dev" not in line)
            listed = (one.lists[0], *one.lists[0].instead)
            assert "package.json" in {file.context_path for file in listed}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_the_plan_of_a_built_recipe_says_what_the_recipe_says(variant: Variant) -> None:
    plan = read_dockerfile(variant.dockerfile)
    steps = [step for stage in plan.stages for step in stage.steps]
    lines = [one for one in lines_of(variant.dockerfile) if one.startswith(("RUN", "COPY", "ADD"))]
    assert plan.notes == ()
    for step, line in zip(steps, lines, strict=True):
        if step.instruction == "RUN":
            check_run(step, line)
            continue
        (deed,) = step.deeds
        *sources, _ = [word for word in line.split()[1:] if not word.startswith("--")]
        kind = CopyFrom if "--from=" in line else Copy
        assert isinstance(deed, kind)
        assert list(deed.sources) == sources


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_the_image_of_a_built_recipe_is_built_on_its_base(variant: Variant) -> None:
    image = final_image(read_dockerfile(variant.dockerfile))
    assert image.base.name == (f"{REGISTRY}/{variant.base}" if variant.base else "scratch")
    stages = variant.dockerfile.count("FROM ")
    assert [left.stage for left in image.left_out] == list(range(stages - 1))
    assert all(left.is_built for left in image.left_out)


def test_there_are_many_recipes_with_installs_of_every_tool() -> None:
    named = [
        pair
        for one in VARIANTS.values()
        for line in lines_of(one.dockerfile)
        for pair in named_in(line)
    ]
    assert len(VARIANTS) >= 90
    assert {ecosystem for ecosystem, _ in named} == {Ecosystem.APT, Ecosystem.PIP}
