"""All documents of the sample registry, by repository, and what was there when.

`Library.snapshot()` is the registry as of today: tags of January 2018, most of them over
indexes of one or two platforms, twelve images of 2025-2026, applications of an invented
organisation that were really built (built.py), and a few artifacts. (Two modern tags,
golang:latest and golang:alpine, stand in place of those of 2018.) `Library.at(moment)` is the
registry as a crawl then would have found it: linux/amd64 tags of every family at the latest known
moment not after it. Untagged manifests go on answering by digest, as in a real registry,
except in `CLEANED_REPOSITORIES`, where somebody cleans up after three months (invented for
the demo, so that a replay meets deletions too).
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Collection
from datetime import datetime

from auditor.domain.platform import Platform
from auditor.sample import artifacts, documents
from auditor.sample.built import BuiltImage, Role, load_built
from auditor.sample.documents import Document, ImageDocuments, Json
from auditor.sample.facts import (
    HistoryFacts,
    ImageFact,
    ModernFact,
    TagFact,
    TagHistory,
    load_history,
    load_sample,
)
from auditor.sample.shelf import Blob, Repository, State

CLEANED_REPOSITORIES = frozenset({"library/notary", "library/ros"})
MONTHS_BEFORE_CLEANING = 3
CHART_REPOSITORY = "charts/sample-shop"
_CHART_VERSIONS = ("1.0.0", "1.1.0")
_DATE_NOTE = "created: date of the Debian root, where the first step names one"


class Library:
    """All documents of the sample; the history's are made when first needed.

    `only` keeps these repositories (`library/python`), None keeps all.
    """

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._only = None if only is None else frozenset(only)
        self._facts = load_sample()
        self._repositories: dict[str, Repository] = {}
        self._images: dict[int, ImageDocuments] = {}
        self._history: HistoryFacts | None = None
        self._loading = threading.Lock()
        for tag in self._facts.tags:
            self._shelve_tag(tag)
        for modern in self._facts.modern:
            self._shelve_modern(modern)
        self._shelve_artifacts()
        for built in load_built().images:
            if built.role is not Role.LEAN:
                self._shelve_built(built)
        self._snapshot = State.of(
            None, {name: shelf.tags for name, shelf in self._repositories.items()}
        )

    def snapshot(self) -> State:
        """The registry as of today."""
        return self._snapshot

    def at(self, moment: datetime) -> State:
        """The registry as of then; nothing before the first known moment."""
        history = self._with_history()
        number = bisect_right(history.moments, moment) - 1
        tags: dict[str, dict[str, str]] = {}
        for tag in history.tags:
            shelf = self._repositories.get(_full_name(tag.repository))
            if shelf is None or tag.changes[0][0] > number:
                continue
            named = tags.setdefault(shelf.name, {})
            image = _image_at(tag, number)
            if image is not None:
                named[tag.tag] = self._image(image, tag.repository).manifest.digest
        return State.of(number, tags)

    def repository(self, name: str, state: State) -> Repository | None:
        """The shelf of a repository that exists in this state."""
        return self._repositories.get(name) if name in state.tags else None

    def manifest(self, repository: Repository, digest: str, state: State) -> Document | None:
        """The manifest of this digest, if it had been pushed by then and is not cleaned up."""
        if digest not in repository.manifests:
            self._with_history()
        found = repository.manifests.get(digest)
        moments = repository.tagged_moments.get(digest)
        if moments is None:
            return found if state.moment_number is None else None
        first, last = moments
        now = _END if state.moment_number is None else state.moment_number
        is_cleaned = repository.name in CLEANED_REPOSITORIES and now > last + MONTHS_BEFORE_CLEANING
        return None if now < first or is_cleaned else found

    def blob(self, repository: Repository, digest: str) -> Blob | None:
        """The blob of this digest, from the snapshot or the history."""
        if digest not in repository.blobs:
            self._with_history()
        return repository.blobs.get(digest)

    def _shelf(self, family: str) -> Repository | None:
        name = _full_name(family)
        if self._only is not None and name not in self._only:
            return None
        return self._repositories.setdefault(name, Repository(name))

    def _image(self, image: ImageFact, family: str) -> ImageDocuments:
        made = self._images.get(id(image))  # facts live as long as the process: ids are stable
        if made is None:
            made = documents.image_documents(
                image,
                is_oci=documents.uses_oci_types(family),
                source=self._facts.source.line,
            )
            self._images[id(image)] = made
        return made

    def _shelve_tag(self, tag: TagFact) -> None:
        shelf = self._shelf(tag.repository)
        if shelf is None:
            return
        images = [self._image(image, tag.repository) for image in tag.images]
        for image in images:
            shelf.hold_image(image)
        named = images[0].manifest
        if tag.is_index:
            named = documents.index_document(
                [_child(image) for image in images],
                is_oci=documents.uses_oci_types(tag.repository),
                annotations={documents.SOURCE: self._facts.source.line},
            )
            shelf.manifests[named.digest] = named
        shelf.tags[tag.tag] = named.digest

    def _shelve_modern(self, modern: ModernFact) -> None:
        shelf = self._shelf(modern.repository)
        if shelf is None:
            return
        source = self._facts.source
        line = f"{modern.source}, {source.licence}, {source.copyright}"
        image = documents.image_documents(modern.image, is_oci=True, source=line, note=_DATE_NOTE)
        self._images[id(modern.image)] = image
        attestation = artifacts.attestation(modern)
        shelf.hold_image(image)
        shelf.hold_artifact(attestation)
        index = documents.index_document(
            [_child(image), _attestation_child(attestation.manifest, image.manifest)],
            is_oci=True,
            annotations={documents.SOURCE: line},
        )
        shelf.manifests[index.digest] = index
        shelf.tags[modern.tag] = index.digest

    def _shelve_built(self, built: BuiltImage) -> None:
        """Documents as they were recorded; their labels say that they were built for the demo."""
        shelf = self._shelf(built.repository)
        if shelf is None:
            return
        manifest = Document(built.media_type, built.manifest, built.digest)
        shelf.manifests[manifest.digest] = manifest
        shelf.blobs[built.config_digest] = Blob(len(built.config), built.config)
        shelf.blobs |= {layer.digest.text: Blob(layer.size_bytes) for layer in built.layers}
        shelf.tags[built.tag] = manifest.digest

    def _shelve_artifacts(self) -> None:
        """A signature, a bill of materials, a build cache and two charts."""
        if python := self._repositories.get("library/python"):
            subject = python.tagged("3.12")
            python.hold_tagged(artifacts.signature_tag(subject), artifacts.signature(subject))
        if node := self._repositories.get("library/node"):
            _hold_bill_of_materials(node, node.tagged("22"))
        if golang := self._repositories.get("library/golang"):
            latest = next(
                modern.image
                for modern in self._facts.modern
                if (modern.repository, modern.tag) == ("golang", "latest")
            )
            golang.hold_tagged("buildcache", artifacts.build_cache(self._images[id(latest)]))
        if charts := self._shelf(CHART_REPOSITORY):
            for version in _CHART_VERSIONS:
                charts.hold_tagged(version, artifacts.chart("sample-shop", version))

    def _with_history(self) -> HistoryFacts:
        with self._loading:
            if self._history is None:
                history = load_history()
                for tag in history.tags:
                    self._shelve_history(tag)
                self._history = history
            return self._history

    def _shelve_history(self, tag: TagHistory) -> None:
        shelf = self._repositories.get(_full_name(tag.repository))
        ends = [number - 1 for number, _ in tag.changes[1:]] + [_END]
        for (number, image), end in zip(tag.changes, ends, strict=True):
            if shelf is not None and image is not None:
                made = self._image(image, tag.repository)
                shelf.hold_image(made)
                first, last = shelf.tagged_moments.get(made.manifest.digest, (number, end))
                shelf.tagged_moments[made.manifest.digest] = (min(first, number), max(last, end))


_END = 1_000_000
"""A moment number after all others: still tagged, or today."""


def _full_name(family: str) -> str:
    return family if "/" in family else f"library/{family}"


def _image_at(tag: TagHistory, number: int) -> ImageFact | None:
    at = bisect_right(tag.changes, number, key=lambda change: change[0]) - 1
    return tag.changes[at][1]


def _child(image: ImageDocuments) -> Json:
    return image.manifest.descriptor(platform=documents.platform_json(image.platform))


def _attestation_child(attestation: Document, image: Document) -> Json:
    return attestation.descriptor(
        platform=documents.platform_json(Platform("unknown", "unknown")),
        annotations={
            "vnd.docker.reference.digest": image.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        },
    )


def _hold_bill_of_materials(shelf: Repository, subject: Document) -> None:
    artifact = artifacts.bill_of_materials(subject)
    shelf.hold_artifact(artifact)
    shelf.referrers[subject.digest] = [
        artifact.manifest.descriptor(
            artifactType=artifacts.SPDX,
            annotations={documents.NOTE: artifacts.BUILT_FOR_THE_DEMO},
        )
    ]
