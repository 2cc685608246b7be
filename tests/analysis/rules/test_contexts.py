import pytest

from auditor.analysis.rules.contexts import RULES
from tests.analysis.rules.images import MB, found, image_of, saved


def test_a_copy_of_the_whole_context_is_a_hint() -> None:
    (one,) = found(RULES, image_of(("WORKDIR /app", 0), ("COPY . .", 40 * MB)))
    assert (one.rule, one.confidence, one.low_bytes) == ("context-copied-whole", "low", 0)
    assert "/app" in one.what


def test_a_classic_folder_copied_where_the_program_is_built_may_be_the_context() -> None:
    steps = [
        ("/bin/sh -c #(nop) COPY dir:0123 in /app ", 40 * MB),
        ("WORKDIR /app", 0),
        ("RUN npm ci", 30 * MB),
    ]
    assert len(saved(RULES, image_of(*steps))) == 1


@pytest.mark.parametrize(
    "step",
    ["COPY --from=build . /app", "COPY src /app", "/bin/sh -c #(nop) COPY dir:0123 in /app "],
)
def test_copies_of_parts_and_of_other_stages_are_none(step: str) -> None:
    assert saved(RULES, image_of((step, 40 * MB))) == []


def test_a_copy_of_nothing_claims_nothing() -> None:
    assert saved(RULES, image_of(("COPY . .", 1))) == []
