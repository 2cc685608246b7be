"""Hooks of mkdocs: navigation from the folders, and links that lead out of docs/.

Documents are written to be read on a forge, where `../auditor/cli.py` leads somewhere. On the
site it would not: there it is a link to the forge, or a name without one.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)")
_SECTIONS = (
    ("How to", "how-to"),
    ("Make images small", "guide"),
    ("Reference", "reference"),
    ("Rules", "reference/rules"),
    ("Why", "explanation"),
    ("Decisions", "adr"),
)


def on_config(config: Any) -> Any:  # noqa: ANN401 - mkdocs' own
    """Every page is in the navigation, by the folder it stands in."""
    folder = Path(config["docs_dir"])
    tops = ("index.md", "tutorial.md")
    sections: list[Any] = [{_title(folder / name): name} for name in tops]
    sections += [{title: _pages(folder, inner)} for title, inner in _SECTIONS]
    known = {*tops, *(name for pages in sections[2:] for name in _names(pages))}
    rest = sorted(path.name for path in folder.glob("*.md") if path.name not in known)
    config["nav"] = [*sections, *({_title(folder / name): name} for name in rest)]
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:  # noqa: ANN401
    """Links that leave docs/ lead to the forge, or become their text."""
    here = posixpath.dirname(page.file.src_uri)
    source = config["extra"]["source_url"] or os.environ.get("DOCS_SOURCE_URL", "")
    kept: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    def follow(found: re.Match[str]) -> str:
        outside = leads_to(found[2], here)
        if outside is None:
            return found[0]
        return f"[{found[1]}]({source}/{outside})" if source else found[1]

    # Code may look like a link; a link's text may be code.
    blocks = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
    hidden = _LINK.sub(follow, blocks.sub(put_away, markdown))
    return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], hidden)


def leads_to(target: str, here: str) -> str | None:
    """The path from the repository's root of a link that leaves docs/; None for any other."""
    if re.match(r"[a-z]+:|#", target):
        return None
    path = posixpath.normpath(posixpath.join("docs", here, target.partition("#")[0]))
    if path.startswith("docs/") and (path.endswith((".md", ".png")) or "." not in path[5:]):
        return None
    return path


def _pages(folder: Path, inner: str) -> list[dict[str, str] | str]:
    paths = sorted((folder / inner).glob("*.md"), key=lambda path: (path.stem != "README", path))
    return [{_title(path): f"{inner}/{path.name}"} for path in paths]


def _names(section: dict[str, Any]) -> list[str]:
    (pages,) = section.values()
    return [name for page in pages for name in page.values()]


def _title(path: Path) -> str:
    found = re.search(r"^# (.+)$", path.read_text(), re.MULTILINE)
    return found[1].replace("`", "") if found else path.stem
