"""What package managers leave of their own, by what runs and what is set around it."""

from __future__ import annotations

import pytest

from auditor.domain.build_plan import LeftBehind, Leftover, Unknown
from tests.fakes.dockerfiles import brought, final, of_kind

LIBRARY = LeftBehind(Leftover.PYTHON_CODE, "/usr/local/lib/python3")
PIP = LeftBehind(Leftover.PIP_CODE, "/usr/local/lib/python3/site-packages")
NPM = LeftBehind(Leftover.NPM_CODE, "/tmp/node-compile-cache")  # noqa: S108 - in an image
IN_V = [
    LeftBehind(Leftover.ENVIRONMENT_PIP, "/v/lib/python3/site-packages"),
    LeftBehind(Leftover.ENVIRONMENT_SETUPTOOLS, "/v/lib/python3/site-packages"),
]


def left(body: str) -> list[LeftBehind]:
    return of_kind(body, LeftBehind)


@pytest.mark.parametrize(
    "body,found",
    [
        ("RUN pip install a", [LIBRARY, PIP]),
        ("RUN python3 -m pip install --no-compile a", [LIBRARY, PIP]),
        ("RUN pip install a && pip install b\nRUN pip3 install c", [LIBRARY, PIP]),
        ("RUN pip install --target /t a", [LIBRARY]),
        ("RUN /v/bin/pip install a", [LIBRARY]),
        ("ENV PYTHONDONTWRITEBYTECODE=1\nRUN pip install a", []),
        ("RUN PYTHONDONTWRITEBYTECODE=1 pip install a", []),
        ("RUN export PYTHONDONTWRITEBYTECODE=x && pip install a", []),
        ("RUN uv pip install a", []),
        ("RUN pip --version", []),
        (
            "ENV PYTHONPYCACHEPREFIX=/c\nRUN pip install a",
            [LeftBehind(Leftover.PYTHON_CODE, "/c"), LeftBehind(Leftover.PIP_CODE, "/c")],
        ),
        ("ENV PYTHONPYCACHEPREFIX=/c\nRUN pip install a && rm -rf /c", []),
    ],
)
def test_pip_leaves_byte_code_of_itself_and_of_python(body: str, found: list[LeftBehind]) -> None:
    assert left(body) == found


@pytest.mark.parametrize(
    "body,found",
    [
        ("RUN npm ci", [NPM]),
        ("RUN npm install -g x", [NPM]),
        ("RUN npm ci && npm cache clean --force", [NPM]),
        ("RUN npm ci\nRUN npm i x", [NPM]),
        ("ENV TMPDIR=/scratch\nRUN npm ci", [LeftBehind(NPM.what, "/scratch/node-compile-cache")]),
        ("ENV NODE_COMPILE_CACHE=/c\nRUN npm ci", [LeftBehind(NPM.what, "/c")]),
        ("RUN npm ci && rm -rf /tmp/*", []),
        ("RUN npm ci && rm -rf /tmp/* && npm i x", [NPM]),
        ("RUN npm ci && rm -rf /tmp/node-compile-cache", []),
        ("RUN --mount=type=tmpfs,target=/tmp npm ci", []),
        ("ENV NODE_DISABLE_COMPILE_CACHE=1\nRUN npm ci", []),
        ("RUN yarn install", []),
        ("RUN npm --version", []),
    ],
)
def test_npm_leaves_what_node_compiled_of_it(body: str, found: list[LeftBehind]) -> None:
    assert left(body) == found


@pytest.mark.parametrize(
    "body,found",
    [
        ("RUN python -m venv /v", [*IN_V, LIBRARY]),
        ("RUN python3.12 -m venv /v && /v/bin/pip install a", [*IN_V, LIBRARY]),
        ("ENV PYTHONDONTWRITEBYTECODE=1\nRUN python -m venv /v", IN_V),
        ("RUN virtualenv /v", IN_V),
        ("RUN uv venv --seed /v", IN_V),
        ("RUN python -m venv --without-pip /v", []),
        ("RUN uv venv /v", []),
        ("RUN virtualenv --no-seed /v", []),
        ("RUN python -m venv /v && rm -rf /v", [LIBRARY]),
    ],
)
def test_environments_have_a_pip_of_their_own(body: str, found: list[LeftBehind]) -> None:
    assert left(body) == found


def test_the_pip_of_an_environment_is_copied_with_it_and_its_tool_stays_behind() -> None:
    image = final(
        "FROM python:3.12 AS build\nRUN python -m venv /v && /v/bin/pip install flask\n"
        "FROM python:3.12-slim\nCOPY --from=build /v /opt/v\n"
    )
    place = "/opt/v/lib/python3/site-packages"
    assert [one for one in brought(image) if isinstance(one, LeftBehind)] == [
        LeftBehind(Leftover.ENVIRONMENT_PIP, place),
        LeftBehind(Leftover.ENVIRONMENT_SETUPTOOLS, place),
    ]


COPIED = [Leftover.COPIED_PIP, Leftover.COPIED_SETUPTOOLS]


@pytest.mark.parametrize(
    "base,path,found",
    [
        ("python:3.12", "/usr/local/lib/python3.12/site-packages", COPIED),
        (f"r.example/library/python:3.12@sha256:{64 * '0'}", "/usr/local/lib/python3.12/site-packages/", COPIED),
        ("python", "/usr/local/lib/python3.12/site-packages/flask", []),
        ("debian:12", "/usr/lib/python3/dist-packages", []),
        ("r.example/our/pythonic:1", "/usr/local/lib/python3.12/site-packages", []),
        ("scratch", "/usr/local/lib/python3.12/site-packages", []),
    ],
)  # fmt: skip
def test_all_of_site_packages_has_the_base_s_pip_in_it(
    base: str, path: str, found: list[Leftover]
) -> None:
    image = final(
        f"FROM {base} AS b\nENV PYTHONDONTWRITEBYTECODE=1\nRUN pip install flask\n"
        f"FROM python:3.12-slim\nCOPY --from=b {path} /usr/local/lib/python3.12/site-packages\n"
    )
    assert [one.what for one in brought(image) if isinstance(one, LeftBehind)] == found


def test_a_library_that_is_copied_whole_is_not_known() -> None:
    image = final(
        "FROM python:3.12 AS b\nRUN pip install flask\n"
        "FROM python:3.12-slim\nCOPY --from=b /usr/local/lib/python3.12 /usr/local/lib/python3.12\n"
    )
    assert Unknown("/usr/local/lib/python3", "python:3.12") in brought(image)
