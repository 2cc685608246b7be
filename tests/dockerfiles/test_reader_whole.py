"""Whole Dockerfiles: stages, bases, arguments, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import BaseKind, Install
from auditor.domain.errors import UsageError
from auditor.domain.platform import Platform

ROOT = Path(__file__).parents[2]
PAIRS = sorted((ROOT / "scripts/pairs").glob("*/*.toml"))


def bases(text: str, **arguments: str) -> list[tuple[str, str, int | None]]:
    plan = read_dockerfile(text, arguments=arguments)
    return [(one.name, one.base.name, one.base.stage) for one in plan.stages]


def test_stages_are_numbered_named_and_built_on_one_another() -> None:
    text = "from alpine:3.20 AS Base\nFROM base as next\nFROM scratch\nFROM 0\n"
    plan = read_dockerfile(text)
    assert [one.base.kind for one in plan.stages] == [
        *(BaseKind.IMAGE, BaseKind.STAGE, BaseKind.SCRATCH, BaseKind.IMAGE)
    ]
    assert [(one.label, one.line) for one in plan.stages] == [
        *(("Base", 1), ("next", 2), ("2", 3), ("3", 4))
    ]


def test_arguments_before_from_are_for_from_and_asked_for_within() -> None:
    text = "ARG V=3.12\nARG N=python:${V}\nFROM ${N}-slim\nARG V\nENV X=$V\nRUN pip install a==$X\n"
    assert bases(text)[0][1] == "python:3.12-slim"
    assert bases(text, V="3.13")[0][1] == "python:3.13-slim"
    step = read_dockerfile(text, arguments={"V": "9"}).stages[0].steps[0]
    install, *_ = step.deeds
    assert isinstance(install, Install)
    assert install.packages[0].constraint == "==9"


def test_platforms_are_those_of_the_image() -> None:
    text = "FROM --platform=$BUILDPLATFORM alpine\nARG TARGETARCH\nENV A=$TARGETARCH\nWORKDIR /$A\nCOPY a .\n"
    plan = read_dockerfile(text, platform=Platform("linux", "arm64"))
    assert plan.stages[0].base.platform == "linux/arm64"
    assert "/arm64" in str(plan.stages[0].steps[0].deeds)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "has no FROM"),
        ("# only\n", "has no FROM"),
        ("RUN x\nFROM a\n", "line 1: RUN stands before the first FROM"),
        ("FROM\n", "line 1: FROM cannot be read"),
        ("FROM $NOTHING\n", "`$NOTHING` comes to no image"),
        ("FROM a\nCOPY --from=3 /x /y\n", "line 2: --from=`3` names no stage"),
        ("FROM a AS b\nCOPY --from=b /x /y\n", "line 2: stage `b` copies from itself"),
        ("FROM a\nCOPY x\n", "line 2: COPY needs a source and a destination"),
        ("FROM a\nHELLO\n", "line 2: `HELLO` is no instruction"),
        ("FROM a\nRUN <<EOF\nx\n", "here-document `EOF` has no end"),
    ],
)
def test_what_is_no_dockerfile_is_refused_by_line(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_dockerfile(text)
    assert why in caught.value.message
    assert caught.value.next_step


def test_a_thousand_stages_are_followed() -> None:
    chain = ["FROM scratch AS s0", "RUN pip install flask"]
    for number in range(1, 1000):
        chain += [f"FROM scratch AS s{number}", f"COPY --from=s{number - 1} / /"]
    image = final_image(read_dockerfile("\n".join(chain)))
    kinds = [type(one.deed).__name__ for layer in image.layers for one in layer.brings]
    assert kinds == ["Install", "LeftBehind", "LeftBehind"]


def test_onbuild_counts_for_stages_built_on_it() -> None:
    plan = read_dockerfile("FROM a AS b\nONBUILD RUN pip install c\nFROM b\n")
    assert plan.stages[0].steps == ()
    assert isinstance(plan.stages[1].steps[0].deeds[0], Install)


def test_the_projects_own_dockerfile_is_read() -> None:
    plan = read_dockerfile((ROOT / "Dockerfile").read_bytes())
    image = final_image(plan)
    installs = [
        one.deed for layer in image.layers for one in layer.brings if isinstance(one.deed, Install)
    ]
    (libraries,) = [one for one in installs if any(name.name == "server.txt" for name in one.lists)]
    assert libraries.has_bytecode  # by compileall, though pip does not compile
    assert not libraries.keeps_cache


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_every_recipe_of_the_pairs_is_read(path: Path) -> None:
    """They were really built, so nothing in them may be refused; each does something."""
    recipe = tomllib.loads(path.read_text())
    texts = [value["dockerfile"] for value in _tables(recipe) if "dockerfile" in value]
    for text in texts:
        plan = read_dockerfile(text)
        image = final_image(plan)
        assert image.layers


def _tables(value: object) -> list[dict[str, str]]:
    if isinstance(value, dict):
        inner = [one for each in value.values() for one in _tables(each)]
        return [value, *inner]
    if isinstance(value, list):
        return [one for each in value for one in _tables(each)]
    return []


@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(
                [
                    *("FROM a AS b", "FROM b", "COPY --from=b / /x", "RUN <<E\nx\nE", "ARG A=$A$A"),
                    *(
                        "ENV A=${A:-x} B='",
                        "COPY . .",
                        "ADD http://x/y /z",
                        "RUN apt-get install x",
                    ),
                    *("WORKDIR $A", "USER a", "RUN pip install -r r.txt", 'RUN ["npm", "ci"]'),
                    *("RUN --mount=type=bind,from=b,source=/,target=/m true", "# escape=`", "\\"),
                ]
            ),
        ),
        max_size=15,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        final_image(read_dockerfile("FROM scratch\n" + "\n".join(lines)))
    except UsageError as error:
        assert error.next_step  # noqa: PT017 - either is right
