"""Every rule there is: those about one image, and those answered elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.analysis.across import (
    compressed_twice,
    duplicate_images,
    layer_order,
    repeated_content,
    stale_tags,
    step_growth,
)
from auditor.analysis.bases.fleet import FLEET_SWAP
from auditor.analysis.bases.outdated import END_OF_LIFE_BASE, OUTDATED_BASE
from auditor.analysis.bases.slimmer import SLIMMER_BASE
from auditor.analysis.bases.versions import TOO_MANY_BASE_VERSIONS
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules import (
    archives,
    build_caches,
    build_tools,
    caches,
    compression,
    conda,
    contexts,
    deletions,
    fat_jars,
    installs,
    interpreters,
    node,
    ownership,
    package_steps,
    php,
    ruby,
    stages,
)
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Finding, RuleInfo

IMAGE_RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (
        archives,
        build_caches,
        build_tools,
        caches,
        compression,
        conda,
        contexts,
        deletions,
        fat_jars,
        installs,
        interpreters,
        node,
        ownership,
        package_steps,
        php,
        ruby,
        stages,
    )
    for rule in module.RULES
)
BASE_RULES: tuple[RuleInfo, ...] = (SLIMMER_BASE, OUTDATED_BASE, END_OF_LIFE_BASE)
FLEET_RULES: tuple[RuleInfo, ...] = (FLEET_SWAP, TOO_MANY_BASE_VERSIONS)
"""Of a whole registry: told by `auditor bases`, no findings of one repository."""
ACROSS_RULES: tuple[RuleInfo, ...] = tuple(
    module.INFO
    for module in (
        layer_order,
        repeated_content,
        step_growth,
        stale_tags,
        duplicate_images,
        compressed_twice,
    )
)


def _elsewhere(_: ImageFacts) -> Iterable[Finding]:
    """Nothing: what such a rule asks takes more than one image to answer."""
    return ()


BOOK: tuple[Rule, ...] = (
    *IMAGE_RULES,
    *(Rule(info, _elsewhere) for info in (*BASE_RULES, *FLEET_RULES, *ACROSS_RULES)),
)
"""All rules by which findings may be named, switched and tuned."""
