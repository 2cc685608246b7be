from __future__ import annotations

import pytest

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.places import PYTHON
from auditor.domain.build_plan import (
    Base,
    BaseKind,
    Compile,
    Copy,
    CopyFrom,
    FinalImage,
    Install,
    LeftBehind,
    Leftover,
    ListFile,
    Unknown,
)
from auditor.domain.errors import UsageError
from auditor.domain.packages import Wanted
from tests.fakes.dockerfiles import brought, final, plan_of

FLASK = """
FROM python:3.12 AS build
RUN apt-get update && apt-get install -y gcc
COPY requirements.txt .
RUN pip install --prefix /install -r requirements.txt
FROM python:3.12-slim
COPY --from=build /install /usr/local
COPY . /app
"""
NODE = """
FROM node:22 AS deps
WORKDIR /app
COPY package*.json ./
RUN npm ci
FROM deps AS build
COPY . .
RUN npm run build && npm prune --omit=dev
FROM deps AS test
RUN npm test && cypress install
FROM node:22-slim AS app
WORKDIR /srv
COPY --from=build /app/dist ./dist
COPY --from=build /app/node_modules ./node_modules
"""


def installs(image: FinalImage) -> list[Install]:
    return [deed for deed in brought(image) if isinstance(deed, Install)]


def kinds(image: FinalImage) -> list[str]:
    return [type(deed).__name__ for deed in brought(image)]


def test_a_builder_leaves_what_is_copied_of_it() -> None:
    image = final(FLASK)
    assert image.base == Base(BaseKind.IMAGE, "python:3.12-slim")
    install, copy = brought(image)
    assert isinstance(install, Install)
    assert install.lists == (ListFile("/requirements.txt", "requirements.txt"),)
    assert copy == Copy((".",), "/app")
    assert [layer.brings[0].stage for layer in image.layers] == [0, 1]
    (left,) = image.left_out
    assert (left.label, left.base.name, left.is_built) == ("build", "python:3.12", True)
    assert [type(deed).__name__ for deed in left.deeds] == [
        *("Install", "IndexKept"),
        *("Copy", "LeftBehind"),
    ]


def test_what_a_builder_removed_before_the_copy_does_not_come_along() -> None:
    made, modules = brought(final(NODE))
    assert made == Unknown("/srv/dist", "npm run build")
    assert isinstance(modules, Install)
    assert not modules.has_dev
    assert modules.lists[0].context_path == "package-lock.json"


def test_stages_that_the_image_does_not_need_are_not_built() -> None:
    built = {left.label: left.is_built for left in final(NODE).left_out}
    assert built == {"deps": True, "build": True, "test": False}


def test_another_target_is_followed_through_the_stages_it_is_built_on() -> None:
    image = final(NODE, "BUILD")
    assert image.base.name == "node:22"
    assert [(layer.step.line, layer.stage) for layer in image.layers] == [
        (4, 0),
        (5, 0),
        (7, 1),
        (8, 1),
    ]
    assert [left.label for left in image.left_out] == ["test", "app"]
    assert final(NODE, "1").target == image.target == 1
    assert final(NODE).target == 3


@pytest.mark.parametrize("target", ["none", "4", "99999999", "²", ""])
def test_a_target_that_is_no_stage_is_refused_with_those_there_are(target: str) -> None:
    with pytest.raises(UsageError, match="has no stage") as caught:
        final_image(plan_of(NODE), target)
    assert caught.value.next_step == "its stages are `deps`, `build`, `test`, `app`"


def test_of_two_stages_of_a_name_the_last_is_the_target() -> None:
    assert final("FROM a AS x\nFROM b AS x\nFROM c", "x").base.name == "b"


def test_a_later_removal_frees_nothing() -> None:
    text = "FROM a\nRUN apt-get update && apt-get install -y gcc\nRUN apt-get purge -y gcc && rm -r /var/lib/apt/lists/*\n"
    image = final(text)
    assert kinds(image) == ["Install", "IndexKept"]
    assert image.notes == ("Line 3 removes what an earlier step brought, which frees nothing.",)
    assert final("FROM a\nRUN rm -rf /x").notes == ()
    many = "FROM a\n" + "COPY a /x\nRUN rm /x\n" * 30
    assert len(final(many).notes) == 20


