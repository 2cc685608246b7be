import pytest

from auditor.analysis.rules.ownership import RULES
from tests.analysis.rules.images import MB, found, image_of, saved


@pytest.mark.parametrize("change", ["chown -R app:app /app", "chmod -R a+rX /app"])
def test_a_change_after_the_copy_stores_the_files_twice(change: str) -> None:
    image = image_of(("COPY . /app", 8 * MB), (f"RUN {change}", 8 * MB))
    (one,) = found(RULES, image)
    assert (one.rule, one.pull_saving_bytes) == ("owner-changed-later", 8 * MB - 5_000)
    assert (one.confidence, one.first_layer) == ("high", 1)


def test_beside_other_work_only_the_copies_count() -> None:
    image = image_of(("COPY . /app", 8 * MB), ("RUN make && chown -R app /app", 30 * MB))
    (one,) = found(RULES, image)
    assert (one.pull_saving_bytes, one.confidence) == (8 * MB, "medium")


def test_a_change_of_what_the_same_step_made_costs_nothing() -> None:
    assert saved(RULES, image_of(("RUN make && chown -R app /srv", 30 * MB))) == []
    assert saved(RULES, image_of(("COPY . /app", 8 * MB), ("RUN chown app /app", 3_000))) == []
