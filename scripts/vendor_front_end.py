"""Fetch and build the front-end files in web/static/vendor. Needs Node and the network.

Run by `make vendor`, never by users or tests. npm works in a temporary folder; the
repository receives the finished files, their licences, and VENDOR.md, which lists
versions and SHA-256 sums (tests/web/test_vendored_files.py compares them).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"
ESBUILD_VERSION = "0.28.2"
ESBUILD_OPTIONS = (
    "--bundle",
    "--minify",
    "--format=iife",
    "--global-name=echarts",
    "--target=es2020",
    "--charset=utf8",
    "--legal-comments=none",
    "--define:process.env.NODE_ENV='production'",
    "--outfile=echarts.custom.min.js",
)

# Only what charts.js draws. Maps are left out: they hold the library's one `new Function`,
# which the Content-Security-Policy forbids (a test looks for it).
ECHARTS_ENTRY = """\
import {init, use} from 'echarts/core';
import {LineChart, TreemapChart} from 'echarts/charts';
import {AriaComponent, GridComponent, TooltipComponent} from 'echarts/components';
import {SVGRenderer} from 'echarts/renderers';
use([LineChart, TreemapChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer]);
export {init};
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: `source` is copied to `target`, or built when `source` is empty."""

    name: str
    version: str
    licence: str
    source: str
    target: str
    licence_files: tuple[str, ...]
    parts: str = ""


PACKAGES = (
    Package("htmx.org", "2.0.11", "0BSD", "dist/htmx.min.js", "htmx.min.js", ("LICENSE",)),
    Package("@picocss/pico", "2.1.1", "MIT", "css/pico.min.css", "pico.min.css", ("LICENSE.md",)),
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        "",
        "echarts.custom.min.js",
        ("LICENSE", "NOTICE"),
        parts="line, treemap, grid, tooltip, aria, SVG renderer",
    ),
)
# Bundled into the chart build by its own dependencies; their licences travel along.
BUNDLED = (("zrender", "BSD-3-Clause", "LICENSE"), ("tslib", "0BSD", "LICENSE.txt"))


def main() -> int:
    """Replace web/static/vendor; returns the exit code."""
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("npm is missing; install Node 20 or newer, then run make vendor again\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        _install(npm, Path(folder))
        _write(Path(folder))
    return 0


def _install(npm: str, folder: Path) -> None:
    wanted = [f"{package.name}@{package.version}" for package in PACKAGES]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"]
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run(
        [npm, "install", *options, *wanted, f"esbuild@{ESBUILD_VERSION}"],
        cwd=folder,
        check=True,
        stdout=sys.stderr,
    )
    (folder / "entry.mjs").write_text(ECHARTS_ENTRY)
    subprocess.run(
        [str(folder / "node_modules/.bin/esbuild"), "entry.mjs", *ESBUILD_OPTIONS],
        cwd=folder,
        check=True,
        stdout=sys.stderr,
    )


def _write(folder: Path) -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "licences").mkdir(parents=True)
    modules = folder / "node_modules"
    for package in PACKAGES:
        built = folder / package.target
        source = modules / package.name / package.source if package.source else built
        _copy_text(source, VENDOR / package.target)
        for name in package.licence_files:
            _copy_text(modules / package.name / name, _licence_path(package.name, name))
    for name, _, licence_file in BUNDLED:
        _copy_text(modules / name / licence_file, _licence_path(name, licence_file))
    (VENDOR / "VENDOR.md").write_text(_listing(modules))


def _copy_text(source: Path, target: Path) -> None:
    """Copy with one newline at the end, as the repository's hooks want it."""
    target.write_text(source.read_text(encoding="utf-8").rstrip() + "\n", encoding="utf-8")


def _licence_path(package: str, licence_file: str) -> Path:
    stem = package.strip("@").replace("/", "-").replace(".", "-")
    return VENDOR / "licences" / f"{stem}-{Path(licence_file).stem.lower()}.txt"


def _listing(modules: Path) -> str:
    lines = [
        "# Vendored front-end files",
        "",
        "Made by `make vendor` (scripts/vendor_front_end.py) from npm packages. Do not edit.",
        "",
        "| file | package | version | licence | sha256 |",
        "|---|---|---|---|---|",
    ]
    for package in PACKAGES:
        sha256 = hashlib.sha256((VENDOR / package.target).read_bytes()).hexdigest()
        lines.append(
            f"| {package.target} | {package.name} | {package.version} "
            f"| {package.licence} | {sha256} |"
        )
    bundled = ", ".join(
        f"{name} {_version(modules / name)} ({licence})" for name, licence, _ in BUNDLED
    )
    parts = next(package.parts for package in PACKAGES if package.parts)
    lines += [
        "",
        f"echarts.custom.min.js holds {parts}; bundled with it: {bundled}.",
        f"Built with esbuild {ESBUILD_VERSION}. Licence texts: licences/.",
    ]
    return "\n".join(lines) + "\n"


def _version(folder: Path) -> str:
    text = (folder / "package.json").read_text(encoding="utf-8")
    return text.partition('"version": "')[2].partition('"')[0]


if __name__ == "__main__":
    sys.exit(main())
