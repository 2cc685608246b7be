"""Layers that are built anew because something above which they need not stand changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from auditor.analysis.across.found import AcrossFinding, quoted, step_key
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.analysis.across.releases import Cause, Release, releases_of
from auditor.analysis.across.repetition import RECENT_RELEASES, Repetition, repetition
from auditor.analysis.across.steps import kind_of, shape_of
from auditor.domain.findings import (
    Basis,
    Breadth,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

INFO = RuleInfo(
    identifier="layer-order-churn",
    title="Layers rebuilt because of what stands before them",
    sees="layers with the same step and size under new digests, above one that changed",
    misses="COPY --from and ARG are not recorded; a builder without cache rebuilds in any order",
)
_CAUSES = frozenset({Cause.COPY, Cause.STEP, Cause.ARGUMENT})
_LINES = {
    "npm": ("COPY package.json package-lock.json ./", "RUN npm ci", "COPY . ."),
    "yarn": (
        "COPY package.json yarn.lock ./",
        "RUN yarn install --frozen-lockfile",
        "COPY . .",
    ),
    "pnpm": (
        "COPY package.json pnpm-lock.yaml ./",
        "RUN pnpm install --frozen-lockfile",
        "COPY . .",
    ),
    "pip": (
        "COPY requirements.txt ./",
        "RUN pip install --no-cache-dir -r requirements.txt",
        "COPY . .",
    ),
    "poetry": ("COPY pyproject.toml poetry.lock ./", "RUN poetry install --no-root", "COPY . ."),
    "uv": (
        "COPY pyproject.toml uv.lock ./",
        "RUN uv sync --locked --no-install-project",
        "COPY . .",
    ),
    "bundler": ("COPY Gemfile Gemfile.lock ./", "RUN bundle install", "COPY . ."),
    "composer": (
        "COPY composer.json composer.lock ./",
        "RUN composer install --no-dev --no-scripts --no-autoloader",
        "COPY . .",
        "RUN composer dump-autoload --optimize",
    ),
    "go": ("COPY go.mod go.sum ./", "RUN go mod download", "COPY . ."),
    "cargo": ("COPY Cargo.toml Cargo.lock ./", "RUN cargo fetch --locked", "COPY . ."),
    "maven": ("COPY pom.xml ./", "RUN mvn -B dependency:go-offline", "COPY src ./src"),
    "gradle": (
        "COPY build.gradle settings.gradle ./",
        "RUN gradle dependencies --no-daemon",
        "COPY src ./src",
    ),
    "dotnet": ("COPY *.csproj ./", "RUN dotnet restore", "COPY . ."),
    "conda": ("COPY environment.yml ./", "RUN conda env update -f environment.yml", "COPY . ."),
}


def find_layer_order(
    repository: RepositoryImages, now: datetime, pulling_nodes: int = 1
) -> Iterator[AcrossFinding]:
    """One finding per line of tags and step that changes too early.

    `pulling_nodes`: how many nodes pull each release. Only what the newest image still
    does in this order counts, so that the finding goes with the next release once fixed.
    """
    for line, images in repository.lines().items():
        releases = releases_of(images, RECENT_RELEASES)
        by_cause: dict[str, list[Release]] = {}
        for release in releases:
            if release.cause in _CAUSES and _is_still_so(release, releases[-1].after):
                by_cause.setdefault(shape_of(release.cause_step), []).append(release)
        for chosen in by_cause.values():
            found = repetition(images, releases, chosen, now, repository.scope)
            if found:
                yield _finding(repository.repository, line, found, pulling_nodes)


def _is_still_so(release: Release, newest: PushedImage) -> bool:
    """Whether the newest image has the step that changes below the biggest layer rebuilt."""
    if not release.rebuilt:
        return False
    biggest = max((it.layer for it in release.rebuilt), key=lambda layer: layer.size_bytes)
    shapes = [shape_of(layer.step) for layer in newest.layers]
    cause, rebuilt = shape_of(release.cause_step), shape_of(biggest.step)
    return cause in shapes and rebuilt in islice(shapes, shapes.index(cause), None)


def _finding(repository: str, line: str, found: Repetition, pulling_nodes: int) -> AcrossFinding:
    last = found.rebuilt[-1]
    biggest = found.biggest.layer
    layers = last.after.layers
    shapes = [shape_of(layer.step) for layer in found.newest.layers]
    first = shapes.index(shape_of(last.cause_step))
    return AcrossFinding(
        repository=repository,
        digest=found.newest.digest,
        images=len(found.rebuilt),
        freed=found.freed,
        transfer_bytes_per_month=found.transfer_bytes_per_month(pulling_nodes),
        finding=Finding(
            rule=INFO.identifier,
            key=step_key(line, shape_of(last.cause_step)),
            what=(
                f"{quoted(last.cause_step)} changes with releases, and everything above it is"
                f" built anew: {format_bytes(found.mean_bytes)} per release that did not change,"
                f" most of it by {quoted(biggest.step)}."
            ),
            fix=_fix(last, biggest),
            dockerfile=_LINES.get(kind_of(biggest.step).ecosystem, ()),
            evidence=(
                _evidence(layers[last.first], last.first),
                *(_evidence(it.layer, it.position) for it in last.rebuilt),
                *(Evidence(EvidenceKind.TAG, it.after.name) for it in found.rebuilt),
            ),
            claims=(),
            first_layer=first,
            confidence=_confidence(found),
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            caveats=(
                "A first pull is as big as before: only the next releases become smaller.",
                "It takes a builder that keeps its cache between releases.",
                f"Pulls are counted as {pulling_nodes} per release, which is not measured.",
            ),
        ),
    )


def _fix(release: Release, biggest: PushedLayer) -> str:
    if release.cause is Cause.ARGUMENT:
        return "Declare the build argument that changes (ARG) after the installation."
    if kind_of(biggest.step).ecosystem in _LINES:
        return "Copy the files that list the dependencies first, install, then copy the sources."
    return f"Move {quoted(biggest.step)} above {quoted(release.cause_step)}."


def _confidence(found: Repetition) -> Confidence:
    """High where a package manager's layer kept its size to one in 10,000, else medium."""
    heavy = found.biggest
    difference = abs(heavy.layer.size_bytes - heavy.before.size_bytes)
    is_close = difference * 10_000 <= heavy.layer.size_bytes
    return (
        Confidence.HIGH if is_close and kind_of(heavy.layer.step).ecosystem else Confidence.MEDIUM
    )


def _evidence(layer: PushedLayer, position: int) -> Evidence:
    return Evidence(EvidenceKind.STEP, layer.step, position, layer.digest, layer.size_bytes)
