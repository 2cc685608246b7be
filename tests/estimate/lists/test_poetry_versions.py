from __future__ import annotations

import pytest

from auditor.estimate.lists.poetry_versions import to_pep440


@pytest.mark.parametrize(
    "poetry, pep440",
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        ("1.*", "==1.*"),
        ("*", ""),
        ("", ""),
        (">=1,<2", ">=1,<2"),
        ("^1 || ^2", ""),
        ("==1.0", "==1.0"),
    ],
)
def test_they_mean_what_the_documentation_says(poetry: str, pep440: str) -> None:
    assert to_pep440(poetry) == pep440
