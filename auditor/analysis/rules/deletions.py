"""Files that a later step deletes: the layer that brought them is still pulled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.analysis.effects.acts import Act, StepActs, own_acts_of
from auditor.analysis.effects.archives import is_archive
from auditor.analysis.effects.packages import package_change
from auditor.analysis.effects.paths import (
    copied_to,
    covers,
    downloads,
    removed_paths,
    written_folder,
)
from auditor.analysis.effects.seen import caveats, claim, key, named, seen
from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

DELETED = RuleInfo(
    identifier="deleted-later",
    title="Files are deleted in a later step, which saves nothing",
    sees="rm of what an earlier step of the image copied, cloned, downloaded or unpacked there,"
    " and of package lists that an earlier step fetched",
    misses="parts of what a step brought, and paths that only a script knows",
)
# Package lists of Debian 12 in a layer, as gzip -6 packs them; buildah's gzip made it 16.2 MB.
# Source: measured builds, one with the lists and one without.
_LISTS_BYTES = 14_670_000
_LISTS_HIGH_BYTES = 16_200_000
_LISTS = "/var/lib/apt/lists/list"
# Besides what brings files to the deleted path, a step may do this and make no bytes.
_SILENT = frozenset(
    {
        *("", "set", "true", ":", "cd", "pushd", "popd", "echo", "mkdir", "export", "test", "["),
        *("sha256sum", "sha512sum", "sha1sum", "md5sum", "gpg", "gpgv", "sleep", "chmod", "chown"),
        *("rm", "ls", "find", "command", "which", "uname", "cat", "printf", "curl", "wget"),
    }
)
_MOST_PATHS = 64


@dataclass(slots=True)
class _Deleted:
    """Paths that steps above remove, and package lists with them."""

    paths: dict[str, BuildStep] = field(default_factory=dict)

    def add(self, acts: StepActs) -> None:
        for act in acts.acts:
            for path in removed_paths(act):
                if len(self.paths) < _MOST_PATHS:
                    self.paths.setdefault(path, acts.step)

    def by(self, path: str) -> BuildStep | None:
        found = (step for removed, step in self.paths.items() if covers(removed, path))
        return next(found, None)


def find_deleted(image: ImageFacts) -> Iterator[Finding]:
    """Steps whose files a later own step deletes, from the lowest layer up."""
    deleted = _Deleted()
    found: list[Finding] = []
    for acts in reversed(own_acts_of(image)):
        if acts.step.layer is not None:
            found += _finding_of(image, acts, deleted)
        deleted.add(acts)
    return reversed(found)


def _finding_of(image: ImageFacts, acts: StepActs, deleted: _Deleted) -> Iterator[Finding]:
    paths = _brought(acts)
    by = [deleted.by(path) for path in paths]
    last = next(iter(by), None)
    if last is not None and all(by):
        yield from _deleted(image, acts, paths, last)
    elif (step := deleted.by(_LISTS)) and _keeps_lists(acts):
        yield from _lists(image, acts, step)


def _brought(acts: StepActs) -> list[str]:
    """Where all the step's bytes are; empty where that is unknown, or another rule's matter."""
    target = copied_to(acts)
    if target:
        return [] if is_archive(target) else [target]
    paths: list[str] = []
    for act in acts.acts:
        here = [*downloads(act), *filter(None, [written_folder(act)])]
        if not here and act.name not in _SILENT:
            return []
        paths += here
    return list(dict.fromkeys(paths))[:_MOST_PATHS]


def _keeps_lists(acts: StepActs) -> bool:
    fetches = any(_fetches_lists(act) for act in acts.acts)
    removed = (path for act in acts.acts for path in removed_paths(act))
    cleans = any(act.arguments[:1] == ("dist-clean",) for act in acts.acts)
    return fetches and not cleans and not any(covers(path, _LISTS) for path in removed)


def _fetches_lists(act: Act) -> bool:
    return act.name in ("apt-get", "apt", "aptitude") and "update" in act.operands


def _deleted(
    image: ImageFacts, acts: StepActs, paths: list[str], by: BuildStep
) -> Iterator[Finding]:
    claims = claim(acts.step, acts.step.size_bytes)
    if claims:
        yield Finding(
            rule=DELETED.identifier,
            key=key(*paths),
            what=f"{named(paths)}: brought by one step and deleted in a later one, which saves"
            " nothing, as the first step's layer is still pulled.",
            fix="Delete it in the step that brings it, or bring it in a stage of its own.",
            evidence=(seen(image, acts.step), seen(image, by)),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.HIGH,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            low_bytes=round(claims[0].size_bytes * 0.9),
            high_bytes=claims[0].size_bytes,
            dockerfile=(
                "RUN --mount=type=bind,target=/context use /context/files",
                "# or",
                "RUN fetch files && use files && rm -rf files",
            ),
            caveats=caveats(image),
        )


def _lists(image: ImageFacts, acts: StepActs, by: BuildStep) -> Iterator[Finding]:
    claims = claim(acts.step, _LISTS_BYTES)
    if claims:
        yield Finding(
            rule=DELETED.identifier,
            key=key("apt lists", *(package.name for package in package_change(acts).left)),
            what="Package lists are fetched in one step and deleted in a later one, which saves"
            " nothing, as the first step's layer is still pulled.",
            fix="Delete the lists at the end of the step that fetches them.",
            evidence=(seen(image, acts.step), seen(image, by)),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM,
            basis=Basis.MODELLED,
            breadth=Breadth.FILES,
            low_bytes=round(claims[0].size_bytes * 0.5),
            high_bytes=min(acts.step.size_bytes, _LISTS_HIGH_BYTES),
            dockerfile=(
                "RUN apt-get update \\",
                "    && apt-get install -y --no-install-recommends … \\",
                "    && rm -rf /var/lib/apt/lists/*",
            ),
            caveats=caveats(image, "A cache mount on the lists leaves no bytes; history hides it."),
        )


RULES = (Rule(DELETED, find_deleted),)
