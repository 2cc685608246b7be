"""Interpreters of another language than the image's own."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.application import has_application
from auditor.analysis.effects.package_weights import SPREAD, interpreter
from auditor.analysis.effects.packages import does_nothing_else, own_changes_of
from auditor.analysis.effects.seen import caveats, claim, key, named, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

OTHER = RuleInfo(
    identifier="other-interpreter",
    title="An interpreter of another language is installed",
    sees="Python, Node.js, Ruby, PHP or Java from system packages in an image whose base or"
    " variables say another language",
    misses="interpreters from archives, and whether the program calls them",
)
# Variables that official images of these languages set.
_LANGUAGES = {
    "PYTHON_VERSION": "Python",
    "NODE_VERSION": "Node.js",
    "RUBY_VERSION": "Ruby",
    "PHP_VERSION": "PHP",
    "JAVA_VERSION": "Java",
    "JAVA_HOME": "Java",
    "GOLANG_VERSION": "Go",
    "RUST_VERSION": "Rust",
    "DOTNET_VERSION": ".NET",
    "ASPNET_VERSION": ".NET",
}


_BASES = {
    "python": "Python",
    "node": "Node.js",
    "ruby": "Ruby",
    "php": "PHP",
    "openjdk": "Java",
    "eclipse-temurin": "Java",
    "tomcat": "Java",
    "golang": "Go",
    "rust": "Rust",
    "aspnet": ".NET",
}


def languages_of(image: ImageFacts) -> frozenset[str]:
    """Languages that variables of the image and names of its base speak of."""
    names = image.base.names if image.base else ()
    families = (name.rpartition("/")[2].partition(":")[0].partition("@")[0] for name in names)
    return frozenset(_BASES[family] for family in families if family in _BASES) | frozenset(
        _LANGUAGES[name]
        for step in image.steps
        if step.instruction == "ENV"
        for name in (pair.partition("=")[0] for pair in step.arguments)
        if name in _LANGUAGES
    )


def find_other(image: ImageFacts) -> Iterator[Finding]:
    """Packages of interpreters, where the image's own language is known and another."""
    own = languages_of(image)
    if not own or not (image.base or has_application(image)):
        return
    for acts, change in own_changes_of(image):
        found = {}
        for package in change.left:
            known = interpreter(package.name)
            if known is not None and known[0] not in own:
                found[package.name] = known
        largest = {
            name: max(size for other, size in found.values() if other == name)
            for name, _ in found.values()
        }
        is_whole = 0 < len(found) == len(change.left) and does_nothing_else(acts)
        model_bytes = sum(largest.values())
        claims = claim(acts.step, acts.step.size_bytes if is_whole else model_bytes)
        if claims:
            saved = claims[0].size_bytes
            yield Finding(
                rule=OTHER.identifier,
                key=key(*found),
                what=f"{named(found)}: {named(largest)} in an image for {named(sorted(own))}.",
                fix="Leave it out if only the build or a script needs it: run that in a stage of"
                " its own, or write it in the image's own language.",
                evidence=(seen(image, acts.step),),
                claims=claims,
                first_layer=claims[0].layer,
                confidence=Confidence.LOW,
                basis=Basis.MODELLED,
                breadth=Breadth.PACKAGES,
                low_bytes=0,
                high_bytes=min(acts.step.size_bytes, round(saved * (1 + SPREAD))),
                dockerfile=(),
                caveats=caveats(image, "The program may call it; only its authors know."),
            )


RULES = (Rule(OTHER, find_other),)
