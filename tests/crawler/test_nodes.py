from __future__ import annotations

from auditor.crawler.nodes import LEAF, Node, node_of
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from tests.fakes.contents import Contents


def test_what_leads_nowhere_is_one_object_whatever_it_holds() -> None:
    contents = Contents()
    first, second = contents.image("first"), contents.image("second")
    assert node_of(contents.manifests[first]) is LEAF
    assert node_of(contents.manifests[second]) is LEAF


def test_an_index_keeps_the_digests_of_what_may_be_manifests() -> None:
    contents = Contents()
    image, untyped, blob = contents.image("one"), Digest.of(b"untyped"), Digest.of(b"blob")
    strangers = [Descriptor("", untyped, 1), Descriptor("application/x-blob", blob, 1)]
    index = contents.manifests[contents.index("multi", image, strangers=strangers)]
    assert node_of(index) == Node((image, untyped))


def test_an_artifact_keeps_its_subject() -> None:
    contents = Contents()
    image = contents.image("one")
    artifact = contents.manifests[contents.artifact("signature", subject=image)]
    assert node_of(artifact) == Node((), image)
