"""The file tree of our image, made as the Dockerfile makes it, but from what is installed here.

pip needs an index and a base needs a registry, and tests reach neither. So the layers hold the
same distributions (requirements/server.txt, in the versions it pins) as copies of this
environment's own, and there is no base below them.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import re
import shutil
import tarfile
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.deploy.shapes import ROOT

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(.*)", re.MULTILINE)
_ELSEWHERE = "sys_platform == 'win32'"


def copy_libraries(target: Path) -> None:
    """Every file of every distribution of the lock, as `pip install --target` lays them out."""
    for name, version, rest in _PIN.findall((ROOT / "requirements/server.txt").read_text()):
        if _ELSEWHERE in rest:
            continue
        found = importlib.metadata.distribution(name)
        assert found.version == version, f"{name} is not what the lock says"
        _copy_distribution(found, target)


def _copy_distribution(found: importlib.metadata.Distribution, target: Path) -> None:
    above = Path(str(found.locate_file(""))).resolve()
    for file in found.files or ():
        source = Path(str(found.locate_file(file))).resolve()
        if source.is_file() and source.is_relative_to(above):  # not its scripts in bin/
            copy = target / source.relative_to(above)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def copy_program(target: Path) -> None:
    """Our packages, byte-compiled as in the image."""
    for package in ("auditor", "web", "migrations"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, target / package, ignore=ignored)
    mode = PycInvalidationMode.UNCHECKED_HASH
    assert compileall.compile_dir(target, quiet=1, invalidation_mode=mode)


def pack(folder: Path, inside: str, archive: Path) -> Path:
    """A tar file with `folder` at `inside`, of root and of no date."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(archive, "w") as packed:
        packed.add(folder, inside, filter=anonymous)
    return archive
