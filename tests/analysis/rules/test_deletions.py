import pytest

from auditor.analysis.rules.deletions import find_deleted
from auditor.domain.findings import Basis, Confidence
from tests.fakes.built_images import DEBIAN, MB, built, ran

WORKDIR = ("WORKDIR /src", None)


@pytest.mark.parametrize(
    "text",
    [
        "COPY . /src # buildkit",
        "COPY lib /src/lib/ # buildkit",
        "/bin/sh -c #(nop) COPY dir:12ab in /src ",
        ran("git clone --depth 1 https://example.com/lib.git"),
        ran("git clone git@example.com:team/lib.git"),
        ran("git clone https://example.com/lib.git /src/other"),
        ran("cd /src && curl -o model.bin https://example.com/model.bin"),
        ran("mkdir -p /src/a && curl -s https://example.com/a.tgz | tar xz -C /src/a"),
        ran("wget -O /src/a.zip https://example.com/a.zip && unzip /src/a.zip -d /src"),
    ],
)
def test_what_a_later_step_deletes_whole_is_claimed_whole(text: str) -> None:
    image = built(DEBIAN, WORKDIR, (text, 30 * MB), (ran("rm -rf /src"), 100), base_layers=1)
    finding = next(iter(find_deleted(image)))
    assert finding.pull_saving_bytes == 30 * MB
    assert [one.layer for one in finding.evidence] == [1, 2]
    assert (finding.confidence, finding.basis) == (Confidence.HIGH, Basis.MEASURED)


@pytest.mark.parametrize(
    "text",
    [
        "COPY . /app # buildkit",
        "COPY archive.tar.gz /src/archive.tar.gz # buildkit",
        ran("git clone https://example.com/lib.git && make -C lib install"),
        ran("echo nothing"),
        ran("git clone https://example.com/lib.git /opt/lib && git clone https://x.io/y.git"),
        ran("git status"),
        ran("git clone"),
    ],
)
def test_what_stays_or_is_unknown_is_no_finding(text: str) -> None:
    image = built(DEBIAN, WORKDIR, (text, 30 * MB), (ran("rm -rf /src/l*"), 100), base_layers=1)
    assert list(find_deleted(image)) == []


def test_a_deletion_in_the_same_or_an_earlier_step_is_no_finding() -> None:
    same = (ran("git clone https://x.io/y.git /src/y && rm -rf /src"), 100)
    earlier = (ran("rm -rf /src"), 100)
    copy = ("COPY . /src # buildkit", 30 * MB)
    assert list(find_deleted(built(DEBIAN, same, base_layers=1))) == []
    assert list(find_deleted(built(DEBIAN, earlier, copy, base_layers=1))) == []


def test_findings_come_in_the_order_of_layers() -> None:
    steps = (("COPY a /a # buildkit", MB), ("COPY b /b # buildkit", MB), (ran("rm -r /a /b"), 100))
    assert [one.key for one in find_deleted(built(DEBIAN, *steps, base_layers=1))] == ["/a", "/b"]


def test_package_lists_deleted_by_a_later_step_are_claimed_by_their_measured_size() -> None:
    install = (ran("apt-get update && apt-get install -y curl"), 30 * MB)
    clean = (ran("rm -rf /var/lib/apt/lists/*"), 100)
    finding = next(iter(find_deleted(built(DEBIAN, install, clean, base_layers=1))))
    assert finding.pull_saving_bytes == 14_670_000
    assert finding.key == "apt lists curl"


@pytest.mark.parametrize(
    "command",
    [
        "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "apt-get update && apt-get install -y curl && apt-get dist-clean",
        "apt-get install -y curl",
    ],
)
def test_lists_that_the_step_cleans_or_never_fetched_are_no_finding(command: str) -> None:
    steps = ((ran(command), 30 * MB), (ran("rm -rf /var/lib/apt/lists/*"), 100))
    assert list(find_deleted(built(DEBIAN, *steps, base_layers=1))) == []


def test_layers_of_no_bytes_are_no_finding() -> None:
    copy = ("COPY . /src # buildkit", 0)
    lists = (ran("apt-get update && true"), 0)
    clean = (ran("rm -rf /src /var/lib/apt/lists/*"), 100)
    assert list(find_deleted(built(DEBIAN, copy, lists, clean, base_layers=1))) == []


def test_only_so_many_deleted_paths_are_remembered() -> None:
    many = " ".join(f"/d/{number}" for number in range(100))
    steps = (("COPY . /src # buildkit", MB), (ran(f"rm -rf {many} /src"), 100))
    assert list(find_deleted(built(DEBIAN, *steps, base_layers=1))) == []
