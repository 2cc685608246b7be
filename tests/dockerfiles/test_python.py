from __future__ import annotations

import pytest

from auditor.dockerfiles.places import PYTHON
from auditor.domain.build_plan import Install
from auditor.domain.packages import Ecosystem, Wanted
from tests.fakes.dockerfiles import install_of, of_kind, run


def test_packages_come_as_they_are_named() -> None:
    found = run("pip install --no-cache-dir -i https://h/simple 'flask==3.1.3' uvicorn[standard]")
    assert found == Install(
        Ecosystem.PIP,
        "pip",
        PYTHON,
        (Wanted("flask", "==3.1.3"), Wanted("uvicorn", extras=("standard",))),
        has_bytecode=True,
    )


@pytest.mark.parametrize(
    "command",
    [
        "pip3 install a",
        "pip3.12 install a",
        "python -m pip install a",
        "python3 -Im pip install a",
        "/usr/local/bin/pip install a",
        "sudo -H pip install a",
    ],
)
def test_pip_goes_by_several_names(command: str) -> None:
    found = run(command)
    assert (found.tool, found.packages, found.place) == ("pip", (Wanted("a"),), PYTHON)


@pytest.mark.parametrize(
    "command",
    ["pip list", "pip", "python -m http.server", "python app.py", "uv pip list", "uv run x"],
)
def test_other_commands_install_nothing(command: str) -> None:
    assert of_kind(f"RUN {command}", Install) == []


def test_lists_are_found_in_the_context() -> None:
    found = install_of(
        "WORKDIR /app\nCOPY api/requirements.txt limits.txt ./\n"
        "RUN pip install -r requirements.txt --requirement=$MORE -r https://h/r.txt -c limits.txt"
    )
    assert [(one.path, one.context_path) for one in found.lists] == [
        ("/app/requirements.txt", "api/requirements.txt")
    ]
    assert [one.context_path for one in found.constraints] == ["limits.txt"]
    assert found.unread == ("https://h/r.txt", "$MORE")


def test_a_project_is_installed_from_its_folder() -> None:
    found = install_of(
        "WORKDIR /app\nCOPY . .\nRUN pip install --no-deps .[prod] -e ./lib /w/a.whl h://x"
    )
    assert found.local == ("/app", "/w/a.whl", "h://x", "/app/lib")
    assert [one.context_path for one in found.lists] == ["pyproject.toml", "lib/pyproject.toml"]
    assert [one.name for one in found.lists[0].instead] == ["setup.cfg", "setup.py"]
    assert found.extras == ("prod",)
    assert not found.has_dependencies


@pytest.mark.parametrize(
    "options,place",
    [
        ("--target /opt/lib", "/opt/lib"),
        ("-t lib", "/app/lib"),
        ("--prefix=/install", "/install/lib/python3/site-packages"),
        ("--prefix=/usr/local", PYTHON),
        ("--root /r/", f"/r{PYTHON}"),
        ("--user", "/root/.local/lib/python3/site-packages"),
    ],
)
def test_options_say_where_to(options: str, place: str) -> None:
    assert install_of(f"WORKDIR /app\nRUN pip install {options} a").place == place


@pytest.mark.parametrize(
    "body,place",
    [
        ("ENV PIP_TARGET=/t\nRUN pip install a", "/t"),
        ("ENV PIP_PREFIX=/p\nRUN pip install a", "/p/lib/python3/site-packages"),
        ("ENV PIP_ROOT=/r\nRUN pip install a", f"/r{PYTHON}"),
        ("ENV PIP_USER=1\nUSER app\nRUN pip install a", "/home/app/.local/lib/python3/site-packages"),
        ("ENV PYTHONUSERBASE=/u\nRUN pip install --user a", "/u/lib/python3/site-packages"),
        ("RUN python -m venv /v && /v/bin/pip install a", "/v/lib/python3/site-packages"),
        ("RUN python -m venv /v && . /v/bin/activate && pip install a", "/v/lib/python3/site-packages"),
        ("RUN virtualenv -p python3 /v\nENV PATH=/v/bin:$PATH\nRUN pip install a", "/v/lib/python3/site-packages"),
        ("ENV PATH=/opt/venv/bin:$PATH\nRUN pip install a", "/opt/venv/lib/python3/site-packages"),
        ("ENV VIRTUAL_ENV=/opt/v\nRUN pip install a", "/opt/v/lib/python3/site-packages"),
        ("ENV PATH=/opt/x/bin:/sbin:$PATH\nRUN pip install a", PYTHON),
        ("WORKDIR /a\nRUN uv venv\nENV PATH=/a/.venv/bin:$PATH\nRUN pip install a", "/a/.venv/lib/python3/site-packages"),
        ("RUN uv venv /v\nENV PATH=/v/bin\nRUN pip install a", "/v/lib/python3/site-packages"),
        ("RUN uv pip install --system a", PYTHON),
        ("ENV UV_SYSTEM_PYTHON=1\nRUN uv pip install a", PYTHON),
        ("RUN uv pip install --python /v/bin/python a", "/v/lib/python3/site-packages"),
        ("RUN uv pip install -p /v a", "/v/lib/python3/site-packages"),
        ("WORKDIR /a\nRUN uv pip install a", "/a/.venv/lib/python3/site-packages"),
        ("ENV VIRTUAL_ENV=/v\nRUN /bin/uv pip install --python 3.12 a", "/v/lib/python3/site-packages"),
        ("RUN virtualenv && pip install a", PYTHON),
    ],
)  # fmt: skip
def test_environments_say_where_to(body: str, place: str) -> None:
    assert install_of(body).place == place


@pytest.mark.parametrize(
    "body,compiles",
    [
        ("RUN pip install a", True),
        ("RUN pip install --no-compile a", False),
        ("RUN PIP_NO_COMPILE=1 pip install a", False),
        ("RUN uv pip install a", False),
        ("RUN uv pip install --compile-bytecode a", True),
        ("ENV UV_COMPILE_BYTECODE=1\nRUN uv pip install a", True),
        ("RUN pip install --no-compile -t /o a && python -m compileall -q /o", True),
    ],
)
def test_pip_compiles_and_uv_does_only_where_asked(body: str, compiles: bool) -> None:
    assert install_of(body).has_bytecode is compiles


@pytest.mark.parametrize(
    "command,place",
    [
        ("pip wheel -w /wheels a", "/wheels"),
        ("pip wheel a", "/app"),
        ("pip download -d d a", "/app/d"),
        ("pip download a", "/app"),
    ],
)
def test_archives_may_be_all_that_is_fetched(command: str, place: str) -> None:
    found = install_of(f"WORKDIR /app\nRUN {command}")
    assert (found.are_archives, found.place) == (True, place)


def test_uv_syncs_an_environment_to_a_list() -> None:
    found = install_of("COPY r.txt /\nRUN uv pip sync --system r.txt")
    assert [one.context_path for one in found.lists] == ["r.txt"]
    assert (found.packages, found.has_dependencies, found.tool) == ((), False, "uv")


def test_extras_and_groups_are_those_asked_for() -> None:
    found = run("uv pip install --extra web --group ops --project /srv -r pyproject.toml")
    assert (found.extras, found.groups) == (("web",), ("ops",))
    assert found.lists[0].path == "/srv/pyproject.toml"
