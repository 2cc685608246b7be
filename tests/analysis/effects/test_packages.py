from auditor.analysis.effects.acts import Act, acts_of
from auditor.analysis.effects.packages import (
    PackageChange,
    is_package_command,
    package_change,
    package_name,
)
from tests.fakes.built_images import MB, built, ran


def change(command: str) -> PackageChange:
    return package_change(acts_of(built((ran(command), MB)))[0])


def left(command: str) -> list[str]:
    return [package.name for package in change(command).left]


def test_names_stand_behind_verbs_and_options() -> None:
    assert left("apt-get -o A::B=1 -qq install -y -t bookworm-backports gcc=4:12 make/sid") == [
        "gcc",
        "make",
    ]
    assert left("apk --no-cache add -X https://h/main -t .deps 'gcc>5' musl-dev@edge") == [
        "gcc",
        "musl-dev",
    ]
    assert left("dnf --setopt=a=b --enablerepo crb install -y gcc") == ["gcc"]
    assert left("zypper -n in gcc") == ["gcc"]
    assert left("apt-get update") == []
    assert left("apk add =") == []
    assert left("apt-get --help") == []
    assert package_name("libc6:amd64") == "libc6"


def test_managers_of_one_family_have_one_name() -> None:
    assert change("apt install x").manager == "apt-get"
    assert change("microdnf install x").manager == "yum"
    assert change("make").manager == ""


def test_removal_takes_names_and_groups_away_in_order() -> None:
    assert left("apt-get install a b && apt-get purge a") == ["b"]
    assert left("apt-get purge a && apt-get install a") == ["a"]
    assert left("apk add -t .g a && apk add b && apk del .g") == ["b"]
    assert left("apt-get install a && apt-get autoremove -y") == ["a"]
    assert left("apt-mark auto '.*' && apt-get install a && apt-get autoremove -y") == []
    assert left("rpm -i x.rpm && yum install a && rpm -e a") == []
    assert left("apt-mark hold a && apt-get install a") == ["a"]


def test_a_change_knows_what_it_removes_of_earlier_steps() -> None:
    later = change("apt-get purge -y a = && apk del .g")
    assert later.removed == {"a", ".g"}


def test_package_commands_are_told_from_others() -> None:
    assert is_package_command(Act("apt-get", ("update",), "/"))
    assert is_package_command(Act("apt-mark", (), "/"))
    assert not is_package_command(Act("make", (), "/"))
