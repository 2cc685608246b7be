from auditor.analysis.effects.acts import acts_of
from auditor.analysis.effects.packages import Package, PackageChange, package_change
from tests.analysis.rules.images import MB, image_of


def change(step: str) -> PackageChange:
    return package_change(acts_of(image_of((f"RUN {step}", MB)))[-1])


def test_names_are_read_without_versions_and_options() -> None:
    one = change("apt-get -t stable install -y -o Dpkg::Use-Pty=0 gcc=4:12 libc6:amd64")
    assert one.manager == "apt-get"
    assert [package.name for package in one.left] == ["gcc", "libc6"]


def test_a_virtual_package_is_a_group() -> None:
    one = change("apk add --virtual .deps gcc make")
    assert one.left == (Package("gcc", ".deps"), Package("make", ".deps"))
    removed = change("apk del .deps")
    assert removed.removes(Package("gcc", ".deps"))
    assert removed.removes(Package(".deps"))
    assert not removed.removes(Package("git"))


def test_a_manager_without_words_does_nothing() -> None:
    assert change("apk add") == PackageChange("apk", (), frozenset())
    assert change("apk").left == ()
    assert change("apt-get install -y =1").left == ()


def test_marks_and_a_purge_of_all_that_nothing_needs() -> None:
    one = change("apt-mark auto x && apt-get install -y gcc && apt-get purge -y --auto-remove")
    assert one.left == ()
