from auditor.analysis.effects.seen import key, named, seen, step_key
from tests.analysis.rules.images import MB, image_of


def test_a_few_names_are_written_out_and_the_rest_is_counted() -> None:
    assert named([]) == ""
    assert named(["a"]) == "a"
    assert named(["a", "b", "a"]) == "a and b"
    assert named("abcdefgh") == "a, b, c, d, e, f and 2 more"


def test_keys_are_short_and_hold_no_text_of_a_step() -> None:
    image = image_of(("RUN pip install --index-url https://user:secret@host.example x", MB))
    step = image.steps[-1]
    assert "secret" not in step_key("pip", step)
    assert step_key("pip", step).startswith("pip ")
    assert len(key("x" * 500)) == 200


def test_evidence_of_a_step_without_layer_has_no_digest() -> None:
    image = image_of(("ENV A=1", 0))
    assert seen(image, image.steps[-1]).digest is None
    assert seen(image, image.steps[0]).layer == 0
