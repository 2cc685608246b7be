"""Folders in an image that stand for one another, and paths within them."""

from __future__ import annotations

import re

from auditor.analysis.effects.acts import absolute

SYSTEM = "/usr"
"""Where packages of the system have most of their files."""
STANDARD_LIBRARY = "/usr/local/lib/python3"
PYTHON = f"{STANDARD_LIBRARY}/site-packages"
"""Where pip installs by itself; the version is left out, as only the base image tells it."""
NODE_GLOBAL = "/usr/local/lib/node_modules"
_LONGEST_PATH = 1_024
_PYTHON_FOLDER = re.compile(r"/lib(?:64)?/python3(?:\.[0-9]+)?t?(?=/|$)")


def plain(path: str) -> str:
    """The path as it is compared: without version of Python, `dist-packages` as `site-`."""
    if "/python3" not in path:
        return path
    path = _PYTHON_FOLDER.sub("/lib/python3", path)
    path = path.replace("/lib/python3/dist-packages", "/lib/python3/site-packages")
    same = "/usr/lib/python3/site-packages"
    return PYTHON + path[len(same) :] if path.startswith(same) else path


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is the folder or below it; both plain."""
    return folder in ("/", path) or path.startswith(f"{folder}/")


def in_folder(folder: str, path: str) -> str:
    """A path as written in a folder, absolute and plain; the trailing slash goes.

    Cut at a length that no path has which anybody writes: many are made of one long folder.
    """
    return plain(absolute(folder, path))[:_LONGEST_PATH]


def below(path: str, folder: str) -> str:
    """The path relative to a folder that holds it; empty for the folder itself."""
    return path[len(folder) :].lstrip("/")


def moved(place: str, source: str, destination: str) -> str:
    """Where `place` lies after `source`, which holds it, was copied to `destination`."""
    rest = below(place, source)
    return in_folder(destination, rest) if rest else destination
