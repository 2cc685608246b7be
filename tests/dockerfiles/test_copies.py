from __future__ import annotations

import pytest

from auditor.domain.build_plan import Copy, CopyFrom, Deed, Download, InlineFile, Install
from tests.fakes.dockerfiles import deeds_of, fault_of, install_of, plan_of


@pytest.mark.parametrize(
    "line,deeds",
    [
        ("COPY . .", [Copy((".",), "/app")]),
        ("COPY ./src/ /srv/src", [Copy(("src",), "/srv/src")]),
        ("COPY /a ../../b c d/", [Copy(("a", "b", "c"), "/app/d")]),
        ('COPY ["a b", "/x y/"]', [Copy(("a b",), "/x y")]),
        ("COPY --chown=a:b --exclude=*.md --exclude=docs . /x", [Copy((".",), "/x", excludes=("*.md", "docs"))]),
        ("ADD root.tar.gz /", [Copy(("root.tar.gz",), "/", is_unpacked=True)]),
        ("ADD https://u:p@h/x/a.bin?t=1 /opt/", [Download("https://h/x/a.bin", "/opt/a.bin")]),
        ("ADD https://h/a.bin /opt/b", [Download("https://h/a.bin", "/opt/b")]),
        ("ADD https://h/ /opt/", [Download("https://h/", "/opt")]),
        ("ADD git@h:r.git x /opt/", [Copy(("x",), "/opt", is_unpacked=True), Download("git@h:r.git", "/opt")]),
        ("COPY --from=img:1 /a /b /c/", [CopyFrom(("/a", "/b"), "/c", None, "img:1")]),
        ("COPY <<E /etc/x\nhello\nE", [InlineFile("/etc/x", 6)]),
        ("COPY <<E <<F y /etc/\n1\nE\né\nF", [Copy(("y",), "/etc"), InlineFile("/etc/E", 2), InlineFile("/etc/F", 3)]),
        ("ENV D=/srv\nCOPY ${D}/a $D/${N:-b}", [Copy(("srv/a",), "/srv/b")]),
        ("COPY a $HOME_OF_BASE/", [Copy(("a",), "$HOME_OF_BASE")]),
    ],
)  # fmt: skip
def test_copies_say_what_goes_where(line: str, deeds: list[Deed]) -> None:
    assert deeds_of(f"WORKDIR /app\n{line}") == deeds


@pytest.mark.parametrize("line", ["COPY a", "ADD", 'COPY ["a"]'])
def test_a_copy_has_a_destination(line: str) -> None:
    assert "line 2: " in fault_of(f"FROM a\n{line}")
    assert "needs a source and a destination" in fault_of(f"FROM a\n{line}")


def test_stages_are_named_by_name_or_number_in_any_case() -> None:
    plan = plan_of("FROM a AS Build\nFROM b\nCOPY --from=BUILD /x /y\nCOPY --from=0 /x /y\n")
    stages = [deed.stage for deed in plan.stages[1].steps[0].deeds if isinstance(deed, CopyFrom)]
    assert stages == [0]
    assert list(plan.stages[1].sources) == [(0, 3), (0, 4)]


def test_mounts_bring_lists_and_stages() -> None:
    mount = "--mount=type=bind,source=deps/r.txt,target=r.txt"
    found = install_of(f"WORKDIR /app\nRUN {mount} --mount=type=secret,id=x pip install -r r.txt")
    assert found.lists[0].context_path == "deps/r.txt"
    assert (
        install_of("RUN --mount=target=/src pip install -r /src/r.txt").lists[0].context_path
        == "r.txt"
    )
    text = "FROM a AS d\nCOPY deps/r.txt /d/\nFROM b\nRUN --mount=from=d,src=/d,dst=/m pip install -r /m/r.txt"
    (step,) = plan_of(text).stages[1].steps
    assert step.needs == (0,)
    (install,) = (one for one in step.deeds if isinstance(one, Install))
    assert [one.context_path for one in install.lists] == ["deps/r.txt"]
    image = "RUN --mount=type=bind,from=img,target=/m pip install -r /m/r.txt"
    assert install_of(image).lists[0].context_path == ""


def test_other_flags_of_a_run_bring_nothing() -> None:
    assert install_of("RUN --network=none --mount=type=ssh pip install a").packages[0].name == "a"


def test_the_number_of_flags_is_bounded() -> None:
    text = "FROM a\nRUN " + "--mount=type=tmpfs,target=/x " * 101 + "true"
    assert "line 2: RUN has more than 100 flags" in fault_of(text)
