"""Asks hadolint about the Dockerfiles of tests/oracles/dockerfiles.py and records its verdicts.

    python -m scripts.ask_hadolint HADOLINT

HADOLINT is the program (GPL-3.0): a judge in development, never part of the product. Written
is tests/data/hadolint.json: which of the shared rules each Dockerfile violates.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.oracles.dockerfiles import samples

VERDICTS = Path(__file__).parent.parent / "tests" / "data" / "hadolint.json"
SHARED = ("DL3009", "DL3015", "DL3019", "DL3032", "DL3036", "DL3040", "DL3041", "DL3042", "DL3060")


def ask(program: str) -> dict[str, object]:
    """The version of the program, and the codes of shared rules by name of sample."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for sample in samples():
        answer = subprocess.run(
            [program, "--no-fail", "--format", "json", "-"],
            input=sample.dockerfile,
            capture_output=True,
            text=True,
            check=True,
        )
        codes = {one["code"] for one in json.loads(answer.stdout)}
        found[sample.name] = sorted(codes & set(SHARED))
    return {"judge": version.stdout.strip(), "verdicts": found}


if __name__ == "__main__":
    verdicts = ask(sys.argv[1])
    VERDICTS.parent.mkdir(exist_ok=True)
    VERDICTS.write_text(json.dumps(verdicts, indent=1, sort_keys=True) + "\n")
    print(f"wrote {VERDICTS.name}")
