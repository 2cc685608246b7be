"""What the real apt, pip and npm choose, and the facts of their indexes that we need to choose.

    python scripts/record_closures.py apt pip npm

It needs the network, and asks the indexes that this machine's own tools are configured for; the
settings of the auditor apply too. Facts hold names, versions, sizes and relations, no addresses.
`tests/estimate/closures/test_record_closures.py` replays them.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from auditor.domain.package_facts import (
    NpmPackage,
    NpmRelease,
    PythonFile,
    PythonMetadata,
    SystemPackage,
)
from auditor.domain.packages import Wanted
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.estimate.closures.apt import apt_closure, minbase
from auditor.estimate.closures.npm import npm_closure
from auditor.estimate.closures.npm_specs import sort_key
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.closures.python import python_closure
from auditor.estimate.closures.python_files import source_version
from auditor.estimate.closures.python_target import PythonTarget
from auditor.estimate.ports import NpmIndex, PythonIndex, SystemIndex
from auditor.settings import load_settings
from auditor.usecases.package_indexes import PackageIndexes, open_package_indexes

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "closures"
RELEASE = "bookworm"
APT = [
    *("git", "curl", "nginx", "postgresql", "python3", "default-jre-headless", "ffmpeg"),
    *("imagemagick", "build-essential", "vim", "php-fpm php-mysql", "gnupg wget unzip"),
]
PIP = [
    *("flask", "django", "requests[socks]", "fastapi[standard]", "pandas", "boto3", "jupyterlab"),
    *("celery[redis]", "poetry", "scikit-learn", "sqlalchemy<2 alembic", "pytest-cov black"),
    "mlflow",
]
NPM = [
    *(
        "express@^4",
        "react@18 react-dom@18 next@14",
        "webpack@5",
        "jest@29",
        "vite@5",
        "mongoose@8",
    ),
    *("@nestjs/core@10 @nestjs/common@10", "axios typescript ts-node", "eslint@8", "vue@3 vuex@4"),
    *("react-scripts@5", "@angular/core@17", "gatsby@5 react@18 react-dom@18"),
]
_OLDER_KEPT = 3


def run(command: list[str], **options: Any) -> str:  # noqa: ANN401 - of subprocess
    """What a command prints; it must succeed."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    return str(done.stdout)


def save(name: str, facts: dict[str, Any]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    path = FOLDER / f"{name}.json.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(facts['cases'])} cases")


@dataclass
class RecordingSystem:
    """Keeps every answer of a system index."""

    inner: SystemIndex
    packages: dict[tuple[str, str], SystemPackage] = field(default_factory=dict)
    answers: dict[str, dict[str, list[int]]] = field(
        default_factory=lambda: {"named": {}, "providing": {}}
    )

    def _keep(
        self, kind: str, name: str, found: tuple[SystemPackage, ...]
    ) -> tuple[SystemPackage, ...]:
        for one in found:
            self.packages.setdefault((one.name, one.version), one)
        places = {key: place for place, key in enumerate(self.packages)}
        self.answers[kind][name] = [places[one.name, one.version] for one in found]
        return found

    def named(self, name: str) -> tuple[SystemPackage, ...]:
        known = self.answers["named"].get(name)
        if known is None:
            return self._keep("named", name, self.inner.named(name))
        every = list(self.packages.values())
        return tuple(every[place] for place in known)

    def providing(self, name: str) -> tuple[SystemPackage, ...]:
        return self._keep("providing", name, self.inner.providing(name))

    def required(self) -> tuple[SystemPackage, ...]:
        return self.inner.required()

    def completed_by(self, name: str) -> tuple[SystemPackage, ...]:
        return self.inner.completed_by(name)

    def alike(self, name: str) -> tuple[str, ...]:
        return self.inner.alike(name)


def record_apt(indexes: PackageIndexes) -> None:
    index = RecordingSystem(indexes.debian(RELEASE, DEFAULT_PLATFORM))
    base = minbase(index)
    cases = []
    for line in APT:
        for recommends in (True, False):
            wanted = [Wanted(name) for name in line.split()]
            apt_closure(wanted, index, in_base=base, recommends=recommends)
            chosen = ask_apt(line.split(), base, recommends=recommends)
            for one in chosen:
                index.named(one.split()[0])
            cases.append({"wanted": line, "recommends": recommends, "chosen": chosen})
    packages = [asdict(one) for one in index.packages.values()]
    for package in packages:
        package.pop("section")
    save("apt", {"base": sorted(base), "cases": cases, "packages": packages, **index.answers})


