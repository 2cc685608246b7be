from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.compiling import bundler, compiled_language, fetches_dependencies


def act(text: str) -> Act:
    name, *arguments = text.split()
    return Act(name, tuple(arguments), "/")


def test_compilers_are_known_by_command_and_goal() -> None:
    spoken = {
        "go build ./...": "Go",
        "cargo build --release": "Rust",
        "mvn -B package": "Java",
        "gradlew :app:bootJar": "Java",
        "dotnet publish -c Release": ".NET",
        "make -j4": "C",
        "javac A.java": "Java",
        "make --version": None,
        "go version": None,
        "ls": None,
    }
    assert {text: compiled_language(act(text)) for text in spoken} == spoken


def test_dependencies_of_a_program_are_told_from_tools() -> None:
    wanted = {
        "npm ci": True,
        "yarn": True,
        "yarn --version": False,
        "yarn install": True,
        "pip install -r requirements.txt": True,
        "pip install flask[async]==3": True,
        "pip install --upgrade pip setuptools==60": False,
        "npm install -g yarn": False,
        "npm run build": False,
        "go mod download": True,
        "ls": False,
    }
    assert {text: fetches_dependencies(act(text)) for text in wanted} == wanted


def test_bundlers_are_known_by_command_and_word() -> None:
    made = {
        "npm run build": "npm",
        "npm run-script compile:css": "npm",
        "npm install": "",
        "npm build-something": "",
        "npm run": "",
        "yarn build": "yarn",
        "yarn install": "",
        "pnpm run test": "",
        "tsc -p .": "tsc",
        "npx webpack --mode production": "webpack",
        "npx vite build": "vite",
        "npx": "",
        "vite": "",
        "cmake --build .": "cmake",
        "cmake ..": "",
        "python -m build": "python",
        "python3 setup.py bdist_wheel": "python",
        "python app.py": "",
        "ruby setup.py": "",
    }
    assert {text: bundler(act(text)) for text in made} == made
