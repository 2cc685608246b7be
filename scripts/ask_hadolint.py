"""Asks hadolint about the Dockerfiles of tests/oracles and records its verdicts.

    python -m scripts.ask_hadolint HADOLINT

HADOLINT is the program (GPL-3.0): a judge in development, never part of the product. Written
are tests/data/hadolint.json and hadolint_hard.json: which of the shared rules each Dockerfile
violates.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.oracles.dockerfiles import samples
from tests.oracles.hard_dockerfiles import cases

DATA = Path(__file__).parent.parent / "tests" / "data"
SHARED = ("DL3009", "DL3015", "DL3019", "DL3032", "DL3036", "DL3040", "DL3041", "DL3042", "DL3060")


def ask(program: str, dockerfiles: Mapping[str, str]) -> dict[str, object]:
    """The version of the program, and the codes of shared rules by name of Dockerfile."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for name, text in dockerfiles.items():
        answer = subprocess.run(
            [program, "--no-fail", "--format", "json", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        codes = {one["code"] for one in json.loads(answer.stdout)}
        found[name] = sorted(codes & set(SHARED))
    return {"judge": version.stdout.strip(), "verdicts": found}


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    for file, asked in (("hadolint.json", samples()), ("hadolint_hard.json", cases())):
        texts = {one.name: one.dockerfile for one in asked}
        verdicts = ask(sys.argv[1], texts)
        (DATA / file).write_text(json.dumps(verdicts, indent=1, sort_keys=True) + "\n")
        print(f"wrote {file}")
