from auditor.analysis.rules.interpreters import RULES
from tests.analysis.rules.images import MB, found, image_of, saved

NODE = ("ENV NODE_VERSION=22.1.0", 0)
APP = ("COPY app /app", 5 * MB)


def test_another_languages_interpreter_is_a_hint() -> None:
    image = image_of(NODE, ("RUN apt-get install -y python3 curl", 30 * MB), APP)
    (one,) = found(RULES, image)
    assert (one.rule, one.confidence, one.low_bytes) == ("other-interpreter", "low", 0)
    assert "Python" in one.what
    assert 0 < one.pull_saving_bytes <= 30 * MB


def test_the_images_own_language_and_unknown_ones_are_not() -> None:
    assert saved(RULES, image_of(NODE, ("RUN apt-get install -y nodejs", 30 * MB), APP)) == []
    assert saved(RULES, image_of(("RUN apt-get install -y python3", 30 * MB), APP)) == []
    assert saved(RULES, image_of(NODE, ("RUN apt-get install -y python3", 30 * MB))) == []
