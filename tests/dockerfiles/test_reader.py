from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import Base, BaseKind, Copy, Install
from auditor.domain.errors import UsageError
from auditor.domain.platform import Platform
from auditor.domain.text import is_clean_line
from tests.fakes.dockerfiles import fault_of, plan_of, read_or_refused

IMAGE, STAGE, SCRATCH = BaseKind.IMAGE, BaseKind.STAGE, BaseKind.SCRATCH
ROOT = Path(__file__).parents[2]


def bases(text: str, **arguments: str) -> list[Base]:
    return [stage.base for stage in read_dockerfile(text, arguments=arguments).stages]


def test_stages_start_from_images_other_stages_or_nothing() -> None:
    text = (
        "FROM debian:12@sha256:" + "a" * 64 + " AS One\nfrom ONE as two\nFROM scratch\nFROM two\n"
    )
    plan = plan_of(text)
    assert [stage.base for stage in plan.stages] == [
        Base(IMAGE, "debian:12@sha256:" + "a" * 64),
        Base(STAGE, "ONE", 0),
        Base(SCRATCH, "scratch"),
        Base(STAGE, "two", 1),
    ]
    assert [(stage.number, stage.name, stage.label, stage.line) for stage in plan.stages] == [
        (0, "One", "One", 1),
        (1, "two", "two", 2),
        (2, "", "2", 3),
        (3, "", "3", 4),
    ]


def test_of_two_stages_of_a_name_the_one_above_counts() -> None:
    assert [one.stage for one in bases("FROM a AS x\nFROM b AS x\nFROM x")] == [None, None, 1]


def test_arguments_before_from_name_images() -> None:
    text = 'ARG V=3.12 S\nARG IMAGE="python:${V}${S:+-$S}"\nFROM ${IMAGE}\nFROM ${N:-alpine}'
    assert [one.name for one in bases(text)] == ["python:3.12", "alpine"]
    assert [one.name for one in bases(text, S="slim", V="3.13")] == ["python:3.13-slim", "alpine"]


def test_arguments_before_from_hold_in_a_stage_that_asks_for_them() -> None:
    text = "ARG A=/x\nARG B=/y\nFROM a\nARG A\nARG B=/z\nARG C=/c\nARG D\nCOPY f $A\nCOPY f $B\nCOPY f $C\nCOPY f $D"
    plan = read_dockerfile(text, arguments={"C": "/given"})
    copies = [deed for step in plan.stages[0].steps for deed in step.deeds]
    assert [one.place for one in copies if isinstance(one, Copy)] == ["/x", "/z", "/given", "$D"]
    outside = plan_of("ARG A=/x\nFROM a\nCOPY f $A").stages[0].steps[0].deeds[0]
    assert isinstance(outside, Copy)
    assert outside.place == "$A"


def test_a_stage_takes_over_what_its_base_stage_settled() -> None:
    text = "FROM a AS x\nENV A=/v\nWORKDIR /w\nCOPY . .\nFROM x\nRUN pip install --target $A -r r.txt\nENV A=1"
    install, *_ = plan_of(text).stages[1].steps[0].deeds
    assert isinstance(install, Install)
    assert (install.place, install.lists[0].context_path) == ("/v", "r.txt")


def test_the_platform_is_known_to_the_dockerfile() -> None:
    text = "FROM --platform=$BUILDPLATFORM go\nFROM b-$TARGETARCH$TARGETVARIANT\nARG TARGETOS\nCOPY x /$TARGETOS"
    plan = read_dockerfile(text, platform=Platform("linux", "arm", "v7"))
    assert [(one.base.name, one.base.platform) for one in plan.stages] == [
        ("go", "linux/arm/v7"),
        ("b-armv7", ""),
    ]
    assert plan.stages[1].steps[0].deeds == (Copy(("x",), "/linux"),)


def test_arguments_that_nobody_takes_are_noted() -> None:
    plan = read_dockerfile("ARG A\nFROM a\nARG B", arguments={"A": "1", "B": "1", "C\x1b": "1"})
    assert plan.notes == ("No ARG takes the build argument `C\\x1b`.",)


