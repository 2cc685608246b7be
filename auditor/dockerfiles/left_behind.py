"""What package managers leave of their own: byte code of pip, npm's compile cache, a venv's pip.

Sources: Python docs, PYTHONDONTWRITEBYTECODE, PYTHONPYCACHEPREFIX and `venv`; Node docs,
"Module compile cache"; npm/cli pull request 7924, by which npm uses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import Act, program
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.places import PYTHON, STANDARD_LIBRARY, in_folder
from auditor.dockerfiles.python import made_environment, packages_of
from auditor.domain.build_plan import Install, LeftBehind, Leftover

_PYTHONS = ("python", "pypy")
_WITHOUT_PIP = frozenset({"--without-pip", "--no-pip", "--no-seed"})
_CACHE = "node-compile-cache"
_PLACES = {Leftover.PYTHON_CODE: STANDARD_LIBRARY, Leftover.PIP_CODE: PYTHON}


def left_behind(act: Act, install: Install | None, around: Around) -> Iterator[LeftBehind]:
    """What the command leaves of the tool itself; `install` is what else it does."""
    if install is not None and install.tool == "pip":
        yield from _byte_code(around, Leftover.PYTHON_CODE)
        # The pip of an environment was compiled when that was made.
        if install.place == PYTHON:
            yield from _byte_code(around, Leftover.PIP_CODE)
    elif install is not None and install.tool == "npm":
        yield from _compile_cache(act, around)
    elif environment := made_environment(act):
        yield from _seeds(act, environment, around)


def _byte_code(around: Around, what: Leftover) -> Iterator[LeftBehind]:
    if not around.value("PYTHONDONTWRITEBYTECODE"):
        elsewhere = around.value("PYTHONPYCACHEPREFIX")
        yield LeftBehind(what, in_folder("/", elsewhere) if elsewhere else _PLACES[what])


def _compile_cache(act: Act, around: Around) -> Iterator[LeftBehind]:
    if around.value("NODE_DISABLE_COMPILE_CACHE"):
        return
    told = around.value("NODE_COMPILE_CACHE")
    place = told or f"{around.value('TMPDIR') or '/tmp'}/{_CACHE}"  # noqa: S108 - Node's place
    yield LeftBehind(Leftover.NPM_CODE, in_folder(act.folder, place))


def _seeds(act: Act, environment: str, around: Around) -> Iterator[LeftBehind]:
    """The pip in an environment; `uv venv` puts one there only where told to."""
    if act.name == "uv" and "--seed" not in act.arguments:
        return
    if _WITHOUT_PIP.isdisjoint(act.arguments):
        place = packages_of(environment)
        yield LeftBehind(Leftover.ENVIRONMENT_PIP, place)
        yield LeftBehind(Leftover.ENVIRONMENT_SETUPTOOLS, place)
        if program(act.name) in _PYTHONS:
            yield from _byte_code(around, Leftover.PYTHON_CODE)
