"""The house rules that no tool knows: what files hold, how long they are, where they stand."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("auditor", "web", "migrations")
CODE = (*PACKAGES, "tests", "scripts", "benchmarks")
MAX_LINES = 400
STANDARD_LIBRARY_ONLY = (
    "auditor/domain",
    "auditor/analysis",
    "auditor/ledger",
    "auditor/crawler",
    "auditor/storage",
)
SKIPPED_FOLDERS = {
    *(".git", ".venv", ".demo", "__pycache__", "build", "dist", "htmlcov", "node_modules"),
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"),
}
TEXT = {
    *(".py", ".md", ".toml", ".txt", ".in", ".yml", ".yaml", ".sh", ".html", ".css", ".js"),
    *(".json", ".cfg", ".ini", ".svg", ".csv", ".mako", ""),
}
# Third-party files that are kept as they came, and data made of facts.
AS_THEY_CAME = ("web/static/vendor/", "auditor/sample/data/", "LICENSE")
# Written so that this file does not hold them itself.
FORBIDDEN = {
    "host of a package index": r"\b(?:pypi|pythonhosted|npmjs|deb\.debian)[.]org\b",
    "folder of one machine": r"(?:^|[^A-Za-z0-9_.~-])/(?:wor[k]|roo[t]|home/[a-z]+)/[A-Za-z]",
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "unfinished work": r"\b(?:TOD[O]|FIXM[E]|XX[X])\b",
    "tool that wrote it": r"(?i)\b(?:cla[u]de|anthrop[i]c|chatgp[t]|copilo[t]|co-authored-b[y])\b",
}
# Tests of a whole room, which no single module answers for.
OF_A_WHOLE_ROOM = {"test_snapshots.py", "test_skopeo.py", "test_pages.py", "test_migrations.py"}


def files_below(*folders: str, suffix: str = ".py") -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts):
                yield path


def text_files() -> Iterator[Path]:
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(set(names) - SKIPPED_FOLDERS)
        for name in sorted(files):
            path = Path(folder, name)
            inner = path.relative_to(ROOT).as_posix()
            if path.suffix in TEXT and not inner.startswith((".coverage", *AS_THEY_CAME)):
                yield path


def as_paths(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_every_package_says_in_its_first_file_what_it_is_and_holds_nothing_else() -> None:
    wrong = []
    for path in files_below(*CODE):
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            is_docstring = len(body) == 1 and isinstance(body[0], ast.Expr)
            if not is_docstring or not isinstance(body[0].value, ast.Constant):  # type: ignore[attr-defined]
                wrong.append(path)
    assert as_paths(wrong) == []


def test_no_file_holds_more_than_four_hundred_lines() -> None:
    long = [
        path
        for path in files_below(*CODE)
        if "versions" not in path.parts  # a revision of the schema states it in one piece
        and path.read_text().count("\n") > MAX_LINES
    ]
    assert as_paths(long) == []


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else str(node.module)


def test_the_inner_rooms_import_the_standard_library_and_ourselves_only() -> None:
    foreign = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files_below(*STANDARD_LIBRARY_ONLY)
        for module in imported_modules(path)
        if module.partition(".")[0] not in {"auditor", *sys.stdlib_module_names}
    }
    assert foreign == set()


def test_imports_are_written_out_from_the_top() -> None:
    relative = [path for path in files_below(*PACKAGES) if "." in set(imported_modules(path))]
    assert as_paths(relative) == []


def test_the_program_does_not_import_its_tests() -> None:
    wrong = [
        path
        for path in files_below(*PACKAGES)
        if any(name.partition(".")[0] in {"tests", "benchmarks"} for name in imported_modules(path))
    ]
    assert as_paths(wrong) == []


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COVERAGE_PROCESS_START": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_what_does_not_belong_to_the_product(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = []
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        if match := pattern.search(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line} {match[0].strip()!r}")
    assert found == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    for path in files_below("requirements", suffix=".txt"):
        text = path.read_text()
        assert "://" not in text, path.name
        pins = len(re.findall(r"^[a-z0-9][^=\n]*==", text, re.MULTILINE))
        assert pins > 0
        assert len(re.findall(r"^[^ #\n].*\\\n +--hash=sha256:", text, re.MULTILINE)) == pins


def test_all_locks_agree_on_versions() -> None:
    pin = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
    development = dict(pin.findall((ROOT / "requirements/dev.txt").read_text()))
    for path in files_below("requirements", suffix=".txt"):
        for name, version in pin.findall(path.read_text()):
            is_a_peer = path.name == "bench.txt" and name not in development
            assert is_a_peer or development.get(name) == version, f"{path.name}: {name}"


def test_every_test_of_a_module_stands_where_the_module_does() -> None:
    """`tests/store/test_reads.py` is for `auditor/store/reads.py` or a module named longer."""
    rooms = {path.name for path in (ROOT / "auditor").iterdir() if path.is_dir()}
    lost = []
    for path in files_below("tests"):
        inner = path.relative_to(ROOT / "tests")
        if inner.parts[0] not in rooms or not path.name.startswith("test_"):
            continue
        subject = path.stem.removeprefix("test_")
        modules = [
            module.stem
            for folder in (ROOT / "auditor" / inner.parent, ROOT / "scripts")
            for module in folder.glob("[a-z]*")
        ]
        if path.name not in OF_A_WHOLE_ROOM and not any(map(subject.startswith, modules)):
            lost.append(path)
    assert as_paths(lost) == []