def ask_apt(names: list[str], base: Iterable[str], *, recommends: bool) -> list[str]:
    """What apt-get would install on a root that has the packages of `base`."""
    with tempfile.TemporaryDirectory() as folder:
        status = Path(folder, "status")
        stanzas = run(["apt-cache", "show", "--no-all-versions", *sorted(base)])
        status.write_text(
            re.sub(
                r"^(Package: .*)$", r"\1\nStatus: install ok installed", stanzas, flags=re.MULTILINE
            )
        )
        options = [f"Dir::State::status={status}", f"Dir::State::extended_states={folder}/none"]
        options.append(f"APT::Install-Recommends={str(recommends).lower()}")
        command = ["apt-get", "install", "-s", *(f"-o{one}" for one in options), *names]
        lines = run(command).splitlines()
    found = (re.match(r"Inst (\S+) (?:\[\S+\] )?\((\S+) ", line) for line in lines)
    return sorted(f"{one[1]} {one[2]}" for one in found if one)


@dataclass
class RecordingPython:
    """Keeps every answer of a Python index; sizes and contents are not asked for."""

    inner: PythonIndex
    projects: dict[str, list[PythonFile]] = field(default_factory=dict)
    needs: dict[str, PythonMetadata | None] = field(default_factory=dict)

    def files(self, name: str) -> tuple[PythonFile, ...]:
        if name not in self.projects:
            self.projects[name] = list(self.inner.files(name))
        return tuple(self.projects[name])

    def metadata(self, file: PythonFile) -> PythonMetadata | None:
        if file.name not in self.needs:
            self.needs[file.name] = self.inner.metadata(file)
        return self.needs[file.name]

    def contents(self, _file: PythonFile) -> None:
        return None

    def size_bytes(self, file: PythonFile) -> int | None:
        return file.size_bytes

    def look_ahead(self, names: Iterable[str]) -> None:
        self.inner.look_ahead([name for name in names if name not in self.projects])


def python_wanted(line: str) -> list[Wanted]:
    """Requirements as a command line has them: name[extras]constraint, no spaces."""
    found = (re.fullmatch(r"([\w.-]+)(?:\[([\w,-]+)\])?(.*)", one) for one in line.split())
    return [
        Wanted(one[1], one[3], tuple((one[2] or "").split(",")) if one[2] else ())
        for one in found
        if one
    ]


def record_pip(indexes: PackageIndexes) -> None:
    index = RecordingPython(indexes.python())
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "venv", folder])
        pip = [f"{folder}/bin/python", "-m", "pip"]
        environment = {k: v for k, v in os.environ.items() if k != "PIP_FIND_LINKS"}
        environment["PIP_CONFIG_FILE"] = os.devnull
        run([*pip, "install", "--quiet", "--upgrade", "pip"], env=environment)
        print(run([*pip, "--version"]).split(" from ")[0])
        target = PythonTarget(".".join(map(str, sys.version_info[:3])))
        cases = []
        for line in PIP:
            python_closure(python_wanted(line), index, target, in_base={})
            command = [*pip, "install", "--dry-run", "--ignore-installed", "--quiet"]
            report = run([*command, "--report", "-", *line.split()], env=environment)
            chosen = sorted(
                f"{canonicalize_name(one['metadata']['name'])} {one['metadata']['version']}"
                for one in json.loads(report)["install"]
            )
            cases.append({"wanted": line, "chosen": chosen})
    keep_needed_files(index, cases)
    files = {
        name: [[f.name, f.size_bytes, f.requires_python, f.is_yanked] for f in kept]
        for name, kept in index.projects.items()
    }
    needs = {name: asdict(one) if one else None for name, one in index.needs.items()}
    save("pip", {"python": target.version, "cases": cases, "files": files, "needs": needs})


def keep_needed_files(index: RecordingPython, cases: list[dict[str, Any]]) -> None:
    """Leave out what is older than anything chosen, a few versions apart."""
    for name, files in index.projects.items():
        chosen = {
            Version(one.split()[1])
            for case in cases
            for one in case["chosen"]
            if one.split()[0] == canonicalize_name(name)
        }
        touched = {v for f in files if f.name in index.needs and (v := version_in(f.name, name))}
        versions = sorted({v for f in files if (v := version_in(f.name, name))})
        least = min(chosen | touched, default=Version("0"))
        oldest = ([v for v in versions if v < least] or [least])[-_OLDER_KEPT:][0]
        index.projects[name] = [
            f for f in files if (v := version_in(f.name, name)) and v >= oldest and is_linux(f.name)
        ]


