from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from auditor.domain.package_facts import PythonFile
from auditor.estimate.closures.python_files import FileChooser, parse_wheel, source_version
from auditor.estimate.closures.python_target import PythonTarget
from tests.fakes.package_indexes import sdist, wheel

CHOOSER = FileChooser(PythonTarget())


def chosen(*files: PythonFile, name: str = "pkg") -> dict[str, str]:
    return {str(one.version): one.file.name for one in CHOOSER.releases(name, files)}


def test_versions_come_newest_first_and_pre_releases_among_them() -> None:
    files = [wheel("pkg", version) for version in ("1.9", "1.10", "2.0rc1", "1.10.post1")]
    assert list(chosen(*files)) == ["2.0rc1", "1.10.post1", "1.10", "1.9"]


def test_of_the_wheels_of_a_version_the_most_particular_that_fits_is_taken() -> None:
    # Tags of real releases of MarkupSafe and cryptography.
    best = wheel("pkg", "1.0", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64")
    files = [
        wheel("pkg", "1.0"),
        wheel("pkg", "1.0", "cp312-cp312-musllinux_1_2_x86_64"),
        wheel("pkg", "1.0", "cp37-abi3-manylinux_2_28_x86_64"),
        best,
        wheel("pkg", "1.0", "cp312-cp312-win_amd64"),
        sdist("pkg", "1.0"),
    ]
    assert chosen(*files) == {"1.0": best.name}
    assert chosen(*reversed(files)) == {"1.0": best.name}


def test_a_higher_build_of_the_same_wheel_is_taken() -> None:
    assert chosen(wheel("pkg", "1.0"), wheel("pkg", "1.0-2"), wheel("pkg", "1.0-1")) == {
        "1.0": "pkg-1.0-2-py3-none-any.whl"
    }


def test_a_source_is_taken_where_no_wheel_fits_and_a_wheel_for_others_is_its_twin() -> None:
    files = [
        wheel("pkg", "1.0", "cp312-cp312-win_amd64"),
        wheel("pkg", "1.0", "cp312-cp312-manylinux2014_aarch64"),
        sdist("pkg", "1.0"),
        sdist("pkg", "2.0"),
    ]
    newest, older = CHOOSER.releases("pkg", files)
    assert (newest.is_wheel, newest.twin) == (False, None)
    assert older.twin == files[1]


def test_a_version_with_wheels_for_others_only_is_none() -> None:
    assert chosen(wheel("pkg", "1.0", "cp312-cp312-win_amd64")) == {}


def test_files_for_other_pythons_are_left_out() -> None:
    files = [
        wheel("pkg", "3.0", requires_python=">=3.13"),
        wheel("pkg", "2.0", requires_python=">=3.9,!=3.9.0"),
        wheel("pkg", "1.0", requires_python="nonsense"),
    ]
    assert list(chosen(*files)) == ["2.0", "1.0"]


@pytest.mark.parametrize(
    "file, name, version",
    [
        ("python-dateutil-2.8.2.tar.gz", "python-dateutil", "2.8.2"),
        ("python_dateutil-2.9.0.post0.tar.gz", "python-dateutil", "2.9.0.post0"),
        ("zope.interface-5.0.zip", "zope-interface", "5.0"),
        ("pkg-1.0-2.tar.bz2", "pkg", "1.0.post2"),
        ("other-1.0.tar.gz", "pkg", None),
        ("pkg-1.0.exe", "pkg", None),
        ("pkg-latest.tar.gz", "pkg", None),
        ("pkg.tar.gz", "pkg", None),
        ("pkg-" + "1" * 300 + ".tar.gz", "pkg", None),
    ],
)
def test_the_version_of_a_source_is_what_follows_the_name(
    file: str, name: str, version: str | None
) -> None:
    found = source_version(file, canonicalize_name(name))
    assert found is None if version is None else str(found) == version


@pytest.mark.parametrize(
    "name",
    [
        "pkg-1.0.whl",
        "pkg-one-py3-none-any.whl",
        "../../pkg-1.0-py3-none-any.whl\x00",
        "pkg-1.0-" + ".".join(f"p{n}" for n in range(20)) + "-" + "a." * 20 + "b-any.whl",
        "p" * 300 + "-1.0-py3-none-any.whl",
    ],
)
def test_what_is_no_name_of_a_wheel_is_passed_over(name: str) -> None:
    assert parse_wheel(name) is None
    assert chosen(PythonFile(name, name)) == {}
    assert CHOOSER.best_wheel([name]) is None


def test_a_wheel_of_another_project_is_passed_over() -> None:
    assert chosen(wheel("other", "1.0")) == {}


def test_the_best_of_the_wheels_a_lock_names_is_found() -> None:
    names = [
        "numpy-2.1.0-cp312-cp312-macosx_14_0_arm64.whl",
        "numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "numpy-2.1.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    ]
    assert CHOOSER.best_wheel(names) == names[1]
    assert CHOOSER.best_wheel(names[:1]) is None
