from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from auditor.domain import media_types
from auditor.sample import artifacts, documents
from auditor.sample.built import Role, load_built
from auditor.sample.facts import load_history, load_sample
from auditor.sample.library import CLEANED_REPOSITORIES, Library
from auditor.sample.shelf import Repository, State


def _shelves(library: Library, state: State) -> list[Repository]:
    found = [library.repository(name, state) for name in state.repositories]
    return [shelf for shelf in found if shelf is not None]


def test_the_snapshot_holds_every_tag_and_the_demo_s_own(library: Library) -> None:
    state = library.snapshot()
    expected = {(f"library/{tag.repository}", tag.tag) for tag in load_sample().tags}
    expected |= {(f"library/{modern.repository}", modern.tag) for modern in load_sample().modern}
    shown = {(name, tag) for name, tags in state.tags.items() for tag in tags}
    built = {(i.repository, i.tag) for i in load_built().images if i.role is not Role.LEAN}
    assert len(built) == 74
    assert built <= shown
    own = shown - expected - built
    assert expected <= shown
    assert len(own) == 4
    assert {name for name, _ in own} == {"charts/sample-shop", "library/golang", "library/python"}
    assert list(state.repositories) == sorted(state.repositories)


def test_every_document_has_the_digest_and_size_it_is_known_by(library: Library) -> None:
    library.at(datetime(2018, 1, 28, tzinfo=UTC))
    checked = 0
    for shelf in _shelves(library, library.snapshot()):
        for digest, document in shelf.manifests.items():
            assert digest == f"sha256:{hashlib.sha256(document.body).hexdigest()}"
            for child in json.loads(document.body).get("manifests", ()):
                if child["digest"] in shelf.manifests:
                    assert child["size"] == len(shelf.manifests[child["digest"]].body)
                    assert child["mediaType"] == shelf.manifests[child["digest"]].media_type
                else:
                    assert child["size"] == shelf.blobs[child["digest"]].size_bytes
            checked += 1
        for digest, blob in shelf.blobs.items():
            if blob.body is not None:
                assert blob.size_bytes == len(blob.body)
                assert digest == f"sha256:{hashlib.sha256(blob.body).hexdigest()}"
    assert checked > 8000


def test_every_blob_a_manifest_names_is_known_with_its_size(library: Library) -> None:
    for shelf in _shelves(library, library.snapshot()):
        for document in shelf.manifests.values():
            content = json.loads(document.body)
            for reference in [*content.get("layers", ()), content.get("config")]:
                if reference:
                    assert shelf.blobs[reference["digest"]].size_bytes == reference["size"]


def test_sizes_are_those_of_the_facts(library: Library) -> None:
    state = library.snapshot()
    for tag in load_sample().tags[::50]:
        shelf = library.repository(f"library/{tag.repository}", state)
        assert shelf is not None
        if (tag.repository, tag.tag) in {("golang", "latest"), ("golang", "alpine")}:
            continue  # today's stand in their place
        content = json.loads(shelf.tagged(tag.tag).body)
        assert ("manifests" in content) == tag.is_index
        children = content["manifests"] if tag.is_index else [{"digest": shelf.tags[tag.tag]}]
        for child, image in zip(children, tag.images, strict=True):
            layers = json.loads(shelf.manifests[child["digest"]].body)["layers"]
            assert [(layer["digest"], layer["size"]) for layer in layers] == [
                (layer.digest.text, layer.size_bytes) for layer in image.layers
            ]


def test_built_images_are_served_as_they_were_recorded(library: Library) -> None:
    state = library.snapshot()
    for image in load_built().images:
        shelf = library.repository(image.repository, state)
        assert shelf is not None
        if image.role is Role.LEAN:
            assert image.tag not in shelf.tags
            continue
        assert shelf.tags[image.tag] == image.digest
        assert shelf.manifests[image.digest].body == image.manifest
        assert shelf.blobs[image.config_digest].body == image.config
        for layer in image.layers:
            assert shelf.blobs[layer.digest.text].size_bytes == layer.size_bytes


def test_both_kinds_of_index_and_manifest_occur(library: Library) -> None:
    shelves = _shelves(library, library.snapshot())
    seen = {d.media_type for shelf in shelves for d in shelf.manifests.values()}
    assert seen == {
        media_types.OCI_INDEX,
        media_types.OCI_MANIFEST,
        media_types.DOCKER_LIST,
        media_types.DOCKER_MANIFEST,
    }


