from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from auditor.commands.console import Console
from auditor.reports.layout import as_plain
from auditor.reports.table import Column, Cut, Table

TABLE = Table(
    title="Title",
    columns=(Column("name", cut=Cut.END, least_width=5), Column("size", drop_order=1)),
    rows=(("a" * 60, "12 B"),),
    notes=("A note.",),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def look_at(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_table_fits_the_terminal_and_has_bold_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = look_at(monkeypatch)
    Console().tables([TABLE])
    assert "\x1b[1mTitle\x1b[0m" in terminal.getvalue()
    assert f"{'a' * 33}…  12 B" in terminal.getvalue()


@pytest.mark.parametrize("how", ["flag", "NO_COLOR", "TERM"])
def test_colours_can_be_refused_in_three_ways(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    terminal = look_at(monkeypatch)
    if how != "flag":
        monkeypatch.setenv(how, "dumb")
    Console(color=how != "flag").tables([TABLE])
    assert terminal.getvalue() == as_plain([TABLE], width=40)


def test_a_table_in_a_file_is_whole_and_plain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    Console().tables([TABLE])
    assert capsys.readouterr().out == as_plain([TABLE])


def test_a_full_disk_is_reported_and_leaves_nothing_to_flush(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OSError, match="No space left"):
            Console().data(["x"])
        assert Path(f"/proc/self/fd/{full.fileno()}").readlink() == Path(os.devnull)


def test_notes_are_dropped_when_quiet_and_warnings_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console(quiet=True)
    console.note("nobody needs this")
    console.warn("mind \x1b[31m this")
    assert capsys.readouterr().err == "auditor: warning: mind \\x1b[31m this\n"
