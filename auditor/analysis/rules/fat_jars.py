"""Java programs in one file, which every release stores and pulls anew."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import StepActs, own_acts_of
from auditor.analysis.effects.paths import copied_to
from auditor.analysis.effects.seen import caveats, key, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

FAT = RuleInfo(
    identifier="fat-jar",
    title="A Java program and its libraries are one file in one layer",
    sees="COPY or ADD of one big .jar",
    misses="jars that a RUN builds, and what of the jar are libraries",
)
# Below this a jar holds few libraries.
_SMALLEST_FAT_JAR_BYTES = 5_000_000
_ENDING = ".jar"


def find_fat(image: ImageFacts) -> Iterator[Finding]:
    """Layers that hold one big jar, copied in."""
    for acts in own_acts_of(image):
        step = acts.step
        if _is_jar(acts) and step.layer is not None and step.size_bytes >= _SMALLEST_FAT_JAR_BYTES:
            yield Finding(
                rule=FAT.identifier,
                key=key(step.instruction, copied_to(acts)),
                what=f"{copied_to(acts)}: program and libraries are one file, so each release"
                " stores and pulls all libraries again, though few changed.",
                fix="Unpack the jar in a build stage and copy libraries and classes as layers.",
                evidence=(seen(image, step),),
                claims=(),
                first_layer=step.layer,
                confidence=Confidence.LOW,
                basis=Basis.MODELLED,
                breadth=Breadth.LAYER,
                dockerfile=(
                    "FROM base AS layers",
                    "COPY target/*.jar app.jar",
                    "RUN java -Djarmode=tools -jar app.jar extract --layers --destination out",
                    "FROM base",
                    "COPY --from=layers out/dependencies/ ./",
                    "COPY --from=layers out/spring-boot-loader/ ./",
                    "COPY --from=layers out/snapshot-dependencies/ ./",
                    "COPY --from=layers out/application/ ./",
                ),
                caveats=caveats(
                    image,
                    "A first pull stays as big as it is: each release after it is smaller by the"
                    " libraries, where the node and the registry hold the one before.",
                    "How much of the jar are libraries cannot be seen from history.",
                ),
            )


def _is_jar(acts: StepActs) -> bool:
    words = acts.step.arguments
    is_copy = acts.step.instruction in ("COPY", "ADD") and len(words) == len(("from", "to"))
    return is_copy and (words[0].endswith(_ENDING) or words[1].endswith(_ENDING))


RULES = (Rule(FAT, find_fat),)
