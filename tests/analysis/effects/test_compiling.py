import pytest

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.compiling import compiled_language, fetches_dependencies


@pytest.mark.parametrize(
    "line, language",
    [
        ("go build", "Go"),
        ("cargo build --release", "Rust"),
        ("mvn clean package", "Java"),
        ("gradle :app:bootJar", "Java"),
        ("dotnet publish", ".NET"),
        ("make", "C"),
        ("gcc --version", None),
        ("go version", None),
        ("ls", None),
    ],
)
def test_the_command_tells_the_language(line: str, language: str | None) -> None:
    name, *words = line.split()
    assert compiled_language(Act(name, tuple(words), "/")) == language


@pytest.mark.parametrize(
    "line, does",
    [
        ("npm ci", True),
        ("npm install -g npm", False),
        ("npm run build", False),
        ("pip install flask[async]", True),
        ("pip install --upgrade pip setuptools", False),
        ("pip install -r requirements.txt", True),
        ("yarn", True),
        ("curl x", False),
    ],
)
def test_a_programs_libraries_are_fetched(line: str, does: bool) -> None:
    name, *words = line.split()
    assert fetches_dependencies(Act(name, tuple(words), "/")) is does
