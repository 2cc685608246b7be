from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.estimate.lists.poetry_versions import of_platform, of_python, to_pep440


@pytest.mark.parametrize(
    "poetry, pep440",
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^1.*", ">=1,<2"),
        ("^2.0b1", ">=2.0b1,<3"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        ("=1.2", "==1.2"),
        ("1.*", "==1.*"),
        ("*", ""),
        (">=*", ""),
        ("", ""),
        (">=1,<2", ">=1,<2"),
        (">=1 <2", ">=1,<2"),
        (">= 1.0, != 1.5", ">=1.0,!=1.5"),
        ("^1 || ^2", ">=2,<3"),
        ("==1.0", "==1.0"),
    ],
)
def test_they_mean_what_the_documentation_says(poetry: str, pep440: str) -> None:
    assert to_pep440(poetry, "pyproject.toml", "a") == pep440


@pytest.mark.parametrize("poetry", ["^y", "latest", ">=1 2", "1" * 5000, "^" + "1." * 200, "==="])
def test_what_is_none_is_refused(poetry: str) -> None:
    with pytest.raises(UsageError, match="is no version of a"):
        to_pep440(poetry, "pyproject.toml", "a")


def test_pythons_and_platforms_become_markers() -> None:
    assert of_python("^3.8", "f", "a") == "python_version < '4' and python_version >= '3.8'"
    assert of_platform("win32") == "sys_platform == 'win32'"
    assert of_platform("$(id)") == ""


@given(st.text(alphabet="0123456789.^~<>=!*|, xab\u0661", max_size=40))
def test_any_text_is_converted_or_refused(text: str) -> None:
    try:
        to_pep440(text, "f", "a")
    except UsageError as error:
        assert error.next_step  # noqa: PT017 - either is right
