"""What reaches the image, and what stays behind."""

from __future__ import annotations

import pytest

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import FinalImage, Install, Unknown
from auditor.domain.errors import UsageError

NODE = """
FROM node:22 AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
FROM deps AS build
COPY . .
RUN npm run build && npm prune --omit=dev
FROM python:3.12 AS unused
RUN pip install flask
FROM node:22-slim
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=ghcr.io/x/y:1 /tool /usr/bin/tool
COPY conf /etc/conf
"""


def image(text: str, target: str = "") -> FinalImage:
    return final_image(read_dockerfile(text), target or None)


def brought(text: str, target: str = "") -> list[tuple[str, str]]:
    return [
        (type(one.deed).__name__, one.place)
        for layer in image(text, target).layers
        for one in layer.brings
    ]


def test_what_is_copied_from_a_stage_comes_along_and_the_rest_stays() -> None:
    found = image(NODE)
    assert found.base.name == "node:22-slim"
    assert brought(NODE) == [
        ("Install", "/app/node_modules"),
        ("Unknown", "/app/dist"),
        ("CopyFrom", "/usr/bin/tool"),
        ("Copy", "/etc/conf"),
    ]
    install = found.layers[0].brings[0].deed
    assert isinstance(install, Install)
    assert not install.has_dev  # pruned before it was copied
    unknown = found.layers[1].brings[0].deed
    assert isinstance(unknown, Unknown)
    assert unknown.made_by == "npm run build"
    left = {one.label: one for one in found.left_out}
    assert set(left) == {"deps", "build", "unused"}
    assert not left["unused"].is_built
    assert left["build"].is_built


def test_a_stage_by_name_or_number_is_an_image_too() -> None:
    assert ("Install", "/app/node_modules") in brought(NODE, "Build")
    assert image(NODE, "build").base.name == "node:22"
    assert image(NODE, "2").base.name == "python:3.12"
    with pytest.raises(UsageError) as caught:
        image(NODE, "nothing\x1b")
    assert "`deps`, `build`, `unused`" in caught.value.next_step
    assert "\x1b" not in str(caught.value)


def test_what_was_removed_before_the_copy_does_not_come_along() -> None:
    text = "FROM a AS x\nCOPY f /d/f\nCOPY g /d/g\nRUN rm -rf /d/f\nFROM b\nCOPY --from=x /d /d\n"
    assert brought(text) == [("Copy", "/d/g")]
    kept = "FROM a\nCOPY f /d/f\nRUN rm -rf /d/f\n"
    assert brought(kept) == [("Copy", "/d/f")]  # the layer below has it still
    names = "FROM a AS x\nRUN apt-get install -y gcc\nRUN apt-get purge -y gcc\nFROM b\nCOPY --from=x / /\n"
    assert ("Install", "/usr") in brought(names)


def test_places_move_with_what_is_copied() -> None:
    text = "FROM a AS x\nRUN pip install --prefix=/i flask\nFROM b\nCOPY --from=x /i /usr/local\n"
    assert brought(text) == [("Install", "/usr/local/lib/python3/site-packages")]


def test_a_pruned_folder_of_another_project_stays_whole() -> None:
    text = (
        "FROM a AS x\nWORKDIR /one\nRUN npm ci\nWORKDIR /two\nRUN npm ci && npm prune --omit=dev\n"
        "FROM b\nCOPY --from=x /one/node_modules /n\n"
    )
    (install,) = [one.deed for layer in image(text).layers for one in layer.brings]
    assert isinstance(install, Install)
    assert install.has_dev


def test_a_path_that_no_step_made_is_named_after_the_image_it_may_be_of() -> None:
    (unknown,) = [
        one.deed
        for layer in image("FROM a AS x\nFROM b\nCOPY --from=x /etc/y /y\n").layers
        for one in layer.brings
    ]
    assert unknown == Unknown("/y", "a")


def test_every_kind_of_deed_has_its_place() -> None:
    text = (
        "FROM a\nRUN apt-get update && apt-get upgrade -y\nRUN x-tool\nRUN tar -xf /a.tar -C /t\n"
        "RUN curl -o /c https://h/c\nCOPY <<E /i\nx\nE\nRUN cd /m && make\n"
        "RUN apk add -U --virtual .b gcc && apk del .b\n"
    )
    places = dict(brought(text))
    assert (places["Other"], places["Unpack"], places["Download"]) == ("/", "/t", "/c")
    assert (places["InlineFile"], places["Compile"]) == ("/i", "/m")
    assert "Install" not in places


def test_doubling_over_stages_is_bounded() -> None:
    lines = ["FROM a AS s0", "COPY f /f"]
    for number in range(1, 60):
        lines += [f"FROM a AS s{number}"] + [f"COPY --from=s{number - 1} / /d{n}" for n in range(3)]
    with pytest.raises(UsageError, match="more by here than can be followed"):
        brought("\n".join(lines))
