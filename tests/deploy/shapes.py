"""The files that deploy the service, as objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from auditor.cli import auditor

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = (ROOT / "docker-compose.yml", ROOT / "docker-compose.embedded.yml")
KUBERNETES = ROOT / "deploy/kubernetes"
SYSTEMD = ROOT / "deploy/systemd"


def load(path: Path) -> Any:
    """The one document of a file, aliases and merges resolved."""
    return yaml.safe_load(path.read_text())


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every Kubernetes object with the name of its file."""
    for path in sorted(KUBERNETES.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text()):
                yield path.name, document


def assert_is_a_command(arguments: Sequence[str]) -> None:
    """The program takes these arguments; nothing is run."""
    command: click.Command = auditor
    rest = list(arguments)
    while isinstance(command, click.Group):
        name = rest.pop(0)
        assert name in command.commands, f"auditor has no command {name}"
        command = command.commands[name]
    command.make_context("auditor", rest, resilient_parsing=False)
