"""When not to bother: how much a finding matters, by what is known of its repository.

Each factor is 1 where it speaks for the work and less where it speaks against it; they are
multiplied, and doubled for what is scaled automatically. Source: DESIGN section 3. The
thresholds are settings, not measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.domain.units import format_bytes

_SEPARATORS = str.maketrans(dict.fromkeys("/-_.", " "))


@dataclass(frozen=True, slots=True)
class WeightRules:
    """What counts as big, busy and worth it.

    Each number is where its factor reaches 1; below, the factor falls in proportion down to
    its floor. `development_names` are words of repository names and values of labels;
    `environment_labels` the labels that name an environment. `development_factor` is the
    factor of what is not for production, `autoscaled_factor` of what is scaled.
    """

    image_bytes: int = 500_000_000
    least_size_factor: float = 0.05
    pulls_per_month: float = 30
    least_pulls_factor: float = 0.2
    releases_per_month: float = 1
    least_releases_factor: float = 0.5
    retained_versions: int = 3
    least_versions_factor: float = 0.7
    development_factor: float = 0.25
    autoscaled_factor: float = 2
    development_names: frozenset[str] = frozenset(
        {
            *("dev", "develop", "development", "test", "tests", "testing", "qa", "sandbox"),
            *("tmp", "temp", "scratch", "playground", "experiment", "experiments", "poc"),
        }
    )
    environment_labels: tuple[str, ...] = ("environment", "env")


DEFAULT_RULES = WeightRules()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a repository where a finding was made.

    `image_bytes`: a pull of the image that shows it. `pulls_per_month` None where the
    registry does not tell. `environment`: what the cluster inventory says it runs in, empty
    where that says nothing; it counts before labels, labels before the name.
    """

    repository: str
    image_bytes: int
    releases_per_month: float
    retained_versions: int
    pulls_per_month: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    environment: str = ""
    is_autoscaled: bool = False


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a finding matters, above 0 up to 2, and why.

    `reasons`: why it is ranked lower, never empty below 1; most telling first. `notes`: what
    is not known, and what ranks it higher.
    """

    factor: float
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def weigh(about: Circumstances, rules: WeightRules = DEFAULT_RULES) -> Weight:
    """The weight of findings in a repository. More bytes, pulls, … never weigh less."""
    lowered = sorted(_lowered(about, rules), key=lambda pair: pair[0])
    factor = rules.autoscaled_factor if about.is_autoscaled else 1.0
    for one, _ in lowered:
        factor *= one
    notes = []
    if about.is_autoscaled:
        notes.append("It is scaled automatically: each new node waits for the pull.")
    if about.pulls_per_month is None:
        notes.append("How often it is pulled is not known.")
    return Weight(factor, tuple(reason for _, reason in lowered), tuple(notes))


def _lowered(about: Circumstances, rules: WeightRules) -> Iterator[tuple[float, str]]:
    """Factors below 1, each with its reason."""
    yield from _below(
        _share(about.image_bytes, rules.image_bytes, rules.least_size_factor),
        f"The image is {format_bytes(about.image_bytes)}, below {format_bytes(rules.image_bytes)}.",
    )
    if about.pulls_per_month is not None:
        yield from _below(
            _share(about.pulls_per_month, rules.pulls_per_month, rules.least_pulls_factor),
            f"It is pulled {about.pulls_per_month:.2g} times a month, below"
            f" {rules.pulls_per_month:g}.",
        )
    yield from _below(
        _share(about.releases_per_month, rules.releases_per_month, rules.least_releases_factor),
        f"It is released {about.releases_per_month:.2g} times a month, below"
        f" {rules.releases_per_month:g}.",
    )
    yield from _below(
        _share(about.retained_versions, rules.retained_versions, rules.least_versions_factor),
        f"The registry keeps {about.retained_versions} of its versions, fewer than"
        f" {rules.retained_versions}.",
    )
    environment = _development(about, rules)
    if environment:
        yield from _below(rules.development_factor, f"It is not for production: {environment}.")


def _below(factor: float, reason: str) -> Iterator[tuple[float, str]]:
    if factor < 1:
        yield factor, reason


def _share(value: float, enough: float, least: float) -> float:
    return 1.0 if enough <= 0 else max(least, min(1.0, value / enough))


def _development(about: Circumstances, rules: WeightRules) -> str:
    """Where it says that it is for development, in words; empty for production or unknown."""
    if about.environment:
        is_development = _is_development(about.environment, rules)
        return f"the inventory says {about.environment[:80]}" if is_development else ""
    for name in rules.environment_labels:
        if value := about.labels.get(name, ""):
            is_development = _is_development(value, rules)
            return f"its label {name} says {value[:80]}" if is_development else ""
    words = about.repository.lower().translate(_SEPARATORS).split()
    word = next((word for word in words if word in rules.development_names), "")
    return f"its name says {word}" if word else ""


def _is_development(text: str, rules: WeightRules) -> bool:
    return not rules.development_names.isdisjoint(text.lower().translate(_SEPARATORS).split())