def test_a_stage_further_down_is_an_image_to_from() -> None:
    plan = plan_of("FROM b AS a\nFROM x AS b\n")
    assert plan.stages[0].base == Base(IMAGE, "b")
    assert plan.notes == ("Line 1: the stage `b` is further down, so it is taken as an image.",)
    assert len(plan_of("FROM b\n" * 300 + "FROM x AS b").notes) == 100


def test_a_stage_further_down_may_be_copied_from() -> None:
    plan = plan_of("FROM a\nCOPY --from=late /x /y\nFROM b AS late\nCOPY . /x\n")
    assert list(plan.stages[0].sources) == [(1, 2)]
    assert final_image(plan, "0").layers[0].brings[0].deed == Copy((".",), "/y")


@pytest.mark.parametrize(
    "text,said",
    [
        ("RUN a\nFROM b", "line 1: RUN stands before the first FROM"),
        ("FROM", "line 1: FROM cannot be read"),
        ("FROM a b", "line 1: FROM cannot be read"),
        ("FROM a to b", "line 1: FROM cannot be read"),
        ("FROM $A", "line 1: FROM `$A` comes to no image: its variable has no value"),
        ("FROM Upper/Case", "line 1: `Upper/Case` is no image"),
        ("FROM a:", "line 1: `a:` is no image"),
        ("FROM a\nCOPY --from=nO! /a /b", "line 2: `nO!` is no image"),
        ("FROM a\nCOPY --from=7 /a /b", "line 2: --from=`7` names no stage; stages count from 0 to 0"),
        ("FROM a\nRUN --mount=from=3,target=/x true", "line 2: --from=`3` names no stage"),
        ("FROM x AS a\n" + "".join(f"ENV A{i}=1\n" for i in range(4_000)) + "FROM a\n" * 40,
         "stages take over more than 200,000 settings"),
    ],
)  # fmt: skip
def test_what_no_builder_takes_is_refused_with_its_line(text: str, said: str) -> None:
    assert said in fault_of(text)


def test_the_product_s_own_dockerfile_is_understood() -> None:
    image = final_image(read_dockerfile((ROOT / "Dockerfile").read_bytes()))
    assert image.base.name.startswith("python:3.12-slim@sha256:")
    libraries, program, folder = (layer.brings[0].deed for layer in image.layers)
    assert isinstance(libraries, Install)
    assert libraries.lists[0].context_path == "requirements/server.txt"
    assert (libraries.place, libraries.has_bytecode) == ("/opt/libraries", True)
    assert isinstance(program, Install)
    assert program.lists[0].context_path == "pyproject.toml"
    assert type(folder).__name__ == "Folder"
    assert [one.label for one in image.left_out] == ["libraries", "program"]


WORDS = st.sampled_from(
    [
        *("FROM ", "FROM a AS b\n", "RUN ", "COPY ", "--from=0 ", "--from=b ", "ARG A", "ENV A", "=", "\n"),
        *("WORKDIR ", "ONBUILD ", "<<E", "\nE\n", "\\\n", "#", "[", '"', "]", "'", "$A", "${A:-", "}", "/a "),
        *("pip install ", "-r ", "apt-get install ", "npm ci ", "rm -rf ", "&& ", "| ", "; ", "a ", "\0", "é"),
        *("--mount=type=bind,from=b,target=/a ", "USER ", "SHELL ", "ADD ", "http://h/x ", "\r\n", "\t", "* "),
        *("curl -o ", "tar xf a.tgz ", "go build ", "chown -R a ", "mkdir ", "FROM b\n", "FROM scratch\n"),
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=60).map("".join) | st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_the_text_it_is_read_or_refused(text: str | bytes) -> None:
    outcome = read_or_refused(text)
    if isinstance(outcome, UsageError):
        assert outcome.next_step
        assert is_clean_line(outcome.message)
    else:
        assert outcome.base.kind is not BaseKind.STAGE
