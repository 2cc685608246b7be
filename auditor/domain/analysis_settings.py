"""How images are analysed, as plain values: what the settings of `[analysis]` say."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.domain.findings import Confidence

WORTH_A_LOOK_BYTES = 500 * 10**6
"""Images below are ranked down: where optimising usually begins to pay."""

LEAST_SAVING_BYTES = 10**6
"""Findings below are not told."""

DEVELOPMENT_NAMES = ("dev/**", "**/dev/**", "**-dev", "sandbox/**", "**/sandbox/**")
DEVELOPMENT_ENVIRONMENTS = ("dev", "development", "test", "sandbox", "local")


@dataclass(frozen=True, slots=True)
class PullModel:
    """By what seconds of a cold start are derived from bytes.

    `bandwidth_mbit_per_second`: what a node really gets from the registry, 10^6 bits.
    `parallel_downloads`: layers under way at once; 3 is the default of Docker's
    `max-concurrent-downloads` and of containerd's `max_concurrent_downloads`.
    `pulling_nodes`: on how many nodes a release is pulled.
    """

    bandwidth_mbit_per_second: float = 1000
    parallel_downloads: int = 3
    pulling_nodes: int = 3


@dataclass(frozen=True, slots=True)
class RuleTuning:
    """What is configured for one rule; `identifier` may be no rule's name: check it.

    `minimum_saving_bytes` None: as for all rules. `repositories`: patterns of those it looks
    at, empty for all; `ignore`: of those that it leaves out.
    """

    identifier: str
    is_enabled: bool = True
    minimum_saving_bytes: int | None = None
    repositories: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRule:
    """A rule of the user's own: build steps whose readable text the pattern is found in.

    `pattern`: in RE2's syntax. `instruction`: RUN, COPY, …; empty for any. `share`: of the
    bytes of the step's layer that the change would save, 0 to 1.
    """

    identifier: str
    pattern: str
    what: str
    fix: str
    instruction: str = "RUN"
    share: float = 1
    confidence: Confidence = Confidence.MEDIUM


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Everything about the analysis that can be configured.

    `threshold_bytes`: images below are ranked down, as are those of repositories that match
    `development_names`, and those whose label `environment_label`, or whose environment in
    `inventory_file`, is one of `development_environments`. An empty label or file: none.
    """

    is_enabled: bool = True
    threshold_bytes: int = WORTH_A_LOOK_BYTES
    minimum_saving_bytes: int = LEAST_SAVING_BYTES
    development_names: tuple[str, ...] = DEVELOPMENT_NAMES
    development_environments: tuple[str, ...] = DEVELOPMENT_ENVIRONMENTS
    environment_label: str = ""
    inventory_file: str = ""
    pull: PullModel = field(default_factory=PullModel)
    rules: tuple[RuleTuning, ...] = ()
    user_rules: tuple[UserRule, ...] = ()
