import pytest

from auditor.analysis.rules.contexts import find_whole
from auditor.domain.findings import Confidence
from tests.fakes.built_images import DEBIAN, MB, built, ran

WORKDIR = ("WORKDIR /app", None)
INSTALL = (ran("npm ci"), 50 * MB)


@pytest.mark.parametrize(
    "text",
    [
        "COPY . . # buildkit",
        "COPY . /app # buildkit",
        "COPY ./ /app/ # buildkit",
        "ADD . /app # buildkit",
        "COPY --chown=node:node . . # buildkit",
        "/bin/sh -c #(nop) COPY dir:12ab in /app ",
        "/bin/sh -c #(nop) COPY dir:12ab in . ",
    ],
)
def test_the_whole_context_is_a_hint_worth_half_of_what_is_above_sources(text: str) -> None:
    image = built(DEBIAN, WORKDIR, (text, 40 * MB), INSTALL, base_layers=1)
    finding = next(iter(find_whole(image)))
    assert finding.pull_saving_bytes == 18_300_000
    assert finding.confidence is Confidence.LOW
    assert (finding.low_bytes, finding.high_bytes) == (0, 40 * MB)
    assert ".git" in finding.dockerfile
    assert "/app" in finding.key


@pytest.mark.parametrize(
    "text",
    [
        "COPY src /app/src # buildkit",
        "COPY --from=build . /app # buildkit",
        "/bin/sh -c #(nop) COPY dir:12ab in /etc/nginx ",
        "/bin/sh -c #(nop) COPY file:12ab in /app/ ",
        "ENV A=b",
    ],
)
def test_a_part_of_the_context_is_no_finding(text: str) -> None:
    image = built(DEBIAN, WORKDIR, (text, 40 * MB), INSTALL, base_layers=1)
    assert list(find_whole(image)) == []


def test_a_folder_copied_where_nothing_works_may_be_any() -> None:
    copy = ("/bin/sh -c #(nop) COPY dir:12ab in /srv ", 40 * MB)
    assert list(find_whole(built(DEBIAN, WORKDIR, copy, base_layers=1))) == []
    root = ("/bin/sh -c #(nop) COPY dir:12ab in / ", 40 * MB)
    assert list(find_whole(built(DEBIAN, root, INSTALL, base_layers=1))) == []


def test_a_context_of_the_size_of_sources_is_no_finding() -> None:
    small = ("COPY . . # buildkit", 4 * MB)
    assert list(find_whole(built(DEBIAN, WORKDIR, small, base_layers=1))) == []
