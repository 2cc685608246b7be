import pytest

from auditor.analysis.rules.archives import find_copied, find_kept
from auditor.domain.findings import Confidence
from tests.fakes.built_images import DEBIAN, MB, built, ran

URL = "https://example.com/app-1.2.tar.gz"


@pytest.mark.parametrize(
    "command",
    [
        f"curl -fsSLo /tmp/app.tar.gz {URL} && tar -xzf /tmp/app.tar.gz -C /opt",
        f"cd /tmp && wget {URL} && tar xf app-1.2.tar.gz",
        f"wget -O app.tgz {URL} && tar --file=app.tgz -x",
        f"wget -P /src {URL} && tar xf /src/app-1.2.tar.gz",
        f"curl -LO {URL} && tar xf app-1.2.tar.gz && rm other.tar.gz",
        f"curl {URL} > app.tar.gz && tar xf app.tar.gz",
        f"curl --remote-name {URL} && tar xf app-1.2.tar.gz",
        f"curl --output=app.tar.gz {URL} && tar xf *.tar.gz",
    ],
)
def test_an_archive_beside_its_contents_is_half_of_the_layer(command: str) -> None:
    finding = next(iter(find_kept(built(DEBIAN, (ran(command), 40 * MB), base_layers=1))))
    assert finding.pull_saving_bytes == 20 * MB
    assert finding.confidence is Confidence.MEDIUM
    assert finding.high_bytes is not None
    assert finding.pull_saving_bytes < finding.high_bytes <= 40 * MB


@pytest.mark.parametrize(
    "command",
    [
        f"curl -o a.tar.gz {URL} && tar xf a.tar.gz && rm a.tar.gz",
        f"curl -o /tmp/a.tar.gz {URL} && tar xf /tmp/a.tar.gz && rm -rf /tmp/*",
        f"cd /tmp/x && curl -o a.tar.gz {URL} && tar xf a.tar.gz && cd / && rm -r /tmp/x",
        f'D="$(mktemp -d)"; wget -O "$D/a.tgz" {URL}; tar xf "$D/a.tgz"; rm -r "$D"',
        f"wget -O a.tgz {URL} && tar xf a.tgz && rm -f *.tgz",
        f"wget -O /tmp/a.tgz {URL} && tar xf /tmp/a.tgz && find /tmp -name '*.tgz' -delete",
        f"wget -O a.tgz {URL} && tar xf a.tgz && mv a.tgz /srv/",
        f"curl -fsSL {URL} | tar xz -C /opt",
        f"wget -qO- {URL} | tar xz -C /opt",
        f"wget -O - {URL} | tar xz",
        f"curl -o /dev/null {URL} && tar xf other.tar.gz",
        f"curl -o site.tar.gz {URL}",
        f"curl -O {URL} && tar -c -f app-1.2.tar.gz /etc",
        "axel -o index.html https://example.com/",
    ],
)
def test_what_is_removed_piped_or_wanted_as_it_is_is_no_finding(command: str) -> None:
    assert list(find_kept(built(DEBIAN, (ran(command), 40 * MB), base_layers=1))) == []


def test_variables_of_the_image_are_understood() -> None:
    command = "curl -O ${URL} && dpkg -i ${PACKAGE} && rm -f ${PACKAGE}*"
    variables = ("ENV URL=https://example.com/app_1.deb PACKAGE=app_1.deb", None)
    assert list(find_kept(built(DEBIAN, variables, (ran(command), 40 * MB), base_layers=1))) == []
    kept = command.partition(" && rm")[0]
    image = built(DEBIAN, variables, (ran(kept), 40 * MB), base_layers=1)
    assert [finding.key for finding in find_kept(image)] == ["/app_1.deb"]


def test_a_step_that_does_more_is_claimed_with_low_confidence() -> None:
    command = f"apt-get install -y ffmpeg && wget -O a.tgz {URL} && tar xf a.tgz"
    finding = next(iter(find_kept(built(DEBIAN, (ran(command), 200 * MB), base_layers=1))))
    assert finding.pull_saving_bytes == 25 * MB
    assert finding.confidence is Confidence.LOW


def test_an_archive_in_a_layer_without_bytes_is_no_finding() -> None:
    command = "curl -fsSLO https://host/a.tar.gz && tar -xzf a.tar.gz"
    assert list(find_kept(built(DEBIAN, (ran(command), 0), base_layers=1))) == []


