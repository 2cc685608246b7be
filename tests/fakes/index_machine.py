"""A machine with the configuration of package tools that a test gives it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.indexes.surroundings import Surroundings


class Machine:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.home.mkdir(parents=True)
        self.environment: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    def write(self, path: str, text: str) -> Path:
        file = self.home / path.removeprefix("~/") if path.startswith("~") else self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.environment, self.home, self.root, self._ask)

    def _ask(self, command: Sequence[str]) -> str:
        self.asked.append(" ".join(command))
        return self.answers.get(self.asked[-1], "")
