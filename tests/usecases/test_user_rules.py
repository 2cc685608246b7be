"""Rules of the user's own: what they see, what they claim, and what they keep to themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_facts import BuildStep, ImageFacts, LayerFacts
from auditor.domain.analysis_settings import UserRule
from auditor.domain.digest import Digest
from auditor.domain.findings import Basis, Claim, Confidence, Finding
from auditor.usecases.user_rules import rule_of

TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
SECRET = "curl -u me:hunter2 https://x/ca.crt"


def rule(pattern: str = "curl", **fields: object) -> UserRule:
    return UserRule("old-key", pattern, "What is wrong.", "What to do.", **fields)  # type: ignore[arg-type]


def image(*steps: BuildStep) -> ImageFacts:
    layers = [step for step in steps if step.layer is not None]
    return ImageFacts(
        Digest.of(b"image"),
        tuple(
            LayerFacts(Digest.of(str(n).encode()), s.size_bytes, TYPE) for n, s in enumerate(layers)
        ),
        steps,
    )


def found(one: UserRule, *steps: BuildStep) -> tuple[Finding, ...]:
    return tuple(rule_of(one).find(image(*steps)))


def step(text: str, layer: int | None = 0, size_bytes: int = 1000, **fields: object) -> BuildStep:
    values = {
        "instruction": "RUN",
        "text": text,
        "layer": layer,
        "size_bytes": size_bytes,
        **fields,
    }
    return BuildStep(**values)  # type: ignore[arg-type]


def test_a_step_with_the_pattern_is_found_and_its_share_claimed() -> None:
    (one,) = found(rule(share=0.2, confidence=Confidence.LOW), step("a && curl x"), step("b", 1))
    assert (one.rule, one.what, one.fix) == ("old-key", "What is wrong.", "What to do.")
    assert one.claims == (Claim(0, 200),)
    assert (one.first_layer, one.confidence, one.basis) == (0, Confidence.LOW, Basis.MODELLED)
    assert one.evidence[0].text == "a && curl x"


@pytest.mark.parametrize(
    "other",
    [
        step("wget x"),
        step("curl x", None),
        step("curl x", size_bytes=0),
        step("curl x", instruction="COPY"),
        step("curl x", is_from_base=True),
    ],
)
def test_other_steps_are_passed_by(other: BuildStep) -> None:
    assert found(rule(), other) == ()


def test_an_empty_instruction_is_any() -> None:
    assert found(rule(instruction=""), step("curl x", instruction="COPY"))


def test_the_same_step_twice_is_one_finding_with_the_bytes_of_both() -> None:
    (one,) = found(rule(), step("curl x", 2, 30), step("curl x", 1, 20))
    assert one.claims == (Claim(2, 30), Claim(1, 20))
    assert one.first_layer == 1


def test_a_key_stays_and_tells_nothing() -> None:
    (one,) = found(rule(), step(SECRET))
    (later,) = found(rule(), step("x", 0), step(SECRET, 1, 7))
    assert one.key == later.key
    assert "hunter2" not in one.key


def test_what_a_rule_sees_and_misses_is_said() -> None:
    info = rule_of(rule("a.b")).info
    assert (info.identifier, info.title) == ("old-key", "What is wrong.")
    assert info.sees == "RUN steps of the image's own that match a.b"
    assert rule_of(rule(instruction="")).info.sees.startswith("build steps")


@given(st.text(), st.integers(1, 10**15), st.floats(0, 1, exclude_min=True))
def test_no_more_is_claimed_than_the_layer_has(text: str, size_bytes: int, share: float) -> None:
    for one in found(rule("(?s).*", share=share), step(text, 0, size_bytes)):
        assert 0 <= one.pull_saving_bytes <= size_bytes