def test_modern_images_have_an_attestation_of_unknown_platform(library: Library) -> None:
    shelf = library.repository("library/node", library.snapshot())
    assert shelf is not None
    image, attestation = json.loads(shelf.tagged("22").body)["manifests"]
    assert attestation["platform"] == {"architecture": "unknown", "os": "unknown"}
    assert attestation["annotations"] == {
        "vnd.docker.reference.digest": image["digest"],
        "vnd.docker.reference.type": "attestation-manifest",
    }
    layers = json.loads(shelf.manifests[attestation["digest"]].body)["layers"]
    assert [layer["size"] for layer in layers] == [16_176_375]


def test_artifacts_say_that_they_were_built_for_the_demo(library: Library) -> None:
    labelled = 0
    for shelf in _shelves(library, library.snapshot()):
        for document in shelf.manifests.values():
            note = json.loads(document.body).get("annotations", {}).get(documents.NOTE)
            labelled += note == artifacts.BUILT_FOR_THE_DEMO
    built = {image.digest for image in load_built().images if image.role is not Role.LEAN}
    copies = 1  # one image stands in two repositories
    # Besides: signature, bill of materials, build cache, two charts.
    assert labelled == len(built) + copies + 5


def test_the_signature_is_tagged_after_the_digest_it_signs(library: Library) -> None:
    tags = library.snapshot().tags["library/python"]
    assert tags["3.12"].replace(":", "-") + ".sig" in tags


def test_a_library_can_be_limited_to_some_repositories() -> None:
    library = Library(only={"library/alpine"})
    assert library.snapshot().repositories == ("library/alpine",)
    assert library.at(datetime(2017, 6, 1, tzinfo=UTC)).repositories == ("library/alpine",)


def test_before_the_first_moment_there_is_nothing(library: Library) -> None:
    assert library.at(datetime(2015, 1, 1, tzinfo=UTC)).repositories == ()


def test_a_moment_shows_the_latest_known_state_before_it(library: Library) -> None:
    moment = load_history().moments[5]
    assert library.at(moment + timedelta(days=9)) == library.at(moment)


@pytest.mark.parametrize("number", [0, 8, 16])
def test_at_every_moment_all_tags_resolve_to_manifests(library: Library, number: int) -> None:
    state = library.at(load_history().moments[number])
    assert sum(map(len, state.tags.values())) > 1000
    for shelf in _shelves(library, state):
        for digest in state.tags[shelf.name].values():
            assert library.manifest(shelf, digest, state) is not None


def test_an_untagged_manifest_goes_on_answering_by_digest(library: Library) -> None:
    early = library.at(load_history().moments[0])
    shelf = library.repository("library/python", early)
    assert shelf is not None
    digest = early.tags["library/python"]["latest"]
    assert digest not in library.snapshot().tags["library/python"].values()
    assert library.manifest(shelf, digest, library.at(load_history().moments[9])) is not None
    assert library.manifest(shelf, digest, library.snapshot()) is not None


def test_a_manifest_is_unknown_before_it_was_pushed(library: Library) -> None:
    late = library.at(load_history().moments[16])
    shelf = library.repository("library/python", late)
    assert shelf is not None
    digest = late.tags["library/python"]["latest"]
    assert library.manifest(shelf, digest, library.at(load_history().moments[0])) is None


def test_what_exists_only_today_is_unknown_in_the_past(library: Library) -> None:
    state = library.at(load_history().moments[16])
    shelf = library.repository("library/python", state)
    assert shelf is not None
    index = library.snapshot().tags["library/python"]["3.12"]
    assert library.manifest(shelf, index, state) is None
    assert library.manifest(shelf, index, library.snapshot()) is not None


def test_cleaned_repositories_lose_manifests_left_untagged_for_months(library: Library) -> None:
    name = min(CLEANED_REPOSITORIES)
    early = library.at(load_history().moments[0])
    shelf = library.repository(name, early)
    assert shelf is not None
    digests = set(early.tags[name].values())
    now = library.snapshot()
    gone = [digest for digest in digests if library.manifest(shelf, digest, now) is None]
    assert len(gone) > 0
    assert all(library.manifest(shelf, d, now) for d in now.tags[name].values())


def test_a_manifest_keeps_its_digest_from_the_history_to_the_snapshot(library: Library) -> None:
    last = library.at(load_history().moments[16])
    shelf = library.repository("library/redis", last)
    assert shelf is not None
    children = json.loads(shelf.tagged("latest").body)["manifests"]
    assert last.tags["library/redis"]["latest"] == children[0]["digest"]
