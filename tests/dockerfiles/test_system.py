from __future__ import annotations

import pytest

from auditor.domain.build_plan import Install, Upgrade
from auditor.domain.packages import Ecosystem, Wanted
from tests.fakes.dockerfiles import install_of, of_kind, run


def test_debian_packages_come_with_their_versions() -> None:
    found = run("apt-get update && apt-get install -y -t stable nginx=1.22.1-9 curl ./x.deb")
    assert found == Install(
        Ecosystem.APT,
        "apt-get",
        "/usr",
        (Wanted("nginx", "=1.22.1-9"), Wanted("curl")),
        local=("/x.deb",),
        has_recommended=True,
    )


@pytest.mark.parametrize(
    "body,has",
    [
        ("RUN apt-get install -y git", True),
        ("RUN apt install --no-install-recommends git", False),
        ("RUN apt-get -o APT::Install-Recommends=0 install git", False),
        ("RUN apt-get -o APT::Install-Recommends=false install git", False),
        (
            "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/99x\nRUN apt-get install git",
            False,
        ),
        ("RUN apk add git", False),
    ],
)
def test_what_is_recommended_comes_unless_switched_off(body: str, has: bool) -> None:
    assert install_of(body).has_recommended is has


def test_alpine_packages_come_with_their_versions() -> None:
    found = run("apk add --no-cache -t .x bash~5.2 curl=8.1-r0 && true")
    assert (found.ecosystem, found.place) == (Ecosystem.APK, "/usr")
    assert found.packages == (Wanted("bash", "~5.2"), Wanted("curl", "=8.1-r0"))


def test_a_root_of_its_own_is_another_place() -> None:
    assert run("apk add --root /rootfs --initdb musl").place == "/rootfs"


@pytest.mark.parametrize(
    "command",
    [
        "apt-get install -y $(cat /etc/packages.txt)",
        'apt-get install -y $(grep -v "^#" /etc/packages.txt | tr "\\n" " ")',
        "xargs -a /etc/packages.txt apt-get install -y",
        "cat /etc/packages.txt | xargs apt-get install -y",
    ],
)
def test_names_may_stand_in_a_file(command: str) -> None:
    found = install_of(f"COPY deps/packages.txt /etc/\nRUN {command}")
    (listed,) = found.lists
    assert (listed.path, listed.context_path) == ("/etc/packages.txt", "deps/packages.txt")
    assert found.unread == ()


def test_names_that_are_not_known_are_said_to_be() -> None:
    assert run("apk add $PHPIZE_DEPS gcc").unread == ("$PHPIZE_DEPS",)
    assert run("xargs apt-get install -y < list").unread == ("apt-get",)


@pytest.mark.parametrize("tool", ["apt-get", "apk"])
def test_upgrades_of_all_packages_are_seen(tool: str) -> None:
    ecosystem = Ecosystem.APK if tool == "apk" else Ecosystem.APT
    assert of_kind(f"RUN {tool} upgrade", Upgrade) == [Upgrade(ecosystem, tool)]
    assert of_kind(f"RUN {tool} update && dnf upgrade", Upgrade) == []


def test_a_package_of_another_manager_is_not_ours() -> None:
    assert of_kind("RUN dnf install -y git", Install) == []
