from auditor.analysis.effects.acts import Act, acts_of
from auditor.analysis.effects.packages import (
    PackageChange,
    asked_for,
    is_package_command,
    names_removed,
    package_change,
    package_name,
    switches_recommended_off,
    takes_recommended,
    upgrades_all,
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


def act(text: str, redirects: tuple[tuple[str, str], ...] = ()) -> Act:
    name, *arguments = text.split()
    return Act(name, tuple(arguments), "/", redirects)


def test_words_of_an_install_keep_their_versions() -> None:
    assert asked_for(act("apt-get install -y -t sid gcc=4 ./x.deb")) == ("gcc=4", "./x.deb")
    assert asked_for(act("apk add")) == ()
    assert asked_for(act("apt-get update")) is None
    assert asked_for(act("pip install a")) is None


def test_upgrades_name_nothing() -> None:
    assert upgrades_all(act("apt-get -y dist-upgrade"))
    assert upgrades_all(act("apk upgrade"))
    assert not upgrades_all(act("apk upgrade bash"))
    assert not upgrades_all(act("pip upgrade"))


def test_removed_names_are_told() -> None:
    assert names_removed(act("apt-get purge -y gcc=4")) == {"gcc"}
    assert names_removed(act("apk del .build")) == {".build"}
    assert names_removed(act("rm gcc")) == frozenset()


def test_recommended_packages_are_switched_off_by_option_or_setting() -> None:
    assert takes_recommended(act("apt-get install a"))
    assert not takes_recommended(act("apt-get install --no-install-recommends a"))
    assert not takes_recommended(act("apt-get install -o APT::Install-Recommends=false a"))
    echo = "echo APT::Install-Recommends 0;"
    assert switches_recommended_off(act(echo, ((">", "/etc/apt/apt.conf.d/x"),)))
    assert not switches_recommended_off(act(echo, ((">", "/x"),)))
