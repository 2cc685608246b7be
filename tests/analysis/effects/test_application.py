from auditor.analysis.effects.acts import acts_of
from auditor.analysis.effects.application import has_application, is_above
from tests.fakes.built_images import DEBIAN, KB, MB, built, ran


def test_a_program_is_copied_fetched_or_compiled() -> None:
    for text in ("COPY app /app", ran("npm ci"), ran("go build"), ran("gcc a.c")):
        assert has_application(built(DEBIAN, (text, MB))), text


def test_scripts_settings_and_tools_made_of_c_are_no_program() -> None:
    steps = [("COPY e.sh /", KB), ("COPY certs /etc/ssl", MB), (ran("curl -O x && make"), MB)]
    for step in steps:
        assert not has_application(built(DEBIAN, step)), step
    assert not has_application(built(("ADD file:1 in / ", 30 * MB)))


def test_only_steps_above_a_layer_count() -> None:
    image = built(DEBIAN, ("COPY app /app", MB), ("ENV A=b", None))
    assert not has_application(image, above=1)
    assert [is_above(acts, 0) for acts in acts_of(image)] == [False, True, False]