def version_in(file: str, name: str) -> Version | None:
    try:
        return parse_wheel_filename(file)[1]
    except ValueError:
        return source_version(file, canonicalize_name(name))


def is_linux(file: str) -> bool:
    """Whether a file may matter for the recorded target."""
    platform = file.removesuffix(".whl").rpartition("-")[2]
    is_for_us = platform == "any" or ("linux" in platform and "x86_64" in platform)
    return not file.endswith(".whl") or (is_for_us and not platform.startswith("musl"))


@dataclass
class Watched(Mapping[str, NpmRelease]):
    """Releases, and which of them were looked at."""

    inner: Mapping[str, NpmRelease]
    touched: set[str]

    def __getitem__(self, version: str) -> NpmRelease:
        release = self.inner[version]
        self.touched.add(version)
        return release

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


@dataclass
class RecordingNpm:
    """Keeps every answer of an npm registry; sizes are not asked for."""

    inner: NpmIndex
    packages: dict[str, NpmPackage | None] = field(default_factory=dict)
    touched: dict[str, set[str]] = field(default_factory=dict)

    def package(self, name: str) -> NpmPackage | None:
        if name not in self.packages:
            found = self.inner.package(name)
            touched = self.touched.setdefault(name, set())
            watched = Watched(found.releases, touched) if found else {}
            self.packages[name] = replace(found, releases=watched) if found else None
        return self.packages[name]

    def archive_bytes(self, _release: NpmRelease) -> None:
        return None

    def look_ahead(self, names: Iterable[str]) -> None:
        self.inner.look_ahead([name for name in names if name not in self.packages])

    def weigh(self, releases: Iterable[NpmRelease]) -> None:
        """Nothing is weighed."""


def npm_wanted(line: str) -> list[Wanted]:
    split = (
        (one[0] + one[1:].partition("@")[0], one[1:].partition("@")[2]) for one in line.split()
    )
    return [Wanted(name, constraint) for name, constraint in split]


def record_npm(indexes: PackageIndexes) -> None:
    index = RecordingNpm(indexes.npm())
    node = run(["node", "--version"]).strip().removeprefix("v")
    target = NpmTarget(node_version=node)
    cases = []
    for line in NPM:
        npm_closure(npm_wanted(line), index, target)
        cases.append({"wanted": line, "chosen": ask_npm(line, target)})
        print(line, len(cases[-1]["chosen"]))
    for case in cases:
        for one in case["chosen"]:
            name, _, version = one.rpartition(" ")
            index.touched.setdefault(name, set()).add(version)
    packages = {
        name: npm_facts(package, index.touched.get(name, set()))
        for name, package in index.packages.items()
        if package
    }
    save("npm", {"node": node, "cases": cases, "packages": packages})


def npm_facts(package: NpmPackage, touched: set[str]) -> dict[str, Any]:
    """The releases that were chosen by anybody, `latest`, and a few of the newest."""
    ordered = sorted(package.releases, key=lambda version: sort_key(version) or ())
    kept = touched | set(ordered[-_OLDER_KEPT:]) | {package.tags.get("latest", "")}
    return {
        "tags": {"latest": package.tags.get("latest", "")},
        "releases": {
            version: {
                key: value
                for key, value in asdict(package.releases[version]).items()
                if value and key not in {"name", "version", "address", "unpacked_bytes"}
            }
            for version in sorted(kept)
            if version in package.releases
        },
    }


def ask_npm(line: str, target: NpmTarget) -> list[str]:
    """The copies npm would put into node_modules on the target."""
    with tempfile.TemporaryDirectory() as folder:
        needs = {one.name: one.constraint or "latest" for one in npm_wanted(line)}
        Path(folder, "package.json").write_text(json.dumps({"name": "x", "dependencies": needs}))
        quiet = ["--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(["npm", "install", *quiet], cwd=folder)
        lock = json.loads(Path(folder, "package-lock.json").read_text())["packages"]
    return sorted(
        f"{one.get('name') or place.rpartition('node_modules/')[2]} {one['version']}"
        for place, one in lock.items()
        if place and target.fits(*(one.get(key, ()) for key in ("os", "cpu", "libc")))
    )


RECORDERS: dict[str, Callable[[PackageIndexes], None]] = {
    "apt": record_apt,
    "pip": record_pip,
    "npm": record_npm,
}


def main() -> None:
    loaded = load_settings(config_file=None, environment=dict(os.environ), overrides={})
    with open_package_indexes(loaded.settings, now=datetime.now(UTC)) as indexes:
        for name in sys.argv[1:] or RECORDERS:
            RECORDERS[name](indexes)


if __name__ == "__main__":
    main()
