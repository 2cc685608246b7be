from __future__ import annotations

import pytest
from packaging.tags import Tag, parse_tag

from auditor.domain.errors import UsageError
from auditor.estimate.closures.python_target import PythonTarget


def tags(text: str) -> frozenset[Tag]:
    return parse_tag(text)


@pytest.mark.parametrize(
    "target, fitting, others",
    [
        (
            PythonTarget("3.12", "x86_64", "glibc", "2.36"),
            (
                "cp312-cp312-manylinux_2_36_x86_64 cp312-cp312-manylinux2014_x86_64"
                " cp38-abi3-manylinux1_x86_64 cp312-cp312-linux_x86_64 py3-none-any"
                " py2.py3-none-any cp312-none-any"
            ),
            (
                "cp312-cp312-manylinux_2_39_x86_64 cp311-cp311-manylinux2014_x86_64"
                " cp312-cp312-musllinux_1_2_x86_64 cp312-cp312-win_amd64 py2-none-any"
                " cp313-abi3-manylinux1_x86_64 cp312-cp312-manylinux2014_aarch64"
                " cp312-cp312t-manylinux2014_x86_64"
            ),
        ),
        (
            PythonTarget("3.11.4", "aarch64", "musl", "1.2"),
            "cp311-cp311-musllinux_1_1_aarch64 cp36-abi3-musllinux_1_2_aarch64 py3-none-any",
            "cp311-cp311-manylinux2014_aarch64 cp311-cp311-musllinux_1_3_aarch64",
        ),
        (
            PythonTarget("3.10", "aarch64", "glibc", "2.31"),
            "cp310-cp310-manylinux_2_17_aarch64 cp310-cp310-manylinux2014_aarch64",
            "cp310-cp310-manylinux_2_5_aarch64 cp310-cp310-manylinux1_aarch64",
        ),
    ],
)
def test_wheels_fit_by_python_machine_and_libc(
    target: PythonTarget, fitting: str, others: str
) -> None:
    known = set(target.tags())
    assert [one for one in fitting.split() if not tags(one) & known] == []
    assert [one for one in others.split() if tags(one) & known] == []


def test_the_most_particular_tag_comes_first() -> None:
    known = [str(tag) for tag in PythonTarget().tags()]
    assert known[0] == "cp312-cp312-manylinux_2_36_x86_64"
    assert known.index("cp312-cp312-linux_x86_64") < known.index("cp312-abi3-manylinux_2_36_x86_64")
    assert known[-1] == "py30-none-any"


def test_markers_describe_the_target_and_not_this_machine() -> None:
    markers = PythonTarget("3.9", "aarch64").markers()
    assert markers["python_version"] == "3.9"
    assert markers["python_full_version"] == "3.9.99"
    assert markers["platform_machine"] == "aarch64"
    assert PythonTarget("3.9.2").markers()["python_full_version"] == "3.9.2"


@pytest.mark.parametrize(
    "version, libc", [("2.7", "2.36"), ("3", "2.36"), ("3.12", "new"), ("", "")]
)
def test_what_is_no_version_is_said(version: str, libc: str) -> None:
    with pytest.raises(UsageError, match="no version of Python"):
        PythonTarget(version, "x86_64", "glibc", libc)
