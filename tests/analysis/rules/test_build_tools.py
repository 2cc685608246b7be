from auditor.analysis.rules.build_tools import find_left, find_removed_later
from auditor.domain.findings import Basis, Confidence
from tests.fakes.built_images import DEBIAN, MB, built, ran

INSTALL = "apt-get update && apt-get install -y --no-install-recommends"
CLEAN = "&& rm -rf /var/lib/apt/lists/*"
PROGRAM = ("COPY app /app # buildkit", 3 * MB)
DEPENDENCIES = (ran("pip install -r requirements.txt"), 20 * MB)


def test_a_step_of_build_tools_alone_is_claimed_but_for_its_libraries() -> None:
    image = built(
        DEBIAN, (ran(f"{INSTALL} gcc make libpq-dev {CLEAN}"), 77 * MB), DEPENDENCIES, base_layers=1
    )
    finding = next(iter(find_left(image)))
    assert finding.pull_saving_bytes == 77 * MB - 1_500_000
    assert finding.key == "gcc make libpq-dev"
    assert finding.what.startswith("gcc, make and libpq-dev: needed to build")
    assert finding.low_bytes is not None
    assert finding.low_bytes < finding.pull_saving_bytes == finding.high_bytes
    assert "apt-get install -y --no-install-recommends gcc make libpq-dev" in finding.dockerfile[1]


def test_beside_other_packages_the_tools_weigh_what_they_weigh_elsewhere() -> None:
    step = (ran(f"{INSTALL} gcc ffmpeg {CLEAN}"), 260 * MB)
    finding = next(iter(find_left(built(DEBIAN, step, PROGRAM, base_layers=1))))
    assert finding.pull_saving_bytes == 71_900_000
    assert finding.basis is Basis.MODELLED


def test_the_runtime_inside_a_kit_is_not_claimed() -> None:
    step = (ran(f"{INSTALL} openjdk-17-jdk-headless {CLEAN}"), 176 * MB)
    finding = next(iter(find_left(built(DEBIAN, step, PROGRAM, base_layers=1))))
    assert finding.pull_saving_bytes == 99_600_000


def test_what_the_same_step_removes_is_not_left() -> None:
    ways = (
        f"{INSTALL} gcc && make && apt-get purge -y gcc",
        "buildDeps='gcc make' && apt-get install -y $buildDeps && apt-get purge -y ${buildDeps}",
        "apk add --no-cache --virtual .build-deps gcc musl-dev && make && apk del .build-deps",
        "apk add -t .deps gcc && apk del .deps",
        "apk add --virtual=.deps gcc && apk del .deps",
        (
            "apt-mark auto '.*' && apt-get install -y gcc"
            " && apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false"
        ),
        "apt-get install -y gcc && dpkg --purge gcc",
        "yum install -y gcc && make && yum remove -y gcc",
    )
    for way in ways:
        image = built(DEBIAN, (ran(way), 5 * MB), PROGRAM, base_layers=1)
        assert list(find_left(image)) == [], way


def test_a_later_removal_is_told_to_save_nothing() -> None:
    later = (ran("apt-get purge -y gcc && apt-get autoremove -y"), MB)
    step = (ran(f"{INSTALL} gcc {CLEAN}"), 77 * MB)
    image = built(DEBIAN, step, DEPENDENCIES, later, base_layers=1)
    finding = next(iter(find_left(image)))
    assert "A later step removes them, which saves nothing" in finding.what
    assert list(find_removed_later(image)) == []


def test_an_image_without_a_program_may_hold_a_compiler() -> None:
    scripts = ("COPY entrypoint.sh /usr/local/bin/ # buildkit", 400)
    certificates = ("COPY file:ab12 in /etc/ssl/certs/java/cacerts ", 76_000)
    tools = (f"/bin/sh -c {INSTALL} gcc {CLEAN}", 77 * MB)
    for steps in ((DEBIAN, tools), (DEBIAN, tools, scripts), (DEBIAN, tools, certificates)):
        assert list(find_left(built(*steps, base_layers=1))) == []