def test_an_archive_that_a_later_step_unpacks_is_all_of_its_layer() -> None:
    steps = ((ran(f"wget -O /a.tgz {URL}"), 20 * MB), (ran("tar xf /a.tgz && rm /a.tgz"), 20 * MB))
    finding = next(iter(find_kept(built(DEBIAN, *steps, base_layers=1))))
    assert finding.pull_saving_bytes == 20 * MB
    assert "unpacked in a later step" in finding.what


@pytest.mark.parametrize(
    "text",
    [
        "COPY app.tar.gz /tmp/app.tar.gz # buildkit",
        "COPY app.tar.gz /tmp/ # buildkit",
        "/bin/sh -c #(nop) COPY file:12ab in /tmp/app.tar.gz ",
        "ADD https://example.com/app.tar.gz /tmp/ # buildkit",
    ],
)
@pytest.mark.parametrize("use", ["tar xf /tmp/app.tar.gz -C /opt", "rm /tmp/app.tar.gz"])
def test_a_copied_archive_that_a_later_step_unpacks_or_removes_is_claimed(
    text: str, use: str
) -> None:
    image = built(DEBIAN, (text, 6 * MB), (ran(use), 6 * MB), base_layers=1)
    finding = next(iter(find_copied(image)))
    assert finding.pull_saving_bytes == 6 * MB
    assert finding.first_layer == 1
    assert finding.confidence is Confidence.HIGH


@pytest.mark.parametrize(
    "text",
    [
        "ADD app.tar.gz /tmp/app.tar.gz # buildkit",
        "COPY app.txt /tmp/ # buildkit",
        "COPY a.tar.gz b.tar.gz /tmp/ # buildkit",
        "COPY . /tmp/ # buildkit",
        "COPY ['x'] # buildkit",
    ],
)
def test_what_add_unpacks_itself_or_is_no_archive_is_no_finding(text: str) -> None:
    steps = ((text, 6 * MB), (ran("tar xf /tmp/app.tar.gz"), 6 * MB))
    assert list(find_copied(built(DEBIAN, *steps, base_layers=1))) == []


def test_a_file_whose_name_the_builder_hid_is_known_by_who_unpacks_it() -> None:
    copy = ("/bin/sh -c #(nop) COPY file:12ab in /t/ ", 6 * MB)
    unpack = (ran("tar xf /t/player.tar.gz -C /opt"), 7 * MB)
    (finding,) = find_copied(built(DEBIAN, copy, unpack, base_layers=1))
    assert finding.key == "COPY /t/player.tar.gz"
    assert finding.pull_saving_bytes == 6 * MB


def test_a_hidden_file_beside_an_archive_that_is_downloaded_stays_unknown() -> None:
    copy = ("/bin/sh -c #(nop) COPY file:12ab in /t/ ", 6 * MB)
    fetch = (ran("cd /t && curl -O https://h/p.tar.gz && tar xf p.tar.gz && rm p.tar.gz"), MB)
    add = ("/bin/sh -c #(nop) ADD file:12ab in /t/ ", 6 * MB)
    unpack = (ran("tar xf /t/player.tar.gz"), 7 * MB)
    for steps in ((copy, fetch), (add, unpack), (copy, (ran("tar xf /u/a.tgz"), MB))):
        assert list(find_copied(built(DEBIAN, *steps, base_layers=1))) == []


def test_an_archive_that_nothing_unpacks_or_that_has_no_bytes_is_no_finding() -> None:
    copy = "COPY app.tar.gz /srv/ # buildkit"
    assert list(find_copied(built(DEBIAN, (copy, 6 * MB), base_layers=1))) == []
    empty = built(DEBIAN, (copy, 0), (ran("rm /srv/app.tar.gz"), 100), base_layers=1)
    assert list(find_copied(empty)) == []


def test_an_archive_copied_into_a_folder_without_slash_is_known_by_its_source() -> None:
    steps = (("COPY app.tar.gz . # buildkit", 6 * MB), (ran("tar xf /app.tar.gz"), 6 * MB))
    assert [finding.key for finding in find_copied(built(DEBIAN, *steps, base_layers=1))] == [
        "COPY /app.tar.gz"
    ]
