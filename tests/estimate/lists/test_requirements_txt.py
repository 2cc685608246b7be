from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.requirements_txt import read_requirements

TEXT = b"""\xef\xbb\xbf# comment
flask==3.0.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
Requests[socks] >= 2.31 ; python_version < "3.13"  # why
gunicorn
--index-url https://example.invalid/simple
--pre
-e .
./local
https://example.invalid/a-1.0.tar.gz
thing @ https://example.invalid/thing.whl
other.whl
"""


def test_it_is_read_as_pip_reads_it() -> None:
    (found,) = read_requirements("requirements.txt", TEXT)
    assert [(one.name, one.constraint) for one in found.wanted] == [
        ("flask", "==3.0.0"),
        ("Requests", ">=2.31"),
        ("gunicorn", ""),
    ]
    assert found.wanted[1].extras == ("socks",)
    assert found.wanted[1].marker == 'python_version < "3.13"'
    options, elsewhere = found.notes
    assert options.startswith("requirements.txt: its options are not followed")
    assert options.endswith(": --index-url, --pre.")
    assert elsewhere.endswith(
        ": ., ./local, https://example.invalid/a-1.0.tar.gz, thing, other.whl."
    )


def test_files_it_includes_are_read_where_they_are_given_and_named_where_not() -> None:
    around = {"base.txt": b"flask\n-r ../requirements.txt\n-r base.txt\n"}
    text = b"-r requirements/base.txt\n--requirement=gone.txt\n-cbounds.txt\ngunicorn\n"
    (found,) = read_requirements("requirements.txt", text, around)
    assert [one.name for one in found.wanted] == ["gunicorn", "flask"]
    assert [note.rpartition(": ")[2] for note in found.notes] == [
        "gone.txt, ../requirements.txt.",
        "bounds.txt.",
    ]


def test_files_that_include_each_other_without_end_are_refused() -> None:
    many = {f"{number}.txt": f"-r {number + 1}.txt".encode() for number in range(60)}
    with pytest.raises(UsageError, match="includes over 50 files"):
        read_requirements("0.txt", many["0.txt"], many)


@pytest.mark.parametrize(
    "line, why",
    [
        (b"\n\n$(touch x)", "line 3: '$(touch x)' is no requirement"),
        (b"flask ==", "line 1: 'flask ==' is no requirement"),
        (b"--evil yes", "line 1: '--evil yes' is no option of pip"),
        (b"a" * 30_000, "line 1 has over 20,000 characters"),
        (b"a" * 5_000, "line 1: a requirement of 5,000 characters"),
        (b"a; " + b"(" * 99 + b"x", "line 1: a marker that is nested too deep"),
        (b"a; os_name == '\xe2\x80\xae'", "is no marker"),
        (b"a \\\n" * 99_999, "line 1 has over 200,000 characters"),
        (b"a[" + b"x-" * 200 + b"x]", "is no name of a package for pip"),
    ],
)
def test_what_is_none_is_refused_with_its_line(line: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_requirements("requirements.txt", line)
    assert why in caught.value.message
    assert caught.value.next_step


def test_a_file_that_ends_within_a_line_is_read_to_its_end() -> None:
    (found,) = read_requirements("r.txt", b"flask \\")
    assert [one.name for one in found.wanted] == ["flask"]


def test_what_windows_shells_write_is_read() -> None:
    (found,) = read_requirements("requirements.txt", "flask==3.0\r\nJinja2\r\n".encode("utf-16"))
    assert [one.name for one in found.wanted] == ["flask", "Jinja2"]
