"""What instructions mean to the steps after them."""

from __future__ import annotations

import pytest

from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import Copy, CopyFrom, Deed, Download, InlineFile, Install
from auditor.domain.errors import UsageError


def deeds(text: str) -> list[Deed]:
    plan = read_dockerfile(f"FROM python:3.12\n{text}")
    return [deed for stage in plan.stages for step in stage.steps for deed in step.deeds]


def installs(text: str) -> list[Install]:
    return [one for one in deeds(text) if isinstance(one, Install)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("COPY a b /c/", Copy(("a", "b"), "/c")),
        ('COPY ["a b", "/c"]', Copy(("a b",), "/c")),
        ("WORKDIR /app\nWORKDIR src\nCOPY . .", Copy((".",), "/app/src")),
        ("ENV D=/d\nCOPY x $D/y", Copy(("x",), "/d/y")),
        ("ADD app.tar.gz /x", Copy(("app.tar.gz",), "/x", is_unpacked=True)),
        ("COPY --exclude=*.md --chown=1 . /x", Copy((".",), "/x", excludes=("*.md",))),
        ("ADD https://u:p@h/a.zip?t=1 /x/", Download("https://h/a.zip", "/x/a.zip")),
        ("ADD https://h/a.zip /x", Download("https://h/a.zip", "/x")),
        ("COPY <<E /x\nab\nE", InlineFile("/x", 3)),
        ("COPY <<E /x/\nab\nE", InlineFile("/x/E", 3)),
        ("COPY --from=nginx:1 /a /b", CopyFrom(("/a",), "/b", None, "nginx:1")),
    ],
)
def test_copies_say_what_comes_from_where(text: str, expected: Deed) -> None:
    assert deeds(text) == [expected]


def test_a_copy_from_a_stage_names_its_number() -> None:
    text = "FROM a AS x\nFROM b\nCOPY --from=X /a /b/\nCOPY --from=0 c d /e/"
    plan = read_dockerfile(text)
    assert [deed for step in plan.stages[1].steps for deed in step.deeds] == [
        CopyFrom(("/a",), "/b", 0),
        CopyFrom(("/c", "/d"), "/e", 0),
    ]


@pytest.mark.parametrize(
    "text, dev",
    [
        ("RUN npm ci", True),
        ("ENV NODE_ENV=production\nRUN npm ci", False),
        ("ENV NODE_ENV production\nRUN npm ci", False),
        ("ARG NODE_ENV=production\nRUN npm ci", False),
        ("ARG NODE_ENV\nRUN npm ci", True),
        ("RUN NODE_ENV=production npm ci", False),
        ("RUN export NODE_ENV=production X && npm ci", False),
    ],
)
def test_variables_reach_the_commands(text: str, *, dev: bool) -> None:
    assert [one.has_dev for one in installs(text)] == [dev]


def test_a_stage_on_a_stage_begins_with_what_that_had() -> None:
    text = "FROM a AS x\nENV NODE_ENV=production\nWORKDIR /w\nUSER me\nFROM x\nRUN npm ci\n"
    plan = read_dockerfile(text)
    install, *_ = plan.stages[1].steps[0].deeds
    assert isinstance(install, Install)
    assert (install.place, install.has_dev) == ("/w/node_modules", False)


def test_lists_are_found_where_they_were_copied_or_mounted_from() -> None:
    text = "COPY deps/requirements.txt /r/\nRUN pip install -r /r/requirements.txt"
    assert installs(text)[0].lists[0].context_path == "deps/requirements.txt"
    text = "RUN --mount=type=bind,source=a,target=/m pip install -r /m/requirements.txt"
    assert installs(text)[0].lists[0].context_path == "a/requirements.txt"
    text = "RUN --mount=type=cache,target=/root/.cache/pip pip install flask"
    assert not installs(text)[0].keeps_cache


def test_mounts_of_stages_are_needs() -> None:
    text = (
        "FROM a AS x\nCOPY r.txt /r.txt\nFROM b\n"
        "RUN --mount=from=x,src=/,dst=/m --network=none pip install -r /m/r.txt"
    )
    step = read_dockerfile(text).stages[1].steps[0]
    assert step.needs == (0,)
    install, *_ = step.deeds
    assert isinstance(install, Install)
    assert install.lists[0].context_path == "r.txt"


def test_build_arguments_win_over_defaults() -> None:
    text = "FROM a\nARG W=one\nRUN pip install $W\n"
    install, *_ = read_dockerfile(text, arguments={"W": "two"}).stages[0].steps[0].deeds
    assert isinstance(install, Install)
    assert install.packages[0].name == "two"


def test_other_instructions_make_no_step() -> None:
    assert deeds('LABEL a=b\nEXPOSE 80\nCMD x\nENTRYPOINT y\nSHELL ["a"]') == []


def test_texts_are_safe_to_show() -> None:
    plan = read_dockerfile("FROM a\nRUN echo \x1b[31m\u202e\n")
    assert "\x1b" not in plan.stages[0].steps[0].text
    with pytest.raises(UsageError) as caught:
        read_dockerfile("FROM a\nCOPY \x1b\n")
    assert "\x1b" not in str(caught.value)
