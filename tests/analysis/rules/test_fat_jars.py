import pytest

from auditor.analysis.rules.fat_jars import RULES
from tests.analysis.rules.images import MB, found, image_of


def test_a_big_jar_in_one_layer_is_told_and_a_first_pull_stays_as_big() -> None:
    (one,) = found(RULES, image_of(("COPY target/app.jar /app.jar", 60 * MB)))
    assert (one.rule, one.pull_saving_bytes, one.claims) == ("fat-jar", 0, ())
    assert any("A first pull stays as big" in caveat for caveat in one.caveats)


@pytest.mark.parametrize(
    "step, size",
    [
        ("COPY target/app.jar /app.jar", MB),
        ("COPY target/lib /lib", 60 * MB),
        ("RUN cp a.jar b.jar", 60 * MB),
    ],
)
def test_small_jars_and_other_copies_are_not(step: str, size: int) -> None:
    assert found(RULES, image_of((step, size))) == []