def test_tools_of_the_base_or_of_a_kit_below_are_another_rules_matter() -> None:
    tools = (ran(f"{INSTALL} g++ gcc {CLEAN}"), 102 * MB)
    variable = ("ENV GOLANG_VERSION=1.26.5", None)
    kit = ("COPY /target/ / # buildkit", 67 * MB)
    assert list(find_left(built(DEBIAN, tools, variable, kit, PROGRAM))) == []
    assert list(find_left(built(DEBIAN, tools, PROGRAM, base_layers=2))) == []


def test_an_unknown_base_is_told_as_a_caveat() -> None:
    step = (ran(f"{INSTALL} gcc {CLEAN}"), 77 * MB)
    finding = next(iter(find_left(built(DEBIAN, step, PROGRAM))))
    assert "The base of this image is not known" in finding.caveats[-1]


def test_lines_speak_the_images_package_manager() -> None:
    alpine = (ran("apk add --no-cache build-base"), 60 * MB)
    suse = (ran("zypper -n in gcc make"), 60 * MB)
    fedora = (ran("dnf install -y gcc-c++"), 60 * MB)
    lines = [
        next(iter(find_left(built(DEBIAN, step, PROGRAM, base_layers=1)))).dockerfile[1]
        for step in (alpine, suse, fedora)
    ]
    assert lines == [
        "RUN apk add --no-cache build-base",
        "RUN zypper --non-interactive install gcc make",
        "RUN yum install -y gcc-c++",
    ]


def test_a_layer_of_no_bytes_is_no_finding() -> None:
    image = built(DEBIAN, (ran(f"{INSTALL} gcc"), 0), PROGRAM, base_layers=1)
    assert list(find_left(image)) == []


def test_packages_removed_later_are_claimed_whole_where_nothing_else_was_installed() -> None:
    step = (ran(f"{INSTALL} git curl {CLEAN}"), 19 * MB)
    later = (ran("apt-get remove -y git curl"), 300_000)
    finding = next(iter(find_removed_later(built(DEBIAN, step, PROGRAM, later, base_layers=1))))
    assert finding.pull_saving_bytes == 19 * MB
    assert (finding.confidence, finding.basis) == (Confidence.HIGH, Basis.MEASURED)
    assert finding.key == "git curl"


def test_packages_removed_later_beside_others_are_weighed_by_name() -> None:
    step = (ran(f"{INSTALL} git ffmpeg {CLEAN}"), 200 * MB)
    later = (ran("apt-get remove -y git"), 300_000)
    finding = next(iter(find_removed_later(built(DEBIAN, step, later, base_layers=1))))
    assert finding.pull_saving_bytes == 15_900_000
    assert finding.confidence is Confidence.MEDIUM


def test_packages_of_unknown_weight_are_not_claimed() -> None:
    step = (ran(f"{INSTALL} frobnicate ffmpeg {CLEAN}"), 200 * MB)
    later = (ran("apt-get remove -y frobnicate"), 300_000)
    assert list(find_removed_later(built(DEBIAN, step, later, base_layers=1))) == []


def test_a_virtual_package_removed_later_takes_its_members() -> None:
    step = (ran("apk add --no-cache --virtual .fetch curl git"), 9 * MB)
    later = (ran("apk del .fetch"), 100_000)
    finding = next(iter(find_removed_later(built(DEBIAN, step, later, base_layers=1))))
    assert finding.pull_saving_bytes == 9 * MB


def test_a_removal_of_nothing_named_leaves_earlier_packages_alone() -> None:
    step = (ran(f"{INSTALL} git {CLEAN}"), 19 * MB)
    later = (ran("apt-get purge -y =1"), 300_000)
    assert list(find_removed_later(built(DEBIAN, step, later, base_layers=1))) == []
