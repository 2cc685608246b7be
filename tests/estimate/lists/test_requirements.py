from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.requirements import read_requirements

TEXT = b"""\xef\xbb\xbf# comment
flask==3.0.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
Requests[socks] >= 2.31 ; python_version < "3.13"  # why
gunicorn
-r more.txt
-c constraints.txt
--index-url https://example.invalid/simple
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
    assert "requirements.txt includes more.txt: give that file too." in found.notes
    assert len([one for one in found.notes if "is no package of an index" in one]) == 5


@pytest.mark.parametrize(
    "line, why",
    [
        (b"\n\n$(touch x)", "line 3: '$(touch x)' is no requirement"),
        (b"flask ==", "line 1: 'flask ==' is no requirement"),
        (b"a" * 30_000, "line 1 has over 20,000 characters"),
        (b"a" * 5_000, "line 1: a requirement of 5,000 characters"),
    ],
)
def test_what_is_none_is_refused_with_its_line(line: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_requirements("requirements.txt", line)
    assert why in caught.value.message


def test_a_file_that_ends_within_a_line_is_read_to_its_end() -> None:
    (found,) = read_requirements("r.txt", b"flask \\")
    assert [one.name for one in found.wanted] == ["flask"]


def test_files_that_are_included_are_read_where_they_are_given() -> None:
    given = {"base.txt": b"flask\n-r dev.txt\n", "more.txt": b"numpy\n"}
    text = b"-r ./requirements/base.txt\n--requirement=more.txt\n-rmissing.txt\nmypy\n"
    (found,) = read_requirements("dev.txt", text, {**given, "dev.txt": text})
    assert [one.name for one in found.wanted] == ["mypy", "flask", "numpy"]
    assert found.notes == ("dev.txt includes missing.txt: give that file too.",)


def test_files_that_include_one_another_are_read_once() -> None:
    given = {"a.txt": b"flask\n-r b.txt\n", "b.txt": b"numpy\n-r a.txt\n-r b.txt\n"}
    (found,) = read_requirements("a.txt", given["a.txt"], given)
    assert [one.name for one in found.wanted] == ["flask", "numpy"]
