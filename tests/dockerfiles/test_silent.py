from __future__ import annotations

import pytest

from auditor.domain.build_plan import Other
from tests.fakes.dockerfiles import of_kind


@pytest.mark.parametrize(
    "command",
    [
        "set -eux; groupadd app && useradd -g app app",
        "A=b; export A",
        "node --version && npm --version && npm config set fund false",
        "pip check && uv lock && poetry lock",
        "git config --global x y",
        "python -m venv /v && python3 -m compileall .",
        "yarn",
        "apt-get clean && apt-mark hold x && dpkg --print-architecture",
        "<<EOF\nset -e\ntrue\nEOF",
        "bash",
        'test "$(id -u)" = 0 || exit 1',
    ],
)
def test_commands_that_leave_nothing_are_passed_over(command: str) -> None:
    assert of_kind(f"RUN {command}", Other) == []


@pytest.mark.parametrize(
    "command",
    [
        "node build.js",
        "python manage.py collectstatic",
        "python -m pytest",
        "sh install.sh",
        "npm run migrate",
        "gem install rails",
        "dnf -y groupinstall x",
        "git lfs pull",
        "go mod download",
        "dpkg -i /x.deb",
        "curl -fsSL https://example.com/install | bash -s -- -y",
        "cp -r /a /b",
    ],
)
def test_commands_of_which_nothing_is_known_are_told(command: str) -> None:
    (other,) = of_kind(f"WORKDIR /w\nRUN {command}", Other)
    assert (other.place, other.text) == ("/w", f"RUN {command}")


def test_moving_what_the_same_step_brought_is_nothing_new() -> None:
    assert of_kind("RUN curl -o /a https://h/a && install -m 755 /a /usr/bin/a", Other) == []
    assert len(of_kind("RUN mkdir /b && mv /a /b", Other)) == 1
