import pytest

from auditor.analysis.effects.runtimes import kit_claims, replaces_base, runtime_for
from auditor.analysis.effects.toolchains import Toolchain
from auditor.domain.findings import Claim
from tests.fakes.built_images import MB, built, ran

IMAGE = built(("ADD a / ", 30 * MB), ("RUN true", 0), ("RUN kit", 100 * MB), ("RUN app", MB))


def test_go_rust_and_c_leave_the_whole_base() -> None:
    for language in ("Go", "Rust", "C"):
        assert replaces_base(language)
        claims = list(kit_claims(IMAGE, Toolchain(language, 2, 2)))
        assert claims == [Claim(0, 30 * MB), Claim(2, 100 * MB)]


@pytest.mark.parametrize(
    "language, version, saved",
    [
        ("Java", "21.0.1", 66 * MB),
        ("Java", "", 66 * MB),
        ("Java", "8u151", 13 * MB),
        (".NET", "9.0.1", 75 * MB),
    ],
)
def test_java_and_dotnet_keep_their_runtime(language: str, version: str, saved: int) -> None:
    assert not replaces_base(language)
    claims = list(kit_claims(IMAGE, Toolchain(language, 2, 2, version)))
    assert claims == [Claim(2, saved)]
    assert runtime_for(language).size_bytes > 0


def test_of_a_packaged_kit_less_goes() -> None:
    image = built((ran("apt-get install -y openjdk-17-jdk-headless"), 100 * MB))
    assert list(kit_claims(image, Toolchain("Java", 0, 0, "17"))) == [Claim(0, 47 * MB)]
