"""Our own image: built without an engine, pushed to a real registry, and audited by ourselves."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.catalogue.known_bases import load_catalogue
from tests.deploy.image_tree import copy_libraries, copy_program, pack
from tests.deploy.shapes import ROOT, assert_is_a_command
from tests.end_to_end.images.pushing import Workshop
from tests.end_to_end.program import Auditor
from tests.servers import tools
from tests.servers.docker_registry import start_docker_registry

pytestmark = [pytest.mark.real, pytest.mark.slow]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
BUDGET = tomllib.loads((ROOT / "deploy/image-budget.toml").read_text())
ZSTD = ("--dest-compress-format", "zstd", "--dest-compress-level", "3")
"""As docs/how-to/deploy.md says to push it, and the rule `gzip-layers` would say otherwise."""
WASTEFUL = "RUN /bin/sh -c pip install --require-hashes -r requirements/server.txt"


@dataclass(frozen=True, slots=True)
class Built:
    """The image in a registry that was audited, and its tree on disk."""

    tree: Path
    address: str
    auditor: Auditor

    def ask(self, *arguments: str) -> dict[str, Any]:
        return self.auditor.json(*arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    for tool in ("skopeo", "umoci"):
        tools.require(tool, package=tool)
    folder = tmp_path_factory.mktemp("image")
    tree, home = folder / "tree", folder / "home"
    home.mkdir()
    copy_libraries(tree / "libraries")
    copy_program(tree / "program")
    workshop = Workshop(folder / "workshop")
    workshop.start()
    workshop.new("lean")
    for part in ("libraries", "program"):
        step = f"COPY /opt/{part} /opt/{part} # buildkit"
        assert f"COPY --from={part} /opt/{part} /opt/{part}" in DOCKERFILE
        workshop.add_archive("lean", step, pack(tree / part, f"opt/{part}", folder / f"{part}.tar"))
    workshop.new("wasteful")
    kept = pack(tree / "libraries/sqlalchemy", "opt/libraries/sqlalchemy", folder / "kept.tar")
    workshop.add_archive("wasteful", WASTEFUL, kept)
    with start_docker_registry(folder / "registry") as registry:
        for image in ("lean", "wasteful"):
            workshop.push(image, registry.address, f"registry-auditor/{image}:0.1.0", *ZSTD)
        auditor = Auditor(home)
        assert auditor.run("audit", registry.address).code == 0
        yield Built(tree, registry.address, auditor)


def test_what_the_lock_names_is_all_the_program_needs(built: Built, tmp_path: Path) -> None:
    """Without this environment's own libraries: -S keeps them out."""
    code = (
        "import gunicorn.app.base, procrastinate, psycopg, apscheduler, sys;"
        "from auditor.__main__ import main; sys.argv[1:] = ['db', 'upgrade']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={
            "PYTHONPATH": f"{built.tree / 'program'}:{built.tree / 'libraries'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(tmp_path),
            "AUDITOR_DATABASE_URL": f"sqlite:///{tmp_path / 'auditor.db'}",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_auditor_finds_its_own_image_within_its_budget(built: Built) -> None:
    shown = built.ask("show", "registry-auditor/lean:0.1.0")
    sizes = [layer["size_bytes"] for layer in shown["layers"]]
    most = BUDGET["layers"]
    assert 1_000_000 < sizes[1] <= most["program_bytes"]
    assert 10_000_000 < sizes[0] <= most["libraries_bytes"]


def test_the_auditor_finds_nothing_worth_changing_in_its_own_image(built: Built) -> None:
    assert savings(built, "lean") <= BUDGET["findings"]["saving_bytes"]


def test_it_would_find_a_step_that_wastes(built: Built) -> None:
    """So that the test above is one of something."""
    assert savings(built, "wasteful") > BUDGET["findings"]["saving_bytes"]


def savings(built: Built, image: str) -> int:
    found = built.ask("findings", "--repository", f"registry-auditor/{image}")["findings"]
    return max((finding["pull_saving_bytes"] for finding in found), default=0)


def stages() -> list[str]:
    return re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]


def test_the_last_stage_runs_nothing_and_is_nobody_of_rank() -> None:
    last = stages()[-1]
    steps = re.findall(r"^([A-Z]+) ", last, re.MULTILINE)
    assert "RUN" not in steps
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r'HEALTHCHECK .*\\\n +CMD \["python", "-m", "auditor.commands.health"', last)
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", last, re.MULTILINE)
    assert entry == '["python", "-m", "auditor"]'
    (arguments,) = re.findall(r"^CMD \[(.+)\]$", last, re.MULTILINE)
    assert_is_a_command([word.strip('" ') for word in arguments.split(",")])


def test_the_base_is_pinned_by_the_digest_that_our_catalogue_has() -> None:
    (tag, digest) = re.findall(
        r"^ARG PYTHON=(\S+)@(sha256:[0-9a-f]{64})$", DOCKERFILE, re.MULTILINE
    )[0]
    known = {(name, str(base.digest)) for base in load_catalogue().bases for name in base.names}
    assert (tag, digest) in known


def test_everything_the_dockerfile_copies_is_let_through_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert lines[1] == "*"
    assert copied == allowed
    assert all((ROOT / name).exists() for name in allowed)
