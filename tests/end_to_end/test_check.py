"""`auditor check` on real images: from docker-registry, umoci's layouts and skopeo's archives."""

from __future__ import annotations

import json
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from auditor.cli import auditor as command_line
from tests.end_to_end.access_log import AccessLog
from tests.end_to_end.images.pushing import Workshop, skopeo
from tests.end_to_end.program import Auditor
from tests.reports import sarif_structure
from tests.servers import tools
from tests.servers.docker_registry import (
    PASSWORD,
    USERNAME,
    RunningRegistry,
    start_docker_registry,
    write_htpasswd,
)

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def check(*arguments: str, stdin: str = "") -> Ran:
    result = CliRunner().invoke(command_line, ["check", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def app(fleet_registry: RunningRegistry) -> str:
    return f"{fleet_registry.address}/team/app"


@pytest.fixture
def program(auditor: Auditor) -> Auditor:
    return auditor


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A layout with one image that compresses, of two layers, and archives of it."""
    for tool in ("skopeo", "umoci"):
        tools.require(tool, package=tool)
    made = Workshop(tmp_path_factory.mktemp("check") / "workshop")
    made.start()
    made.new("app")
    made.add_layer("app", "ADD rootfs.tar /", "rootfs", 50_000)
    made.add_layer("app", "COPY . /app", "sources", 20_000)
    made.branch("app", "next")
    made.add_layer("next", "RUN make assets", "assets", 30_000)
    return made


def archive(workshop: Workshop, kind: str, image: str = "app", name: str = "") -> Path:
    path = workshop.folder / f"{image}-{kind}-{name.replace('/', '-').replace(':', '-')}.tar"
    if not path.exists():
        target = f"{kind}:{path}{f':{name}' if name else ''}"
        skopeo("copy", f"oci:{workshop.layout}:{image}", target, home=workshop.folder)
    return path


# --- exit codes and a registry ------------------------------------------------------------


def test_an_image_within_its_limits_passes(app: str) -> None:
    ran = check(
        f"{app}:1.0", "--max-size", "300MiB", "--max-layers", "3", "--max-layer-size", "1MB"
    )
    assert (ran.code, ran.err) == (0, "")
    assert "passed 3 checks" in ran.out


def test_an_image_over_a_limit_fails_and_the_limit_itself_is_allowed(app: str) -> None:
    size = check(f"{app}:1.0", "--max-size", "1GB", "--format", "json").json()["pull_bytes"]
    assert check(f"{app}:1.0", "--max-size", str(size)).code == 0
    ran = check(f"{app}:1.0", "--max-size", str(size - 1))
    assert ran.code == 1
    assert "failed 1 of 1 check" in ran.out


def test_growth_is_told_layer_by_layer(app: str) -> None:
    ran = check(f"{app}:1.1", "--max-growth", "5%", "--against", "1.0", "--format", "json")
    assert ran.code == 1
    document = ran.json()
    (one,) = document["images"]
    assert [layer["change"] for layer in one["change"]["layers"]] == [*["kept"] * 3, "added"]
    assert one["change"]["layers"][3]["to"]["step"] == "RUN compile assets"
    assert "added layer 4" in one["checks"][0]["message"]
    assert one["change"]["change_bytes"] == sum(
        part["change_bytes"] for part in one["change"]["parts"]
    )
    assert check(f"{app}:1.1", "--max-growth", "8%", "--against", "1.0").code == 0
    assert check(f"{app}:1.0", "--max-growth", "0%", "--against", "1.1").code == 0
    assert check(f"{app}:1.1", "--max-growth", "20MB", "--against", "1.0").code == 0


def test_another_repository_and_a_digest_are_compared_with(app: str) -> None:
    registry = app.partition("/")[0]
    digest = check(f"{app}:1.0", "--max-size", "1GB", "--format", "json").json()["images"][0]
    for other in (
        f"{registry}/team/worker:2",
        f"http://{app}@{digest['digest']}",
        digest["digest"],
    ):
        ran = check(f"{app}:1.0", "--max-growth", "50%", "--against", other, "--format", "json")
        assert ran.code == 0
        assert ran.json()["images"][0]["change"] is not None


def test_every_platform_is_judged_and_the_biggest_comes_first(app: str) -> None:
    attested = f"{app.partition('/')[0]}/multi/attested:3"
    document = check(attested, "--max-layers", "2", "--format", "json").json()
    assert [one["platform"] for one in document["images"]] == ["linux/arm64", "linux/amd64"]
    assert document["pull_bytes"] == max(one["pull_bytes"] for one in document["images"])
    ran = check(attested, "--max-layers", "2", "--platform", "linux/arm64", "--format", "json")
    assert [one["platform"] for one in ran.json()["images"]] == ["linux/arm64"]
    against = check(attested, "--max-growth", "0%", "--against", "3", "--format", "json").json()
    for one in against["images"]:
        assert one["change"]["to"]["platform"] == one["change"]["from"]["platform"]
    assert check(attested, "--max-layers", "2", "--platform", "linux/s390x").code == 2


def test_manifests_and_configs_are_read_and_no_layer(
    fleet_registry: RunningRegistry, app: str
) -> None:
    log = AccessLog(fleet_registry.log)
    start = log.size_bytes()
    assert check(f"{app}:1.1", "--max-growth", "50%", "--against", "1.0").code == 0
    asked = log.requests_once(lambda found: sum(one.got_blob for one in found) == 2, start)
    paths = [one.path for one in asked]
    manifests = [path for path in paths if "/manifests/" in path]
    configs = [path for path in paths if "/blobs/" in path]
    assert (len(manifests), len(configs)) == (2, 2)
    assert not [path for path in paths if "/tags/" in path or "_catalog" in path]


def test_no_database_is_made(app: str, program: Auditor) -> None:
    done = program.run("check", f"{app}:1.0", "--max-size", "1GB", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert list(program.home.iterdir()) == []


def test_a_database_that_is_there_knows_the_base(
    fleet_registry: RunningRegistry, app: str, program: Auditor
) -> None:
    rule = ("--require-base", "base/runtime", "--format", "json")
    assert program.run("check", f"{app}:1.0", *rule).code == 1
    assert program.run("audit", fleet_registry.address, "--quiet").code == 0
    done = program.run("check", "team/app:1.0", *rule)
    assert done.code == 0
    (image,) = done.json()["images"]
    assert f"{fleet_registry.address}/base/runtime:1" in image["bases"][0]["names"]
    assert [layer["from_base"] for layer in image["layers"]] == [True, True, False]
    assert program.run("check", "team/app:1.0", "--forbid-base", "**/base/*").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("{app}:1.0",),
        ("{app}:none", "--max-size", "1GB"),
        ("team/app:1.0", "--max-size", "1GB"),
        ("{app}:1.0", "--max-size", "much"),
        ("{app}:1.0", "--max-growth", "a lot", "--against", "1.1"),
        ("{app}:1.0", "--max-growth", "1%"),
        ("{app}:1.0", "--forbid-finding", "no-such-rule"),
        ("{app}:1.0", "--max-size", "1GB", "--report", "pdf=x"),
        ("{app}:1.0", "--max-size", "1GB", "--report", "json="),
        ("{app}:1.0", "--max-size", "1GB", "--output", "/no/such/folder/x"),
        ("oci:/no/such/folder:1", "--max-size", "1GB"),
    ],
)
def test_a_wrong_question_is_told_from_a_failed_check(app: str, arguments: tuple[str, ...]) -> None:
    ran = check(*(one.format(app=app) for one in arguments))
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.strip().splitlines()) == 1


def test_what_could_not_be_judged_is_no_pass(app: str) -> None:
    growth = (f"{app}:1.0", "--max-growth", "5%", "--against", "none")
    ran = check(*growth)
    assert ran.code == 3
    assert "nothing to compare with" in ran.out
    assert check(*growth, "--allow-missing-baseline").code == 0
    assert check(f"{app}:1.0", "--max-unpacked-size", "1GB").code == 3
    assert check(f"{app}:1.0", "--max-unpacked-size", "1GB", "--max-size", "1kB").code == 1


def test_no_registry_and_no_access_are_told_apart_from_the_rest(tmp_path: Path) -> None:
    limit = ("--max-size", "1GB")
    assert check("127.0.0.1:9/team/app:1", *limit).code == 4
    with start_docker_registry(tmp_path, htpasswd=write_htpasswd(tmp_path)) as locked:
        image = f"{locked.address}/team/app:1"
        refused = check(image, *limit, "--username", USERNAME, "--password-stdin", stdin="canary")
        assert refused.code == 4
        assert "canary" not in refused.err + refused.out
        absent = check(image, *limit, "--username", USERNAME, "--password-stdin", stdin=PASSWORD)
        assert absent.code == 2


# --- every form ---------------------------------------------------------------------------


def test_every_form_is_written_at_once_and_well_formed(
    app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    forms = ("json", "sarif", "github", "gitlab", "junit", "markdown", "table")
    reports = [part for form in forms for part in ("--report", f"{form}=report.{form}")]
    ran = check(
        *(f"{app}:1.1", "--max-size", "1kB", "--max-growth", "1%", "--against", "1.0"),
        *("--max-layers", "9", "--max-unpacked-size", "1GB", "--output", "out.txt", *reports),
    )
    assert (ran.code, ran.out) == (1, "")
    text = {form: (tmp_path / f"report.{form}").read_text() for form in forms}
    assert (tmp_path / "out.txt").read_text() == text["table"]
    assert json.loads(text["json"])["outcome"] == "failed"
    assert sarif_structure.complaints(json.loads(text["sarif"])) == []
    assert len(json.loads(text["sarif"])["runs"][0]["results"]) == 3
    assert [line.split(" ")[0] for line in text["github"].splitlines()] == [
        *("::error", "::warning", "::error", "::notice"),
    ]
    assert {entry["severity"] for entry in json.loads(text["gitlab"])} == {"major", "info"}
    suites = ET.fromstring(text["junit"].encode())  # noqa: S314 - our own
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("4", "2", "1")
    assert "**failed**" in text["markdown"]
    assert "RUN compile assets" in text["markdown"]


# --- layouts and archives -----------------------------------------------------------------


def test_a_layout_is_judged_by_its_tag(workshop: Workshop) -> None:
    place = f"oci:{workshop.layout}"
    ran = check(f"{place}:next", "--max-growth", "10%", "--against", "app", "--format", "json")
    assert ran.code == 1
    (image,) = ran.json()["images"]
    assert (image["name"], image["exactness"]) == ("layout:next", "exact")
    assert check(f"{place}//layout:app", "--max-size", "1MB").code == 0
    digest = f"{place}@{image['digest']}"
    assert check(digest, "--max-size", "1MB", "--format", "json").json()["pull_bytes"] == image["pull_bytes"]  # fmt: skip
    several = check(place, "--max-size", "1MB")
    assert several.code == 2
    assert "app" in several.err


def test_an_oci_archive_says_what_the_layout_says(workshop: Workshop) -> None:
    layout = check(f"oci:{workshop.layout}:app", "--max-size", "1MB", "--format", "json").json()
    path = archive(workshop, "oci-archive")
    packed = check(f"oci-archive:{path}", "--max-size", "1MB", "--format", "json").json()
    assert packed["pull_bytes"] == layout["pull_bytes"]
    named = archive(workshop, "oci-archive", name="1.0")
    assert check(f"oci-archive:{named}:1.0", "--max-size", "1MB").code == 0
    assert check(f"oci-archive:{named}:2.0", "--max-size", "1MB").code == 2


def test_an_uncompressed_archive_is_compressed_to_tell_its_size(workshop: Workshop) -> None:
    path = archive(workshop, "docker-archive", name="registry.example/team/app:1.0")
    ran = check(f"docker-archive:{path}", "--max-size", "1MB", "--max-unpacked-size", "1MB", "--format", "json")  # fmt: skip
    assert ran.code == 0
    document = ran.json()
    (image,) = document["images"]
    assert document["repository"] == "team/app"
    assert (image["exactness"], image["platform"]) == ("estimated", "linux/amd64")
    with tarfile.open(path) as tar:
        names = json.loads(_body(tar, "manifest.json"))[0]["Layers"]
        layers = [_body(tar, name) for name in names]
    assert image["unpacked_bytes"] == sum(map(len, layers))
    assert [one["size_bytes"] for one in image["layers"]] == [
        len(zlib.compress(layer, 6)) + 12 for layer in layers
    ]
    assert document["notes"]
    said = check(f"docker-archive:{path}:team/app:9", "--max-size", "1MB")
    assert (said.code, "registry.example/team/app:1.0" in said.err) == (2, True)
    assert check(f"docker-archive:{path}", "--max-unpacked-size", "1kB").code == 1


def _body(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def test_layers_that_the_registry_holds_are_not_estimated(
    workshop: Workshop, fleet_registry: RunningRegistry
) -> None:
    workshop.push("app", fleet_registry.address, "team/checked:1.0")
    path = archive(workshop, "docker-archive", "next")
    against = f"{fleet_registry.address}/team/checked:1.0"
    ran = check(f"docker-archive:{path}", "--max-growth", "5%", "--against", against, "--format", "json")  # fmt: skip
    assert ran.code == 1
    (image,) = ran.json()["images"]
    assert [one["estimated"] for one in image["layers"]] == [False, False, True]
    assert [one["change"] for one in image["change"]["layers"]] == ["kept", "kept", "added"]
    beside = check(f"docker-archive:{path}", "--max-growth", "5%", "--against", "1.0")
    assert beside.code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ran = check(f"docker-archive:{tmp_path / 'pipe'}", "--max-size", "1MB")
    assert (ran.code, "not a regular file" in ran.err) == (2, True)
