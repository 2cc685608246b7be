"""Two images of the database compared: which, and that it is told to the byte."""

from __future__ import annotations

import pytest

from auditor.domain.descriptor import Descriptor
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.image_change import ImageChange, ImagePart, LayerFate
from auditor.domain.image_config import HistoryEntry
from auditor.domain.platform import Platform
from tests.fakes.contents import CONFIG_BYTES, MANIFEST_BYTES, Contents, config_of, layer
from tests.usecases.bench import Bench, target

APP, OTHER = "team/app", "copies/app"
DEBIAN, NEWER, PACKAGES = layer(5000, "debian"), layer(5200, "debian 2"), layer(900, "packages")
STEPS = tuple(HistoryEntry(text) for text in ("ADD rootfs /", "RUN pip install", "COPY . /app"))
ARM64 = Platform("linux", "arm64")


def built(contents: Contents, name: str, *stack: Descriptor, platform: str = "amd64") -> None:
    config = config_of(
        name, stack, history=STEPS[: len(stack)], platform=Platform("linux", platform)
    )
    contents.tag(APP, name, contents.image(name, *stack, config=config))


def releases() -> Contents:
    contents = Contents()
    contents.tag("library/debian", "12", contents.image("debian", DEBIAN))
    contents.tag("library/debian", "13", contents.image("debian 2", NEWER))
    built(contents, "1", DEBIAN, PACKAGES, layer(40, "code"))
    built(contents, "2", NEWER, PACKAGES, layer(55, "code 2"))
    contents.tag(OTHER, "1", contents.tags[APP]["1"])
    return contents


def compared(bench: Bench, before: str, after: str, platform: str = "") -> ImageChange:
    browse = bench.browse()
    wanted = Platform.parse(platform) if platform else None
    return browse.diff(browse.resolve(before), browse.resolve(after), wanted)


def test_a_moved_base_and_a_rebuilt_step_are_told_apart(either_bench: Bench) -> None:
    either_bench.crawl(releases())
    change = compared(either_bench, f"{APP}:1", f"{APP}:2")
    assert change.is_base_moved
    assert {part.part: part.change_bytes for part in change.parts} == {
        ImagePart.BASE: 200,
        ImagePart.REBUILT: 15,
        ImagePart.KEPT: 0,
        ImagePart.DOCUMENTS: 0,
    }
    assert change.change_bytes == 215
    assert change.before.layers[2].step == "COPY . /app"
    assert change.update_bytes == 5200 + 55 + MANIFEST_BYTES + CONFIG_BYTES


def test_images_of_two_repositories_and_of_two_registries_are_compared(bench: Bench) -> None:
    bench.crawl(releases())
    bench.crawl(releases(), target("other.example"))
    change = compared(bench, f"registry.example/{APP}:2", f"other.example/{OTHER}:1")
    assert change.change_bytes == -215
    assert (change.before.name, change.after.name) == (
        f"registry.example/{APP}:2",
        f"other.example/{OTHER}:1",
    )


def test_the_second_image_is_of_the_platform_of_the_first(bench: Bench) -> None:
    contents = releases()
    built(contents, "arm", DEBIAN, PACKAGES, platform="arm64")
    both = contents.index("both", contents.tags[APP]["2"], contents.tags[APP]["arm"])
    contents.tag(APP, "both", both)
    bench.crawl(contents)
    assert compared(bench, f"{APP}:arm", f"{APP}:both").after.platform == ARM64
    assert compared(bench, f"{APP}:1", f"{APP}:both").after.platform == Platform("linux", "amd64")
    assert compared(bench, f"{APP}:both", f"{APP}:arm", "linux/arm64").change_bytes == 0
    assert compared(bench, f"{APP}:1", f"{APP}:arm").is_other_platform


def test_without_a_history_that_fits_layers_are_paired_by_content(bench: Bench) -> None:
    contents = Contents()
    contents.tag(APP, "1", contents.image("1", DEBIAN, PACKAGES))
    contents.tag(APP, "2", contents.image("2", DEBIAN))
    bench.crawl(contents)
    change = compared(bench, f"{APP}:1", f"{APP}:2")
    assert [one.fate for one in change.layers] == [LayerFate.KEPT, LayerFate.REMOVED]


@pytest.mark.parametrize(
    "before, after",
    [("team/none:1", f"{APP}:1"), (f"{APP}:1", "team/none:1"), (f"{APP}:9", f"{APP}:1")],
)
def test_what_is_not_there_is_named(bench: Bench, before: str, after: str) -> None:
    bench.crawl(releases())
    with pytest.raises(UnknownReferenceError, match=r"team/none|app:9"):
        compared(bench, before, after)
