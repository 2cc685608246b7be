"""`python -m auditor`, and what the `auditor` script calls."""

from __future__ import annotations

import logging
import os

from auditor.cli import auditor
from auditor.commands.interrupts import INTERRUPTS


def main() -> None:
    """Run the command line; ends the process."""
    # Reports say what went wrong; the log is for whoever looks for a defect.
    level = logging.DEBUG if os.environ.get("AUDITOR_DEBUG") else logging.ERROR
    logging.basicConfig(level=level, format="auditor: %(name)s: %(message)s")
    INTERRUPTS.install()
    auditor(prog_name="auditor")


if __name__ == "__main__":
    main()
