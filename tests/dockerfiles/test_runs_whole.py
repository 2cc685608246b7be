"""What the commands of one RUN do together."""

from __future__ import annotations

import pytest

from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import (
    Compile,
    Deed,
    Download,
    IndexKept,
    Install,
    Other,
    Removal,
    Rewrite,
    Unpack,
    Upgrade,
)
from auditor.domain.packages import Ecosystem


def deeds(*runs: str, image: str = "debian:12") -> list[Deed]:
    text = f"FROM {image}\n" + "".join(f"RUN {run}\n" for run in runs)
    return [one for step in read_dockerfile(text).stages[0].steps for one in step.deeds]


def kinds(*runs: str) -> list[str]:
    return [type(one).__name__ for one in deeds(*runs)]


def test_an_installation_with_its_cleaning_leaves_no_lists() -> None:
    found = deeds("apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*")
    assert not any(isinstance(one, IndexKept) for one in found)
    assert IndexKept(Ecosystem.APT, "/var/lib/apt/lists") in deeds(
        "apt-get update && apt-get install -y git"
    )


def test_what_a_run_brings_and_removes_is_gone() -> None:
    (install, *_) = deeds(
        "apk add --no-cache --virtual .build gcc && apk add --no-cache git && apk del .build"
    )
    assert isinstance(install, Install)
    assert (install.packages, [one.name for one in install.gone]) == ((), ["gcc"])
    assert install.is_empty
    found = deeds("apt-get install -y gcc git && apt-get purge -y gcc")
    first = found[0]
    assert isinstance(first, Install)
    assert [one.name for one in first.packages] == ["git"]
    assert [one.name for one in first.gone] == ["gcc"]


def test_recommends_and_archives_follow_settings_of_earlier_steps() -> None:
    off = "echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/99x"
    (install,) = [one for one in deeds(off, "apt-get install -y git") if isinstance(one, Install)]
    assert not install.has_recommended
    found = deeds("rm -f /etc/apt/apt.conf.d/docker-clean", "apt-get install -y git")
    assert any(isinstance(one, Install) and one.keeps_cache for one in found)


def test_environments_and_poetrys_settings_are_remembered() -> None:
    found = deeds(
        "python -m venv /v", "/v/bin/pip install a", "poetry config virtualenvs.create false"
    )
    (install,) = [one for one in found if isinstance(one, Install)]
    assert install.place == "/v/lib/python3/site-packages"


@pytest.mark.parametrize(
    "run, expected",
    [
        (
            "curl -fsSL https://h/a.tgz -o /t/a.tgz && tar -xzf /t/a.tgz -C /opt && rm /t/a.tgz",
            [Download("https://h/a.tgz", "/t/a.tgz", is_kept=False, unpacked_to="/opt")],
        ),
        (
            "curl -fsSL https://h/a.tgz -o /t/a.tgz && tar -xzf /t/a.tgz -C /opt",
            [Download("https://h/a.tgz", "/t/a.tgz", unpacked_to="/opt")],
        ),
        (
            "curl -fsSL https://h/x.sh -o /x.sh && rm /x.sh",
            [Download("https://h/x.sh", "/x.sh", is_kept=False)],
        ),
        (
            "curl -fsSL https://h/a.tgz | tar -xz -C /opt",
            [Download("https://h/a.tgz", "/opt", is_kept=False, unpacked_to="/opt")],
        ),
        ("tar -xzf /in.tgz -C /opt", [Unpack("/in.tgz", "/opt")]),
        ("chown -R me /srv", [Rewrite("/srv")]),
        ("apt-get upgrade -y", [Upgrade(Ecosystem.APT, "apt-get")]),
    ],
)
def test_downloads_archives_and_rewrites_are_told(run: str, expected: list[Deed]) -> None:
    found = [one for one in deeds(run) if not isinstance(one, Removal | IndexKept)]
    assert found == expected


def test_what_is_compiled_is_there_unless_it_is_removed() -> None:
    (made,) = deeds("cd /src && go build -o /bin/app .")
    assert isinstance(made, Compile)
    assert made.place == "/bin/app"
    assert "Compile" not in kinds("cd /src && make && rm -rf /src")


def test_a_pruned_installation_and_a_deleted_folder_are_removals() -> None:
    found = deeds("npm ci", "npm prune --omit=dev", "rm -rf /node_modules/.cache")
    assert [one.is_dev_only for one in found if isinstance(one, Removal)] == [True, False]


def test_commands_nobody_knows_are_told_and_silent_ones_are_not() -> None:
    found = deeds("some-tool --now\x1b && mkdir /x && cp a b")
    (other,) = [one for one in found if isinstance(one, Other)]
    assert other.text == "RUN some-tool --now\\x1b && mkdir /x && cp a b"


def test_many_commands_are_bounded() -> None:
    assert len(deeds(" && ".join(["x-tool"] * 5000))) <= 2000
