from auditor.analysis.effects.package_weights import (
    CORE_BYTES,
    holds_a_runtime,
    interpreter,
    is_build_tool,
    is_helper,
    is_jdk,
    library_bytes,
    other_bytes,
    tool_bytes,
    without_version,
)


def test_versions_in_names_are_left_out() -> None:
    names = ("gcc-12", "python3.11-dev", "llvm-14-dev", "g++", "openjdk-17-jdk", "-", "12")
    assert [without_version(name) for name in names] == [
        "gcc",
        "python3-dev",
        "llvm-dev",
        "g++",
        "openjdk-jdk",
        "-",
        "12",
    ]


def test_build_tools_are_compilers_and_headers() -> None:
    for name in ("gcc-12", "libfoo-dev", "foo-devel", "build-base", "openjdk17", "make"):
        assert is_build_tool(name), name
    for name in ("curl", "libpq5", "openjdk17-jre", "python3", "default-jre"):
        assert not is_build_tool(name), name


def test_the_compiler_below_others_is_counted_once() -> None:
    assert tool_bytes(["gcc"]) == CORE_BYTES
    assert tool_bytes(["gcc", "g++", "libc6-dev", "curl"]) == CORE_BYTES + 17_800_000
    assert tool_bytes(["libfoo-dev"]) == 250_000
    assert tool_bytes(["libxml2-dev", "libicu-dev"]) == 15_900_000
    assert tool_bytes(["curl"]) == 0
    assert tool_bytes(["default-jdk", "openjdk-17-jdk"]) == 99_600_000


def test_libraries_that_headers_bring_are_needed_to_run() -> None:
    assert library_bytes(["libxml2-dev", "libicu-dev", "libpq-dev"]) == 15_600_000
    assert library_bytes(["libfoo-dev", "gcc", "libc6-dev"]) == 310_000


def test_some_tools_hold_a_runtime() -> None:
    assert holds_a_runtime("python3.11-dev")
    assert holds_a_runtime("default-jdk")
    assert is_jdk("java-17-openjdk-devel")
    assert not holds_a_runtime("gcc")


def test_other_packages_weigh_what_is_known_of_them() -> None:
    assert other_bytes(["git", "git", "nano", "unknown"]) == 17_100_000
    assert is_helper("git")
    assert not is_helper("nano")


def test_interpreters_have_a_language() -> None:
    assert interpreter("python3") == ("Python", 10_300_000)
    assert interpreter("gcc") is None
