from __future__ import annotations

from auditor.analysis.across.images import PushedImage
from auditor.analysis.across.releases import releases_of
from auditor.analysis.across.repetition import repetition
from tests.analysis.across.pushes import BASE, MB, NOW, image, layer


def built(name: str, install: str) -> PushedImage:
    return image(
        name,
        layer("base", BASE),
        layer(f"sources {name}", "COPY . .", ord(name)),
        layer(install, "RUN npm ci", 10 * MB),
    )


def test_two_runs_of_copies_keep_one_each() -> None:
    line = [built("a", "n1"), built("b", "n2"), built("c", "n3")]
    releases = list(releases_of(line))
    found = repetition(line, releases, releases, NOW, "scope")
    assert found is not None
    assert [(blob.size_bytes, blob.scope) for blob in found.freed] == [(10 * MB, "scope")] * 2
    assert (found.mean_bytes, found.releases) == (10 * MB, 2)


def test_mean_counts_releases_without_excess_too() -> None:
    line = [built("a", "n1"), built("b", "n2"), built("c", "n3"), built("d", "n3")]
    releases = list(releases_of(line))
    found = repetition(line, releases, releases[:2], NOW)
    assert found is not None
    assert found.mean_bytes == 20 * MB // 3


def test_a_copy_that_branches_is_one_run() -> None:
    """Both follow the same image: the registry would keep one of three."""
    first = image(
        "1", layer("base", BASE), layer("a", "COPY . .", 1), layer("n1", "RUN npm ci", MB)
    )
    second = image(
        "2", layer("base", BASE), layer("b", "COPY . .", 2), layer("n2", "RUN npm ci", MB)
    )
    releases = list(releases_of([first, second]))
    again = [*releases, *releases]
    found = repetition([first, second], releases, again, NOW)
    assert found is not None
    assert [blob.size_bytes for blob in found.freed] == [MB]
