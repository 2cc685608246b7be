import pytest

from auditor.analysis.rules.ownership import find_changed, find_rewritten
from auditor.domain.findings import Basis, Breadth, Confidence
from tests.fakes.built_images import DEBIAN, KB, MB, built, ran

COPY = ("COPY app /app # buildkit", 8 * MB)


def test_changing_the_owner_stores_the_files_again() -> None:
    change = (ran("useradd app && chown -R app:app /app"), 8_145_789)
    finding = next(iter(find_changed(built(DEBIAN, COPY, change, base_layers=1))))
    assert finding.pull_saving_bytes == 8_145_789 - 5_000
    assert [one.layer for one in finding.claims] == [2]
    assert finding.first_layer == 1
    assert [one.layer for one in finding.evidence] == [2, 1]
    assert (finding.confidence, finding.basis) == (Confidence.HIGH, Basis.MEASURED)
    assert finding.key == "chown /app"


def test_changing_the_mode_of_one_big_file_does_so_too() -> None:
    change = (ran("chmod +x program"), 5 * MB)
    steps = (("WORKDIR /srv", None), ("COPY program /srv/ # buildkit", 5 * MB), change)
    finding = next(iter(find_changed(built(DEBIAN, *steps, base_layers=1))))
    assert finding.pull_saving_bytes == 5 * MB - 5 * KB
    assert "chmod on /srv/program" in finding.what
    assert finding.breadth is Breadth.LAYER


def test_a_step_that_makes_files_too_is_claimed_by_the_copies_it_touches() -> None:
    change = (ran("npm ci && chown -R node /app"), 60 * MB)
    finding = next(iter(find_changed(built(DEBIAN, COPY, change, base_layers=1))))
    assert finding.pull_saving_bytes == 8 * MB
    assert finding.confidence is Confidence.MEDIUM
    assert finding.low_bytes == 0


def test_files_of_the_base_count_where_nothing_was_copied() -> None:
    change = (ran("chown -R app /usr"), 20 * MB)
    finding = next(iter(find_changed(built(DEBIAN, change, base_layers=1))))
    assert finding.first_layer == 1
    assert finding.pull_saving_bytes == 20 * MB - 5 * KB


def test_small_or_unknown_changes_are_no_finding() -> None:
    elsewhere = ("npm ci && chown -R node /srv", 60 * MB)
    users = ("useradd app && mkdir /data && chown app /data", 4 * KB)
    without_layer = ("chown app /data", None)
    for command, size in (elsewhere, users, without_layer):
        image = built(DEBIAN, COPY, (ran(command), size), base_layers=1)
        assert list(find_changed(image)) == []


def test_a_change_that_names_no_path_still_has_words() -> None:
    change = (ran("find /app -type f | xargs chown app"), 8 * MB)
    finding = next(iter(find_changed(built(DEBIAN, COPY, change, base_layers=1))))
    assert "chown on files" in finding.what


@pytest.mark.parametrize(
    "command",
    [
        "sed -i s/a/b/ /app/conf/x",
        "cd /app && sed -i.bak s/a/b/ ./x",
        "find /app -name '*.js' -exec sed -i 's/a/b/' {} +",
        "perl -pi -e s/a/b/ /app/x",
        "dos2unix /app/x && chmod +x /app/x",
    ],
)
def test_editing_copied_files_stores_them_again(command: str) -> None:
    image = built(DEBIAN, COPY, (ran(command), 3 * MB), base_layers=1)
    finding = next(iter(find_rewritten(image)))
    assert finding.pull_saving_bytes == 3 * MB - 5 * KB
    assert finding.first_layer == 1
    assert finding.key == "/app"


@pytest.mark.parametrize(
    "command",
    [
        "sed -i s/a/b/ /etc/x",
        "sed s/a/b/ /app/x",
        "sed -i s/a/b/ /app/x && make",
        "find /app -name x",
    ],
)
def test_edits_elsewhere_or_beside_other_work_are_no_finding(command: str) -> None:
    image = built(DEBIAN, COPY, (ran(command), 3 * MB), base_layers=1)
    assert list(find_rewritten(image)) == []
