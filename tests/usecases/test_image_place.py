from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.reference import ImageReference
from auditor.usecases.image_place import ImagePlace, PlaceKind, place_beside, place_of

DIGEST = Digest.of(b"x")


@pytest.mark.parametrize(
    "text, address, reference",
    [
        ("reg.example/a/b:1", "reg.example", ImageReference("a/b", "reg.example", "1")),
        (
            "http://reg.example/a",
            "http://reg.example",
            ImageReference("a", "reg.example", "latest"),
        ),
        (
            f"localhost:5000/a@{DIGEST}",
            "localhost:5000",
            ImageReference("a", "localhost:5000", digest=DIGEST),
        ),
        ("a:1", "only.example", ImageReference("a", "only.example", "1")),
        ("only.example/x/a:1", "only.example", ImageReference("x/a", "only.example", "1")),
    ],
)
def test_an_image_of_a_registry(text: str, address: str, reference: ImageReference) -> None:
    place = place_of(text, ["only.example"])
    assert (place.kind, place.address, place.reference) == (PlaceKind.REGISTRY, address, reference)
    assert place.digest == reference.digest


@pytest.mark.parametrize("known", [(), ("a.example", "b.example")])
def test_without_its_registry_an_image_is_not_known(known: tuple[str, ...]) -> None:
    with pytest.raises(UnknownReferenceError, match="in which registry") as caught:
        place_of("a:1", known)
    assert caught.value.candidates == tuple(f"{name}/a:1" for name in known)


@pytest.mark.parametrize("kind", ["oci", "oci-archive", "docker-archive"])
@pytest.mark.parametrize(
    "ending, mark",
    [("", ""), (":1.0", "1.0"), (":team/app:1.0", "team/app:1.0"), (f"@{DIGEST}", str(DIGEST))],
)
def test_a_file_or_folder_and_what_is_in_it(
    tmp_path: Path, kind: str, ending: str, mark: str
) -> None:
    for name in ("plain", "with:colon"):
        (tmp_path / name).mkdir()
        place = place_of(f"{kind}:{tmp_path / name}{ending}")
        assert (place.kind, place.path, place.mark) == (kind, tmp_path / name, mark)
        assert place.digest == (DIGEST if "@" in ending else None)


def test_a_layout_may_be_written_as_elsewhere(tmp_path: Path) -> None:
    place = place_of(f"oci:{tmp_path}//anything:1.0")
    assert (place.path, place.mark) == (tmp_path, "1.0")


@pytest.mark.parametrize(
    "text", ["oci:", "oci:/no/such:1", "docker-archive:a\0b", "oci-archive::1"]
)
def test_what_is_not_there_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="there is nothing at"):
        place_of(text)


def test_a_tag_or_digest_is_beside_the_image(tmp_path: Path) -> None:
    place = place_of("reg.example/a:2")
    assert place_beside(place, "1").reference == ImageReference("a", "reg.example", "1")
    for text in (str(DIGEST), f"@{DIGEST}"):
        beside = place_beside(place, text)
        assert beside.reference == ImageReference("a", "reg.example", digest=DIGEST)
    other = place_beside(place, "reg.example/b:1")
    assert (other.reference.repository, other.address) == ("b", "reg.example")
    layout = ImagePlace(PlaceKind.LAYOUT, "oci:x:2", path=tmp_path, mark="2")
    assert place_beside(layout, "1").mark == "1"
    assert place_beside(layout, f"@{DIGEST}").digest == DIGEST


def test_beside_an_archive_there_is_nothing(tmp_path: Path) -> None:
    place = ImagePlace(PlaceKind.DOCKER_ARCHIVE, "docker-archive:x", path=tmp_path)
    with pytest.raises(UsageError, match="does not say of which registry"):
        place_beside(place, "latest")
    assert place_beside(place, "reg.example/a:1").kind is PlaceKind.REGISTRY