def test_a_new_owner_stores_files_once_more() -> None:
    text = "FROM a\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN chown -R node:node /app"
    layers = final(text).layers
    assert [type(one.deed) for one in layers[2].brings] == [Copy, Install]
    same = "FROM a\nRUN mkdir /data && chown -R a /data\nRUN chown -R a /var/lib"
    assert kinds(final(same)) == ["Folder"]
    part = final("FROM a\nCOPY . /app\nRUN chmod -R 755 /app/bin")
    assert [one.deed for one in part.layers[1].brings] == [Copy(("bin",), "/app/bin")]


def test_copies_of_copies_keep_where_they_were_made() -> None:
    text = (
        "FROM go AS one\nRUN go build -o /out/app\nFROM x AS two\nCOPY --from=one /out /opt\n"
        "FROM scratch\nCOPY --from=two /opt /\n"
    )
    image = final(text)
    ((found,),) = (layer.brings for layer in image.layers)
    assert (found.deed, found.stage) == (Compile("go", "go build -o /out/app", "/app"), 0)
    assert [left.deeds for left in image.left_out] == [(), (CopyFrom(("/out",), "/opt", 0),)]


WHEELS = "FROM p AS b\nCOPY r.txt /\nRUN pip wheel -w /wheels -r r.txt x\nFROM s\n"


@pytest.mark.parametrize(
    "body",
    [
        "COPY --from=b /wheels /w\nRUN pip install /w/*.whl y",
        "RUN --mount=from=b,source=/wheels,target=/w pip install /w/* y",
    ],
)
def test_installing_archives_installs_what_they_are_of(body: str) -> None:
    install = installs(final(WHEELS + body))[-1]
    assert install.packages == (Wanted("y"), Wanted("x"))
    assert [one.context_path for one in install.lists] == ["r.txt"]
    assert (install.local, install.are_archives) == ((), False)


def test_archives_from_elsewhere_stay_unknown() -> None:
    (install,) = installs(final(WHEELS + "COPY w /w\nRUN pip install /w/*"))
    assert install.local == ("/w/*",)


def test_stages_needed_in_any_order_are_followed_once() -> None:
    text = (
        "FROM a AS one\nCOPY --from=three /c /a\nFROM one AS two\nCOPY b /b\n"
        "FROM x AS three\nCOPY c /c\nFROM y\nCOPY --from=two /a /x\nCOPY --from=one /a /y\nCOPY --from=two /b /z"
    )
    assert brought(final(text)) == [Copy(("c",), "/x"), Copy(("c",), "/y"), Copy(("b",), "/z")]


def test_an_install_of_nothing_left_brings_nothing() -> None:
    assert kinds(final("FROM a\nRUN npm i x && rm -rf node_modules /tmp/*")) == []


def test_a_python_environment_of_a_builder_is_all_that_comes() -> None:
    image = final("""
FROM python:3.12 AS builder
ENV POETRY_VIRTUALENVS_IN_PROJECT=1 POETRY_CACHE_DIR=/c
RUN pip install poetry==1.8
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --without dev --no-root && rm -rf $POETRY_CACHE_DIR
FROM python:3.12-slim
ENV VIRTUAL_ENV=/app/.venv
COPY --from=builder ${VIRTUAL_ENV} ${VIRTUAL_ENV}
COPY . .
""")
    install, copy = brought(image)
    assert isinstance(install, Install)
    assert (install.tool, install.has_dev, install.keeps_cache) == ("poetry", False, False)
    assert install.lists[0].context_path == "poetry.lock"
    assert copy == Copy((".",), "/")
    left = [deed for deed in image.left_out[0].deeds if isinstance(deed, Install)]
    assert [one.packages for one in left] == [(Wanted("poetry", "==1.8"),)]


def test_packages_copied_from_the_system_s_python_bring_the_tools_too() -> None:
    image = final("""
FROM python:3.11 AS builder
RUN pip install --no-cache-dir poetry && poetry config virtualenvs.create false
COPY pyproject.toml poetry.lock /app/
RUN cd /app && poetry install --only main
FROM python:3.11-slim
COPY --from=builder /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin
""")
    tools, of_pip, project, pip, setuptools, scripts = brought(image)
    assert [getattr(one, "tool", "") for one in (tools, project)] == ["pip", "poetry"]
    assert of_pip == LeftBehind(Leftover.PIP_CODE, PYTHON)
    assert pip == LeftBehind(Leftover.COPIED_PIP, PYTHON)
    assert setuptools == LeftBehind(Leftover.COPIED_SETUPTOOLS, PYTHON)
    assert scripts == Unknown("/usr/local/bin", "python:3.11")
