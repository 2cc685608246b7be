from __future__ import annotations

import pytest

from auditor.dockerfiles.places import PYTHON
from auditor.domain.build_plan import InlineFile, Install
from auditor.domain.packages import Wanted
from tests.fakes.dockerfiles import install_of, of_kind

VENV = "/app/.venv/lib/python3/site-packages"


def install(command: str, before: str = "") -> Install:
    return install_of(f"WORKDIR /app\nCOPY . .\n{before}\nRUN {command}")


@pytest.mark.parametrize(
    "command,lock,has_dev",
    [
        ("uv sync", "uv.lock", True),
        ("uv sync --locked --no-dev", "uv.lock", False),
        ("uv sync --no-default-groups", "uv.lock", False),
        ("uv sync --no-group dev", "uv.lock", False),
        ("uv sync --no-dev --group dev", "uv.lock", True),
        ("uv sync --only-group docs", "uv.lock", False),
        ("uv sync --only-group dev", "uv.lock", True),
        ("UV_NO_DEV=1 uv sync", "uv.lock", False),
        ("poetry install", "poetry.lock", True),
        ("python -m poetry install --no-root --only main", "poetry.lock", False),
        ("poetry install --only=main,dev", "poetry.lock", True),
        ("poetry install --without dev,test", "poetry.lock", False),
        ("poetry install --no-dev", "poetry.lock", False),
        ("poetry sync", "poetry.lock", True),
        ("pipenv install --system --deploy", "Pipfile.lock", False),
        ("pipenv sync --dev", "Pipfile.lock", True),
        ("pdm install", "pdm.lock", True),
        ("pdm sync --prod", "pdm.lock", False),
    ],
)
def test_locks_are_installed_with_or_without_dev(command: str, lock: str, has_dev: bool) -> None:
    found = install(command)
    assert [one.context_path for one in found.lists] == [lock]
    assert found.lists[0].instead
    assert found.has_dev is has_dev


@pytest.mark.parametrize(
    "before,command,place",
    [
        ("", "uv sync", VENV),
        ("ENV UV_PROJECT_ENVIRONMENT=/usr/local", "uv sync", PYTHON),
        ("ENV VIRTUAL_ENV=/v", "uv sync --active", "/v/lib/python3/site-packages"),
        ("", "uv sync --directory /srv", "/srv/.venv/lib/python3/site-packages"),
        ("", "poetry install", "/root/.cache/pypoetry/virtualenvs"),
        ("ENV POETRY_CACHE_DIR=/c", "poetry install", "/c/virtualenvs"),
        ("ENV POETRY_VIRTUALENVS_PATH=/c", "poetry install", "/c"),
        ("ENV POETRY_VIRTUALENVS_CREATE=false", "poetry install", PYTHON),
        ("RUN poetry config virtualenvs.create false", "poetry install", PYTHON),
        ("", "poetry config virtualenvs.in-project true && poetry install", VENV),
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=1", "/opt/poetry/bin/poetry install", VENV),
        ("ENV VIRTUAL_ENV=/v", "poetry install", "/v/lib/python3/site-packages"),
        ("RUN poetry config http-basic.x y z", "poetry install", "/root/.cache/pypoetry/virtualenvs"),
        ("", "pipenv install --system", PYTHON),
        ("", "pipenv install", "/root/.local/share/virtualenvs"),
        ("ENV PIPENV_VENV_IN_PROJECT=1", "pipenv install", VENV),
        ("ENV WORKON_HOME=/w", "pipenv install", "/w"),
        ("", "pdm install", VENV),
        ("", "uv tool install ruff", "/root/.local/share/uv/tools"),
        ("ENV PIPX_HOME=/x", "pipx install ruff==0.6", "/x"),
    ],
)  # fmt: skip
def test_each_tool_has_its_place(before: str, command: str, place: str) -> None:
    assert install(command, before).place == place


def test_extras_groups_and_names_are_those_asked_for() -> None:
    assert install("uv sync --all-extras --all-groups").extras == ("*",)
    assert install("uv sync --all-groups --extra web").groups == ("*",)
    found = install("uv sync --extra web --group ops --no-editable")
    assert (found.extras, found.groups, found.local) == (("web",), ("ops",), ("/app",))
    assert install("uv sync --no-editable --no-install-project").local == ()
    assert install("uv add flask").packages == (Wanted("flask"),)
    found = install("poetry install --with docs,test -E pg --compile")
    assert (found.groups, found.extras, found.has_bytecode) == (("docs", "test"), ("pg",), True)
    assert install("poetry install --all-extras").extras == ("*",)
    assert install("poetry install --only main --only docs").groups == ("docs",)
    found = install("pipenv install flask -r more.txt --categories prod")
    assert [one.context_path for one in found.lists] == ["more.txt"]
    assert (found.packages, found.groups) == ((Wanted("flask"),), ("prod",))
    assert install("pipx install ruff==0.6").packages == (Wanted("ruff", "==0.6"),)
    assert install("pdm install -G web").groups == ("web",)


@pytest.mark.parametrize(
    "command",
    [
        "uv lock",
        "poetry lock",
        "pipenv lock",
        "pdm lock",
        "pipx list",
        "poetry config",
        "uv pip list",
    ],
)
def test_other_commands_install_nothing(command: str) -> None:
    assert of_kind(f"RUN {command}", Install) == []


@pytest.mark.parametrize(
    "command,lock",
    [
        ("poetry export -f requirements.txt -o /r.txt", "poetry.lock"),
        ("uv export --no-dev > /r.txt", "uv.lock"),
        ("pipenv requirements > /r.txt", "Pipfile.lock"),
    ],
)
def test_a_list_made_from_a_lock_is_the_lock(command: str, lock: str) -> None:
    body = f"WORKDIR /app\nCOPY . .\nRUN {command}\nRUN pip install -r /r.txt"
    assert [one.context_path for one in install_of(body).lists] == [lock]
    assert of_kind(body, InlineFile) == [InlineFile("/r.txt", 0)]


def test_a_lock_that_no_step_copies_is_not_found_in_the_context() -> None:
    found = install_of("RUN poetry export -o /r.txt\nRUN pip install -r /r.txt")
    assert found.lists[0].context_path == ""
    assert of_kind("RUN poetry export", InlineFile) == []
