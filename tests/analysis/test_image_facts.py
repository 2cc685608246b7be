from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.domain.digest import Digest
from auditor.domain.views import BaseView

DIGEST = Digest("sha256:" + "a" * 64)


def test_own_steps_are_those_the_base_did_not_bring() -> None:
    base = BaseView(("debian:12",), DIGEST, "layer_chain", "high", 1, 48_500_000)
    steps = (
        BuildStep("ADD", "ADD file:1 in /", layer=0, size_bytes=48_500_000, is_from_base=True),
        BuildStep("RUN", "RUN make", layer=1, size_bytes=5),
    )
    image = ImageFacts(DIGEST, layers=(), steps=steps, base=base)
    assert [step.text for step in image.own_steps] == ["RUN make"]
    assert image.base_layers == 1


def test_an_image_of_unknown_base_has_no_base_layers() -> None:
    assert ImageFacts(DIGEST, layers=(), steps=()).base_layers == 0
