"""Where a command writes: data to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

import click

from auditor.reports.layout import Line, Role, lay_out
from auditor.reports.safe_text import visible
from auditor.reports.table import Table


@dataclass(frozen=True, slots=True)
class Console:
    """`quiet` drops notes, never errors; `color` false drops colours everywhere."""

    quiet: bool = False
    color: bool = True

    def data(self, chunks: Iterable[str]) -> None:
        """Write data as it comes; a reader that went away (`| head`) is no error."""
        stream = sys.stdout
        _replace_what_cannot_be_written(stream)
        try:
            for chunk in chunks:
                stream.write(chunk)
            stream.flush()
        except BrokenPipeError:
            _silence(stream)
        except OSError:
            _silence(stream)
            raise

    def tables(self, tables: Sequence[Table]) -> None:
        """Tables as data: fitted to a terminal, in full width everywhere else."""
        on_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if on_terminal else None
        styled = on_terminal and self.has_color
        lines = lay_out(tables, width=width)
        self.data(f"{_styled(line) if styled else line.text}\n" for line in lines)

    def note(self, text: str) -> None:
        """Something worth knowing that is not data."""
        if not self.quiet:
            self._say(text)

    def announce(self, address: str) -> None:
        """Where the dashboard answers, even when quiet: nobody can guess a free port."""
        self._say(f"serving on {address} (Ctrl-C stops)")

    def warn(self, text: str) -> None:
        """Something a person has to know, even when quiet."""
        self._say(f"auditor: warning: {text}")

    def error(self, text: str) -> None:
        """Why the command failed, in one line."""
        self._say(f"auditor: {text}")

    @property
    def has_color(self) -> bool:
        """Whether colours are wanted at all. Source: no-color.org."""
        wanted = self.color and not os.environ.get("NO_COLOR")
        return wanted and os.environ.get("TERM") != "dumb"

    @property
    def shows_progress(self) -> bool:
        """Whether somebody is looking at standard error and wants to know."""
        return sys.stderr.isatty() and not self.quiet and os.environ.get("TERM") != "dumb"

    @staticmethod
    def _say(text: str) -> None:
        _replace_what_cannot_be_written(sys.stderr)
        with contextlib.suppress(BrokenPipeError):
            sys.stderr.write(f"{visible(text)}\n")
            sys.stderr.flush()


def _styled(line: Line) -> str:
    if line.role in (Role.TITLE, Role.HEAD, Role.TOTALS):
        return click.style(line.text, bold=True)
    return click.style(line.text, dim=True) if line.role is Role.NOTE else line.text


def _replace_what_cannot_be_written(stream: TextIO) -> None:
    r"""Let an ASCII terminal show `\u2265` rather than end the command."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")


def _silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that Python's exit does not complain."""
    with contextlib.suppress(OSError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
