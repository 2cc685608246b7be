"""Archives that stay in a layer beside what was unpacked from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.analysis.effects.acts import Act, StepActs, answered_once, own_acts_of
from auditor.analysis.effects.archives import archive_share, is_archive, unpacked
from auditor.analysis.effects.paths import (
    copied_to,
    covers,
    downloads,
    removed_paths,
    swept_folders,
)
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, key, named, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

KEPT = RuleInfo(
    identifier="archive-kept",
    title="A downloaded archive is left in the image",
    sees="a step that downloads an archive to a file, and a step that unpacks it, without its"
    " removal in the step of the download",
    misses="archives under names that only a script knows",
)
COPIED = RuleInfo(
    identifier="archive-copied",
    title="An archive is copied in, and unpacked in a later step",
    sees="COPY of an archive, or ADD of one by URL, that a later step unpacks or removes",
    misses="several files in one COPY",
)
# Pairs of paths are compared; hostile texts hold very many, real steps a few.
_MOST_PATHS = 64
# Of a step that also installs or builds, the archive may be any part: 14 MB of 221 MB in the one
# case found among 632 official images (odoo:11.0, January 2018). A quarter of the model, then.
_MIXED_SHARE = 0.25
_SILENT = frozenset(
    {
        *("", "set", "true", ":", "cd", "pushd", "popd", "echo", "mkdir", "export", "test", "["),
        *("sha256sum", "sha512sum", "sha1sum", "md5sum", "gpg", "gpgv", "sleep", "chmod", "chown"),
        *("rm", "ls", "find", "command", "which", "uname", "cat", "printf", "ln"),
    }
)


def find_kept(image: ImageFacts) -> Iterator[Finding]:
    """Downloads of archives that the same step does not remove, from the lowest layer up."""
    found: list[Finding] = []
    above: list[str] = []
    for acts in reversed(own_acts_of(image)):
        here = _unpacked(acts)
        if acts.step.layer is not None:
            kept = [path for path in _downloaded(acts) if not _is_removed(acts, path)]
            beside = [path for path in kept if _is_among(path, here)]
            later = [path for path in kept if not beside and _is_among(path, above)]
            found += _kept(image, acts, beside, later)
        above = [*here, *above][:_MOST_PATHS]
    return reversed(found)


@answered_once
def _downloaded(acts: StepActs) -> list[str]:
    found = (path for act in acts.acts for path in downloads(act) if is_archive(path))
    return list(dict.fromkeys(found))[:_MOST_PATHS]


@answered_once
def _unpacked(acts: StepActs) -> list[str]:
    return [path for act in acts.acts for path in unpacked(act)][:_MOST_PATHS]


@answered_once
def _removed(acts: StepActs) -> list[str]:
    return [path for act in acts.acts for path in removed_paths(act)]


def _is_among(path: str, unpacked_paths: Sequence[str]) -> bool:
    return any(covers(one, path) for one in unpacked_paths)


def _is_removed(acts: StepActs, path: str) -> bool:
    removed = _removed(acts)[:_MOST_PATHS]
    removed += [one for act in acts.acts for one in swept_folders(act)][:_MOST_PATHS]
    moved = (act.arguments for act in acts.acts if act.name == "mv")
    name = path.rpartition("/")[2]
    is_moved = any(word.rpartition("/")[2] == name for words in moved for word in words)
    return is_moved or any(covers(one, path) for one in removed)


def _kept(
    image: ImageFacts, acts: StepActs, beside: list[str], later: list[str]
) -> Iterator[Finding]:
    paths, step = beside or later, acts.step
    if not paths:
        return
    is_all = _does_nothing_else(acts)
    share = archive_share(paths[0]) if beside else 1.0
    claims = claim(step, step.size_bytes * share * (1 if is_all else _MIXED_SHARE))
    if claims:
        where = (
            "unpacked, but not removed in the same step" if beside else "unpacked in a later step"
        )
        yield Finding(
            rule=KEPT.identifier,
            key=key(*paths),
            what=f"{named(map(_short, paths))}: downloaded and {where}, so its bytes stay in the"
            " layer.",
            fix="Unpack from the pipe, or remove the archive in the step that downloads it.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM if is_all else Confidence.LOW,
            basis=Basis.MODELLED,
            breadth=Breadth.FILES,
            low_bytes=round(claims[0].size_bytes * (0.8 if is_all else 0.2)),
            high_bytes=round(step.size_bytes * min(1.0, share * 1.1)),
            dockerfile=(
                "RUN curl -fsSL https://host/archive.tar.gz | tar -xz -C /opt",
                "# or, where a checksum is compared first:",
                "RUN curl -fsSLO https://host/archive.tar.gz \\",
                "    && sha256sum -c archive.sha256 \\",
                "    && tar -xzf archive.tar.gz -C /opt \\",
                "    && rm archive.tar.gz",
            ),
            caveats=caveats(image, "Files on a mount leave no bytes, and history hides mounts."),
        )


@answered_once
def _does_nothing_else(acts: StepActs) -> bool:
    return all(_is_about_archives(act) for act in acts.acts)


def _is_about_archives(act: Act) -> bool:
    return act.name in _SILENT or bool(unpacked(act)) or any(True for _ in downloads(act))


def _short(path: str) -> str:
    return path.rpartition("/")[2] or path


def find_copied(image: ImageFacts) -> Iterator[Finding]:
    """Archives that COPY or ADD brought and a later step unpacks or removes."""
    found: list[Finding] = []
    used: list[str] = []
    for acts in reversed(own_acts_of(image)):
        path = _copied_archive(acts)
        path = path or _hidden_archive(acts, used)
        if path and _is_among(path, used):
            found += _copied(image, acts, path)
        fetched = _downloaded(acts)
        named_here = (one for one in (*_unpacked(acts), *_removed(acts)) if one not in fetched)
        used = [*named_here, *used][:_MOST_PATHS]
    return reversed(found)


def _copied_archive(acts: StepActs) -> str:
    """The path of one archive that the step brought as it is; ADD unpacks local ones itself."""
    words = acts.step.arguments
    is_single = acts.step.layer is not None and len(words) == len(("source", "target"))
    if not is_single or (acts.step.instruction == "ADD" and "://" not in words[0]):
        return ""
    path = copied_to(acts)
    return path if is_archive(path) else ""


def _hidden_archive(acts: StepActs, used: Sequence[str]) -> str:
    """The archive that a later step takes from a folder to which one file was copied.

    The classic builder and buildah record a hash in place of the file's name.
    """
    words = acts.step.arguments
    is_single = acts.step.layer is not None and len(words) == len(("source", "target"))
    if not is_single or acts.step.instruction != "COPY" or not words[0].startswith("file:"):
        return ""
    folder = copied_to(acts)
    names = (path for path in used if is_archive(path) and "*" not in path)
    return next((path for path in names if path.rpartition("/")[0] == folder.rstrip("/")), "")


def _copied(image: ImageFacts, acts: StepActs, path: str) -> Iterator[Finding]:
    step = acts.step
    claims = claim(step, step.size_bytes)
    if claims:
        yield Finding(
            rule=COPIED.identifier,
            key=key(step.instruction, path),
            what=f"{_short(path)}: copied in as it is and unpacked or removed in a later step, so"
            " the archive is pulled besides its contents.",
            fix="Let ADD unpack a local archive, or download, unpack and remove it in one RUN.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.HIGH,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            low_bytes=round(step.size_bytes * 0.9),
            high_bytes=step.size_bytes,
            dockerfile=(
                "ADD archive.tar.gz /opt/",
                "# or, with BuildKit, from the build context:",
                "RUN --mount=type=bind,target=/context tar -xzf /context/archive.tar.gz -C /opt",
            ),
            caveats=caveats(image, UNSEEN),
        )


RULES = (Rule(KEPT, find_kept), Rule(COPIED, find_copied))
