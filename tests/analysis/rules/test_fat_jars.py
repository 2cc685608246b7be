import pytest

from auditor.analysis.rules.fat_jars import find_fat
from tests.fakes.built_images import DEBIAN, MB, built


@pytest.mark.parametrize(
    "text",
    [
        "COPY target/*.jar app.jar # buildkit",
        "COPY /src/target/app-1.2.jar /app/ # buildkit",
        "ADD file:12ab in app.jar ",
    ],
)
def test_a_big_jar_is_pulled_anew_by_each_release(text: str) -> None:
    finding = next(iter(find_fat(built(DEBIAN, (text, 50 * MB), base_layers=1))))
    assert finding.pull_saving_bytes == 45 * MB
    assert "A first pull stays as big as it is" in finding.caveats[0]


@pytest.mark.parametrize(
    "text, size",
    [
        ("COPY target/*.jar app.jar # buildkit", 4 * MB),
        ("COPY a.jar b.jar /lib/ # buildkit", 50 * MB),
        ("COPY out/dependencies/ ./ # buildkit", 50 * MB),
        ("CMD java -jar app.jar", None),
    ],
)
def test_small_jars_and_folders_are_no_finding(text: str, size: int | None) -> None:
    assert list(find_fat(built(DEBIAN, (text, size), base_layers=1))) == []
