from __future__ import annotations

import pytest

from auditor.domain.build_plan import Compile, Download, Install, Removal
from auditor.domain.packages import Ecosystem, Wanted
from tests.fakes.dockerfiles import of_kind, run


def left(command: str) -> tuple[list[str], list[str]]:
    """Names that stay, and that are gone."""
    found = of_kind(f"RUN {command}", Install)
    stays = [one.name for each in found for one in each.packages]
    return stays, [one.name for each in found for one in each.gone]


@pytest.mark.parametrize(
    "command,stays,gone",
    [
        ("apt-get install -y gcc=4 curl && apt-get purge -y --auto-remove gcc", ["curl"], ["gcc"]),
        ("apk add --virtual .b gcc make && apk add git && apk del .b", ["git"], ["gcc", "make"]),
        ("apk add -t .b gcc && apk del .b && apk add gcc", ["gcc", "gcc"], []),
        ("apt-get purge -y gcc && apt-get install -y gcc", ["gcc"], []),
        (
            "apt-mark auto '.*' && apt-get install -y gcc && apt-get purge -y --auto-remove",
            [],
            ["gcc"],
        ),
        ("pip install a b && pip uninstall -y a", ["b"], ["a"]),
        ("pip uninstall -y a && pip install a", ["a"], []),
        ("npm i x y && npm rm x", ["y"], ["x"]),
        ("pip install --target /t a && rm -rf /t", [], ["a"]),
        ("rm -rf /t && pip install --target /t a", ["a"], []),
        ("npm i x && rm -rf node_modules && npm i y", ["y"], ["x"]),
        ("npm i x && find /node_modules -delete", [], ["x"]),
        ("npm i x && rm -rf /*", [], ["x"]),
    ],
)
def test_what_a_step_removes_again_reaches_no_layer(
    command: str, stays: list[str], gone: list[str]
) -> None:
    assert left(command) == (stays, gone)


def test_words_of_unknown_value_go_with_their_group() -> None:
    found = run("apk add --virtual .b $PHPIZE_DEPS && apk del .b")
    assert found.is_empty
    assert run("apk add $PHPIZE_DEPS").unread == ("$PHPIZE_DEPS",)


def test_lists_go_with_their_place() -> None:
    assert run("npm ci && npm run build && rm -rf node_modules").is_empty


def test_nothing_reaches_the_layer_below_a_mount() -> None:
    body = "WORKDIR /a\nRUN --mount=type=cache,target=node_modules npm i x"
    (found,) = of_kind(body, Install)
    assert (found.packages, found.gone) == ((), (Wanted("x"),))


def test_what_was_there_before_is_told() -> None:
    body = "RUN pip uninstall -y pip && apt-get install -y curl && apt-get purge -y curl gcc && rm -r /srv/*"
    assert of_kind(body, Removal) == [
        Removal(Ecosystem.PIP, ("pip",)),
        Removal(Ecosystem.APT, ("gcc",)),
        Removal(paths=("/srv",)),
    ]


def test_programs_and_downloads_that_go_again_are_gone() -> None:
    assert of_kind("RUN go build -o /tmp/x && rm /tmp/x", Compile) == []
    (found,) = of_kind("RUN curl -o /a/b https://h/x && rm -rf /a", Download)
    assert not found.is_kept


def test_a_path_may_be_as_deep_as_it_likes() -> None:
    deep = "/a" * 200
    assert left(f"pip install --target {deep} x && rm -rf /a") == (["x"], [])
