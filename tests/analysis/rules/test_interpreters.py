from auditor.analysis.rules.interpreters import find_other
from auditor.domain.findings import Confidence
from tests.fakes.built_images import DEBIAN, MB, built, ran

JAVA = ("ENV JAVA_VERSION=jdk-21.0.12+8", None)
PROGRAM = ("COPY app.jar /app.jar # buildkit", 30 * MB)
PYTHON = (ran("apt-get update && apt-get install -y python3 python3-pip curl"), 90 * MB)


def test_python_in_an_image_for_java_is_a_hint() -> None:
    finding = next(iter(find_other(built(DEBIAN, JAVA, PYTHON, PROGRAM, base_layers=1))))
    assert finding.what == "python3 and python3-pip: Python in an image for Java."
    assert finding.pull_saving_bytes == 13_700_000
    assert finding.confidence is Confidence.LOW
    assert finding.low_bytes == 0


def test_the_images_own_language_is_no_finding() -> None:
    own = ("ENV PYTHON_VERSION=3.12.1 LANG=C.UTF-8", None)
    assert list(find_other(built(DEBIAN, own, PYTHON, PROGRAM, base_layers=1))) == []


def test_without_a_language_or_a_program_nothing_is_said() -> None:
    assert list(find_other(built(DEBIAN, PYTHON, PROGRAM, base_layers=1))) == []
    assert list(find_other(built(DEBIAN, JAVA, PYTHON))) == []


def test_the_bases_name_tells_a_language_too() -> None:
    node = (ran("apt-get update && apt-get install -y nodejs"), 34 * MB)
    image = built(DEBIAN, node, base_layers=1, base="localhost:5000/platform/python:3.11-slim")
    (finding,) = find_other(image)
    assert finding.pull_saving_bytes == 34 * MB
    assert finding.what == "nodejs: Node.js in an image for Python."
