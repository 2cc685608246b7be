"""`python -m auditor`, and what the `auditor` script calls."""

from __future__ import annotations

import os
import sys

from auditor.commands.failures import ExitCode
from auditor.commands.interrupts import INTERRUPTS


def main() -> None:
    """Run the command line; ends the process."""
    INTERRUPTS.install()
    try:
        _run()
    except KeyboardInterrupt:
        sys.stderr.write("auditor: interrupted\n")
        sys.exit(ExitCode.INTERRUPTED)
    finally:
        INTERRUPTS.end()


def _run() -> None:
    from auditor.cli import auditor  # noqa: PLC0415 - takes long enough to be interrupted
    from auditor.logs.setup import start_logging  # noqa: PLC0415

    # Reports say what went wrong; the log is for whoever looks for a defect. Settings may
    # ask for another level once they are read.
    start_logging("debug" if os.environ.get("AUDITOR_DEBUG") else "error")
    auditor(prog_name="auditor")


if __name__ == "__main__":
    main()
