from __future__ import annotations

import pytest

from auditor.dockerfiles.stage_reader import MOST_NOTES
from auditor.domain.build_plan import Copy, InlineFile, Install, Other
from tests.fakes.dockerfiles import deeds_of, fault_of, install_of, of_kind, plan_of


def places(body: str) -> list[str]:
    return [copy.place for copy in of_kind(body, Copy)]


def test_folders_follow_workdir_and_its_variables() -> None:
    assert places(
        "ENV A=/srv B=x\nWORKDIR $A\nWORKDIR $B/${A#/}\nCOPY a .\nWORKDIR /\nCOPY a b"
    ) == [
        "/srv/x/srv",
        "/b",
    ]


def test_variables_of_env_win_over_arguments() -> None:
    assert places("ENV A=/env\nARG A=/arg\nARG B=/b\nENV B=/c\nCOPY x $A\nCOPY x $B") == [
        "/env",
        "/c",
    ]


def test_the_old_form_of_env_takes_the_rest_of_the_line() -> None:
    assert places(
        'ENV A /x y\nENV B="/q r" C=/s\\ t\nCOPY ["x", "$A"]\nCOPY x "$B"\nCOPY x "$C"'
    ) == [
        "/x y",
        "/q r",
        "/s t",
    ]
    assert places("ENV\nCOPY a /b") == ["/b"]


def test_one_env_sees_what_held_before_it() -> None:
    assert places("ENV A=/1\nENV A=/2 B=$A\nCOPY x $B") == ["/1"]


def test_a_user_has_a_home_of_their_own() -> None:
    found = install_of("USER app\nRUN pip install --user a")
    assert found.place == "/home/app/.local/lib/python3/site-packages"


@pytest.mark.parametrize(
    "body",
    [
        'SHELL ["powershell", "-Command"]\nRUN apt-get install -y a',
        'SHELL ["/usr/bin/python3", "-c"]\nRUN pip install a',
        "RUN <<EOF\n#!/usr/bin/env python3\npip install a\nEOF",
    ],
)
def test_what_no_shell_reads_is_not_understood(body: str) -> None:
    assert [type(deed) for deed in deeds_of(body)] == [Other]


def test_what_a_shell_reads_is() -> None:
    assert of_kind('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN pip install a', Install)
    assert of_kind("RUN <<EOF\n#!/bin/bash -e\npip install a\nEOF", Install)
    assert of_kind("RUN <<EOF\n#!\npip install a\nEOF", Install)
    assert of_kind('SHELL ["cmd"]\nRUN ["pip", "install", "a"]', Install)


def test_a_shell_needs_its_exec_form() -> None:
    assert "line 2: SHELL needs its exec form" in fault_of("FROM a\nSHELL bash")


def test_what_cannot_be_read_to_its_end_is_noted() -> None:
    plan = plan_of("FROM a\n" + "RUN pip install 'a\n" * (MOST_NOTES + 5))
    assert plan.notes[0] == "Line 2: the commands cannot be read to their end."
    assert len(plan.notes) == MOST_NOTES


def test_triggers_run_in_the_stage_built_on_theirs() -> None:
    text = "FROM a AS base\nONBUILD COPY r.txt /\nONBUILD RUN <<E\npip install -r /r.txt\nE\nFROM base\n"
    base, child = plan_of(text).stages
    assert base.steps == ()
    assert [(step.line, step.instruction) for step in child.steps] == [(2, "COPY"), (3, "RUN")]
    install, *_ = child.steps[1].deeds
    assert isinstance(install, Install)
    assert install.lists[0].context_path == "r.txt"
    inline = plan_of("FROM a AS x\nONBUILD COPY <<E /e\nhi\nE\nFROM x").stages[1].steps[0].deeds
    assert inline == (InlineFile("/e", 3),)


@pytest.mark.parametrize("name", ["ONBUILD RUN x", "FROM b"])
def test_some_instructions_are_no_triggers(name: str) -> None:
    assert "line 2: ONBUILD cannot hold" in fault_of(f"FROM a\nONBUILD {name}")


def test_triggers_are_counted_among_the_instructions() -> None:
    text = "FROM x AS a\n" + "ONBUILD RUN a\n" * 3_000 + "FROM a\n" * 5
    assert "ONBUILD makes more than 10,000 instructions" in fault_of(text)


@pytest.mark.parametrize(
    "body,repeated",
    [
        ("RUN uv sync --no-install-project\nCOPY . .\nRUN uv sync", [False, True]),
        ("RUN npm ci\nRUN npm ci", [False, False]),
        ("RUN npm i\nRUN npm i", [False, True]),
        ("RUN npm i\nRUN npm i --omit=dev", [False, True]),
        ("RUN npm i --omit=dev\nRUN npm i", [False, False]),
        ("RUN pip install a\nRUN pip install b\nRUN pip install a", [False, False, True]),
        ("RUN false || pip install a\nRUN pip install a", [False, False]),
        ("RUN pip wheel a\nRUN pip wheel a", [False, False]),
        ("RUN npm i && rm -rf node_modules\nRUN npm i && rm -rf node_modules", [False, False]),
    ],
)
def test_the_same_again_adds_nothing(body: str, repeated: list[bool]) -> None:
    assert [one.is_repeated for one in of_kind(body, Install)] == repeated


def test_steps_keep_their_text_on_one_line_with_flags() -> None:
    text = "FROM a\nCOPY --link \\\n  a b\nRUN <<E\necho 1\n\techo 2\nE\nRUN " + "x" * 1_000
    steps = plan_of(text).stages[0].steps
    assert [step.text for step in steps[:2]] == ["COPY --link a b", "RUN <<E echo 1 echo 2 E"]
    assert len(steps[2].text) == 200


def test_metadata_makes_no_step() -> None:
    plan = plan_of('FROM a\nLABEL a=b\nEXPOSE 80\nCMD ["x"]\nHEALTHCHECK NONE\nVOLUME /x\n')
    assert plan.stages[0].steps == ()


def test_values_and_things_are_bounded() -> None:
    assert "line 2: variables make more than 64 KiB" in fault_of("FROM a\nENV A=" + "x" * 70_000)
    assert "line 2: variables make more than 64 KiB" in fault_of("FROM a\nARG A=" + "x" * 70_000)
    text = "FROM a\nRUN pip install " + "-r a " * 20_001
    assert "line 2: the steps do more than 20,000 things by here" in fault_of(text)


def test_environments_are_bounded_too() -> None:
    body = "RUN " + ";".join(f"python -m venv /v{at}" for at in range(100))
    assert install_of(f"{body}\nENV PATH=/v99/bin\nRUN pip install a").place.startswith(
        "/usr/local"
    )
