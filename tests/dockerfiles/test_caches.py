from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.domain.build_plan import IndexKept, Install
from auditor.domain.packages import Ecosystem
from tests.fakes.dockerfiles import of_kind, plan_of
from tests.oracles.hard_dockerfiles import Case, cases

APT_LISTS = IndexKept(Ecosystem.APT, "/var/lib/apt/lists")
JUDGED = {"apt-lists-kept", "apk-cache-kept", "pip-cache-kept", "apt-recommends"}


def kept(body: str) -> list[bool]:
    return [install.keeps_cache for install in of_kind(body, Install)]


@pytest.mark.parametrize(
    "body,keeps",
    [
        ("RUN pip install a", True),
        ("RUN pip install --no-cache-dir a", False),
        ("ENV PIP_NO_CACHE_DIR=1\nRUN pip install a", False),
        ("RUN PIP_NO_CACHE_DIR=off pip install a", False),
        ("RUN pip install a && rm -rf ~/.cache", False),
        ("RUN pip install a && pip cache purge", False),
        ("RUN --mount=type=cache,target=/root/.cache/pip pip install a", False),
        ("RUN python3 -m pip install a", True),
        ("RUN pip wheel a", True),
        ("RUN npm ci", True),
        ("RUN npm ci && npm cache clean --force", False),
        ("RUN --mount=type=cache,target=/root/.npm npm ci", False),
        ("RUN yarn && yarn cache clean", False),
        ("RUN yarn", True),
        ("RUN pnpm i", True),
        ("RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm pnpm i", False),
        ("ENV PNPM_HOME=/pnpm\nRUN --mount=type=cache,target=/pnpm/store pnpm i", False),
        ("ENV POETRY_CACHE_DIR=/c\nRUN --mount=type=cache,target=$POETRY_CACHE_DIR poetry install", False),
        ("ENV POETRY_CACHE_DIR=/c\nRUN poetry install && rm -rf $POETRY_CACHE_DIR", False),
        ("RUN uv sync", True),
        ("RUN uv sync --no-cache", False),
        ("RUN uv pip install -n a", False),
        ("ENV UV_NO_CACHE=true\nRUN uv sync", False),
        ("RUN uv sync && rm -rf /root/.cache/uv", False),
        ("ENV UV_CACHE_DIR=/dev/null\nRUN uv sync", False),
        ("RUN poetry install", True),
        ("RUN poetry install --no-cache", False),
        ("RUN poetry install && poetry cache clear --all .", False),
        ("RUN pipenv sync", True),
        ("ENV PIP_NO_CACHE_DIR=1\nRUN pipenv sync", False),
        ("RUN bun install", True),
        ("RUN bun install && bun pm cache rm", False),
        ("RUN bun install --no-cache", False),
        ("RUN pdm sync", True),
        ("RUN apt-get install a", False),
        ("RUN rm -f /etc/apt/apt.conf.d/docker-clean && apt-get install a", True),
        ("RUN rm /etc/apt/apt.conf.d/docker-clean\nRUN apt-get install a && apt-get clean", False),
    ],
)  # fmt: skip
def test_archives_stay_unless_a_step_says_otherwise(body: str, keeps: bool) -> None:
    assert kept(body) == [keeps]


def test_only_what_was_fetched_after_the_last_cleaning_stays() -> None:
    assert kept("RUN npm ci && npm cache clean --force && npm i -g x") == [False, True]


@pytest.mark.parametrize(
    "body,found",
    [
        ("RUN apt-get update", [APT_LISTS]),
        ("RUN apt-get update && rm -rf /var/lib/apt/lists/*", []),
        ("RUN apt-get update && apt-get dist-clean", []),
        ("RUN apt-get update\nRUN rm -rf /var/lib/apt/lists/*", [APT_LISTS]),
        ("RUN --mount=type=cache,target=/var/lib/apt apt-get update", []),
        ("RUN apk add git", [IndexKept(Ecosystem.APK, "/var/cache/apk")]),
        ("RUN apk --no-cache add git", []),
    ],
)
def test_indexes_stay_unless_a_step_says_otherwise(body: str, found: list[IndexKept]) -> None:
    assert of_kind(body, IndexKept) == found


def seen(case: Case) -> Iterator[str]:
    """What a Dockerfile leaves, by the rules' names."""
    for stage in plan_of(case.dockerfile).stages:
        for deed in (deed for step in stage.steps for deed in step.deeds):
            if isinstance(deed, IndexKept):
                yield "apt-lists-kept" if deed == APT_LISTS else "apk-cache-kept"
            elif isinstance(deed, Install) and deed.ecosystem is Ecosystem.PIP and deed.keeps_cache:
                yield "pip-cache-kept"
            elif isinstance(deed, Install) and deed.has_recommended and not deed.is_empty:
                yield "apt-recommends"


def test_of_dockerfiles_whose_leftovers_are_known_all_are_read_right() -> None:
    made = cases()
    wrong = [case.dockerfile for case in made if set(seen(case)) != case.left & JUDGED]
    assert len(made) >= 400
    assert wrong == []
