from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across.steps import Reads, copies_manifests_only, kind_of, shape_of


@pytest.mark.parametrize(
    "step,ecosystem",
    [
        ("RUN apt-get update && apt-get install -y git", "apt"),
        ("RUN apk add --no-cache git", "apk"),
        ("RUN microdnf install -y git", "rpm"),
        ("RUN npm ci", "npm"),
        ("RUN yarn --frozen-lockfile", "yarn"),
        ("RUN yarn install", "yarn"),
        ("RUN pip install -r requirements.txt", "pip"),
        ("RUN python -m pip install -r requirements.txt", "pip"),
        ("RUN mvn -B dependency:go-offline", "maven"),
        ("RUN ./gradlew dependencies --no-daemon", "gradle"),
        ("RUN gradle dependencies", "gradle"),
        ("RUN go mod download", "go"),
        ("RUN DEBIAN_FRONTEND=noninteractive sudo apt-get install -y git;", "apt"),
        ("RUN (curl -fsSL https://h.example/t)", "download"),
        ("npm ci", "npm"),
        ("RUN useradd app", ""),
        ("RUN npm config set x", ""),
        ("RUN", ""),
        ("", ""),
    ],
)
def test_an_installation_depends_on_its_own_words(step: str, ecosystem: str) -> None:
    kind = kind_of(step)
    assert (kind.reads, kind.ecosystem) == (Reads.NOTHING, ecosystem)


@pytest.mark.parametrize(
    "step",
    [
        "RUN npm run build",
        "RUN npm ci && npm run build",
        "RUN go build ./...",
        "RUN mvn package",
        "RUN ./gradlew build",
        "RUN pip install .",
        "RUN pip install -e .",
        "RUN python -m pip install .",
        "RUN python manage.py collectstatic",
        "RUN chown -R app /app",
        "RUN ./configure",
        "RUN /app/install.sh",
        "RUN set -e; make",
    ],
)
def test_a_build_depends_on_the_sources(step: str) -> None:
    assert kind_of(step).reads is Reads.SOURCES


@pytest.mark.parametrize("step", ["COPY . .", "ADD file:1a2b in /", "copy a b"])
def test_a_copy_depends_on_what_is_copied(step: str) -> None:
    assert kind_of(step).reads is Reads.COPIED


@pytest.mark.parametrize(
    "step,only",
    [
        ("COPY package.json package-lock.json ./", True),
        ("COPY --chown=app package*.json ./", True),
        ('COPY ["requirements.txt", "/app/"]', True),
        ("COPY requirements-dev.txt .", True),
        ("COPY src/App/App.csproj src/App/", True),
        ("COPY package.json src ./", False),
        ("COPY . .", False),
        ("COPY", False),
    ],
)
def test_files_that_list_dependencies_are_known(step: str, only: bool) -> None:
    assert copies_manifests_only(step) is only


def test_a_shape_leaves_numbers_out() -> None:
    assert shape_of("RUN curl  https://h.example/app-1.2.3.tgz") == "RUN curl #"
    assert shape_of("COPY dir:4f5e in /app") == shape_of("COPY dir:77aa in /app")


@given(st.text(max_size=200))
def test_any_text_has_a_kind_and_a_stable_shape(text: str) -> None:
    assert isinstance(kind_of(text).reads, Reads)
    copies_manifests_only(text)
    assert shape_of(shape_of(text)) == shape_of(text)
