"""The GitHub Action and the GitLab job: their form, and what their scripts really run.

Sources: docs.github.com, "Metadata syntax for GitHub Actions" and "Security hardening"
(inputs as environment variables, actions by commit); docs.gitlab.com, "CI/CD YAML syntax
reference".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from auditor.commands.checking import check

CI = Path(__file__).parent.parent / "ci"
ACTION, JOB = CI / "github/action.yml", CI / "gitlab/auditor-check.yml"
SCHEMAS = CI.parent / "tests/data"
EVIL = "x'\"; touch pwned; $(touch pwned) `touch pwned` -rf *"
FAKE = """#!/bin/sh
for one in "$@"; do printf '%s\\0' "$one" >> "$ASKED"; done
cat > "$ASKED.stdin"
for one in "$@"; do case "$one" in markdown=*) echo told > "${one#markdown=}";; esac; done
exit "${FAKE_CODE:-0}"
"""


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    return loaded


def job() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(JOB.read_text())["auditor-check"]
    return loaded


def check_step() -> dict[str, Any]:
    (found,) = (step for step in action()["runs"]["steps"] if step.get("id") == "check")
    return dict(found)


@dataclass(frozen=True)
class Shell:
    folder: Path

    def run(
        self, script: str, variables: Mapping[str, str], code: int = 0
    ) -> tuple[int, list[str]]:
        """The exit code, and the arguments that `auditor` was given."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "auditor").write_text(FAKE)
        (programs / "auditor").chmod(0o755)
        asked = self.folder / "asked"
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "ASKED": str(asked),
            "FAKE_CODE": str(code),
        }
        done = subprocess.run(
            [shutil.which("sh") or "/bin/sh", "-c", script],
            env=environment | dict(variables),
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        assert asked.exists(), done.stderr
        return done.returncode, asked.read_text().split("\0")[:-1]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def scripts() -> dict[str, tuple[str, Mapping[str, str]]]:
    """Each script with its variables, none of them set."""
    step = check_step()
    github = dict.fromkeys(step["env"], "")
    gitlab = {name: "" for name in job()["variables"] if name.startswith("CHECK_")}
    return {"github": (step["run"], github), "gitlab": (job()["script"][0], gitlab)}


@pytest.mark.parametrize(
    "path, schema", [(ACTION, "github-actions"), (JOB, "gitlab-ci")], ids=["github", "gitlab"]
)
def test_both_are_what_their_schema_asks_for(path: Path, schema: str) -> None:
    """The schemas are those that check-jsonschema 0.39.0 ships; NOTICE has their licences."""
    rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
    check_schema = Draft7Validator(rules)
    assert list(check_schema.iter_errors(yaml.safe_load(path.read_text()))) == []
    assert list(check_schema.iter_errors({"runs": {"using": 1}, "a-job": {"script": 1}}))


def test_the_action_has_the_form_of_a_composite_action() -> None:
    document = action()
    assert set(document) <= {
        "name",
        "description",
        "author",
        "inputs",
        "outputs",
        "runs",
        "branding",
    }
    assert document["runs"]["using"] == "composite"
    for step in document["runs"]["steps"]:
        assert set(step) <= {"name", "id", "if", "shell", "env", "run", "uses", "with"}
        assert ("uses" in step) != ("run" in step and "shell" in step)
    for one in document["inputs"].values():
        assert set(one) <= {"description", "required", "default"}
        assert one.get("required") or isinstance(one["default"], str)
    for one in document["outputs"].values():
        assert re.fullmatch(r"\$\{\{ steps\.check\.outputs\.[a-z-]+ \}\}", one["value"])


def test_no_input_is_written_into_a_script_and_no_action_is_named_by_a_tag() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"|.+@[0-9a-f]{40}", step.get("uses", ""))
    readme = (CI / "github/README.md").read_text()
    assert set(re.findall(r"uses: \S+@(\S+)", readme)) == {"COMMIT"}
    assert "${{" not in "".join(re.findall(r"run: (.+)", readme))


