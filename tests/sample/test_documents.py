from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from auditor.domain.digest import Digest
from auditor.domain.platform import Platform
from auditor.sample import documents
from auditor.sample.facts import ImageFact, LayerFact, StepFact, load_sample

_BASE = LayerFact(Digest.of(b"base"), 100)
_APP = LayerFact(Digest.of(b"app"), 20)
_WHEN = datetime(2018, 1, 19, 2, 36, 21, tzinfo=UTC)


def _config_of(image: ImageFact) -> dict[str, object]:
    made = documents.image_documents(image, is_oci=True, source="somewhere")
    config: dict[str, object] = json.loads(made.config.body)
    return config


def _image(*texts: str, is_buildkit: bool = False) -> ImageFact:
    steps = tuple(StepFact(text, None, 0 if text[:3] == "RUN" else None) for text in texts)
    return ImageFact(
        Platform("linux", "arm64", "v8"), (_BASE, _APP), _WHEN, steps, is_buildkit=is_buildkit
    )


def test_the_same_facts_make_the_same_bytes() -> None:
    image = load_sample().images[0]
    one = documents.image_documents(image, is_oci=False, source="s")
    other = documents.image_documents(image, is_oci=False, source="s")
    assert one == other
    assert one.manifest.digest == f"sha256:{hashlib.sha256(one.manifest.body).hexdigest()}"


def test_equal_layers_have_equal_diff_ids_so_that_chains_match() -> None:
    base = ImageFact(Platform("linux", "amd64"), (_BASE,), _WHEN)
    child = ImageFact(Platform("linux", "amd64"), (_BASE, _APP), _WHEN)
    base_ids = _config_of(base)["rootfs"]["diff_ids"]  # type: ignore[index]
    child_ids = _config_of(child)["rootfs"]["diff_ids"]  # type: ignore[index]
    assert child_ids[: len(base_ids)] == base_ids
    assert len(set(child_ids)) == 2
    assert _BASE.digest.text not in base_ids


def test_classic_history_names_the_shell_and_marks_metadata_with_nop() -> None:
    image = _image("RUN make", "RUN |1 A= /bin/sh -c make", "CMD [1 argument]", "ADD file in /")
    history = _config_of(image)["history"]
    assert history == [
        {"created_by": "/bin/sh -c make"},
        {"created_by": "|1 A= /bin/sh -c make"},
        {"created_by": "/bin/sh -c #(nop)  CMD [1 argument]", "empty_layer": True},
        {"created_by": "/bin/sh -c #(nop) ADD file in /", "empty_layer": True},
    ]


def test_buildkit_history_keeps_the_instruction_and_a_comment() -> None:
    history = _config_of(
        _image("RUN make", "COPY file in /", "CMD [1 argument]", is_buildkit=True)
    )["history"]
    assert [entry["created_by"] for entry in history] == [  # type: ignore[attr-defined]
        "RUN /bin/sh -c make # buildkit",
        "COPY file in / # buildkit",
        "CMD [1 argument]",
    ]
    assert {entry["comment"] for entry in history} == {"buildkit.dockerfile.v0"}  # type: ignore[attr-defined]


def test_root_file_systems_are_not_said_to_be_made_by_a_shell() -> None:
    steps = _image("RUN # debian.sh trixie", "RUN umoci [root file system]", is_buildkit=True)
    assert _config_of(steps)["history"] == [
        {"created_by": "# debian.sh trixie", "comment": "debuerreotype"},
        {"created_by": "umoci [root file system]"},
    ]


def test_a_config_without_known_steps_has_no_history() -> None:
    config = _config_of(ImageFact(Platform("linux", "amd64"), (_BASE,), None))
    assert "history" not in config
    assert "created" not in config


def test_platform_date_and_source_are_visible() -> None:
    config = _config_of(_image("RUN make"))
    assert (config["os"], config["architecture"], config["variant"]) == ("linux", "arm64", "v8")
    assert config["created"] == "2018-01-19T02:36:21Z"
    made = documents.image_documents(_image(), is_oci=True, source="somewhere")
    annotations = json.loads(made.manifest.body)["annotations"]
    assert annotations[documents.CREATED] == "2018-01-19T02:36:21Z"
    assert annotations[documents.SOURCE] == "somewhere"


def test_docker_documents_have_no_annotations() -> None:
    made = documents.image_documents(_image(), is_oci=False, source="somewhere")
    assert "annotations" not in json.loads(made.manifest.body)
    index = documents.index_document([], is_oci=False, annotations={"a": "b"})
    assert "annotations" not in json.loads(index.body)
    assert json.loads(made.config.body)["config"]["Labels"][documents.SOURCE] == "somewhere"


def test_both_families_of_media_types_are_used() -> None:
    names = {tag.repository for tag in load_sample().tags}
    oci = sum(documents.uses_oci_types(name) for name in names)
    assert 20 < oci < 50
