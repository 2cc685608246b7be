from auditor.analysis.effects.seen import IF_A_BASE, caveats, claim, key, named, seen, step_key
from auditor.domain.findings import Claim
from tests.fakes.built_images import DEBIAN, MB, built


def test_evidence_names_the_step_and_its_layer() -> None:
    image = built(DEBIAN, ("ENV A=b", None))
    with_layer, without = (seen(image, step) for step in image.steps)
    assert (with_layer.layer, with_layer.size_bytes) == (0, 28 * MB)
    assert with_layer.digest == image.layers[0].digest
    assert (without.layer, without.digest) == (None, None)


def test_a_claim_is_never_more_than_the_layer() -> None:
    with_layer, without = built(DEBIAN, ("ENV A=b", None)).steps
    assert claim(with_layer, 99 * MB) == (Claim(0, 28 * MB),)
    assert claim(with_layer, 0.4) == ()
    assert claim(without, 5) == ()


def test_names_are_listed_as_people_do() -> None:
    assert named([]) == ""
    assert named(["a"]) == "a"
    assert named(["a", "b", "a"]) == "a and b"
    assert named("abcdefgh") == "a, b, c, d, e, f and 2 more"
    assert key("a", "b" * 300) == "a " + "b" * 198


def test_an_unknown_base_adds_a_caveat() -> None:
    assert caveats(built(DEBIAN), "x") == ("x", IF_A_BASE)
    assert caveats(built(DEBIAN, ("RUN x", MB), base_layers=1), "x") == ("x",)


def test_the_key_of_a_step_holds_no_text_of_it() -> None:
    (step,) = built(("RUN pip install --index-url https://user:secret@host.example x", MB)).steps
    assert step_key("pip", step).startswith("pip ")
    assert "secret" not in step_key("pip", step)