def test_every_input_reaches_the_shell_under_its_name() -> None:
    env = check_step()["env"]
    assert env == {
        f"CHECK_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}"
        for name in action()["inputs"]
    }


def test_the_job_has_the_form_of_a_gitlab_job() -> None:
    document = job()
    assert set(document) <= {"image", "variables", "script", "artifacts", "stage", "rules"}
    assert all(isinstance(value, str) for value in document["variables"].values())
    assert set(document["artifacts"]["reports"]) == {"codequality", "junit"}
    assert document["artifacts"]["when"] == "always"
    script = document["script"][0]
    for name, path in (("gitlab", "codequality"), ("junit", "junit")):
        assert f"--report {name}={document['artifacts']['reports'][path]}" in script


def test_both_take_the_same_variables() -> None:
    (_, github), (_, gitlab) = scripts().values()
    assert set(gitlab) - {"CHECK_AUDITOR_IMAGE"} == set(github)


@pytest.mark.parametrize("name", scripts())
def test_every_variable_becomes_an_option_that_there_is(shell: Shell, name: str) -> None:
    script, variables = scripts()[name]
    filled = {key: f"value of {key}" for key in variables} | {
        "CHECK_ALLOW_MISSING_BASELINE": "true"
    }
    code, asked = shell.run(script, filled)
    assert (code, asked[0], asked[-2:]) == (0, "check", ["--", "value of CHECK_IMAGE"])
    known = {option for parameter in check.params for option in parameter.opts}
    options = {one for one in asked if one.startswith("--") and one != "--"}
    assert options <= known
    told = {"CHECK_IMAGE", "CHECK_PASSWORD", "CHECK_AUDITOR_IMAGE", "CHECK_ALLOW_MISSING_BASELINE"}
    for key in set(variables) - told:
        option = "--" + key.removeprefix("CHECK_").lower().replace("_", "-")
        assert asked[asked.index(option) + 1] == f"value of {key}"
    assert (shell.folder / "asked.stdin").read_text() == "value of CHECK_PASSWORD"


@pytest.mark.parametrize("name", scripts())
def test_what_is_not_said_is_left_out(shell: Shell, name: str) -> None:
    script, variables = scripts()[name]
    _, asked = shell.run(script, {**variables, "CHECK_IMAGE": "a:1"})
    assert {one for one in asked if one.startswith("--")} <= {"--format", "--report", "--"}


@pytest.mark.parametrize("name", scripts())
def test_no_value_runs_as_a_command(shell: Shell, name: str) -> None:
    script, variables = scripts()[name]
    _, asked = shell.run(script, dict.fromkeys(variables, EVIL))
    assert asked[-1] == EVIL
    assert not list(shell.folder.rglob("pwned"))


@pytest.mark.parametrize("name", scripts())
def test_the_step_ends_as_the_check_does(shell: Shell, name: str) -> None:
    script, variables = scripts()[name]
    assert shell.run(script, {**variables, "CHECK_IMAGE": "a:1"}, code=3)[0] == 3


def test_the_action_leaves_a_summary_and_its_outputs(shell: Shell) -> None:
    script, variables = scripts()["github"]
    shell.run(script, {**variables, "CHECK_IMAGE": "a:1"}, code=1)
    assert (shell.folder / "summary").read_text() == "told\n"
    outputs = dict(
        line.split("=", 1) for line in (shell.folder / "output").read_text().splitlines()
    )
    assert set(outputs) == set(action()["outputs"])
    assert outputs["exit-code"] == "1"


def test_the_action_installs_what_is_pinned_by_hash() -> None:
    (install,) = (step["run"] for step in action()["runs"]["steps"] if step.get("id") != "check")
    for line in install.splitlines():
        if "-r " in line:
            assert "--require-hashes" in line
            name = re.findall(r"requirements/\S+\.txt", line)[0]
            assert (CI.parent / name).is_file()
