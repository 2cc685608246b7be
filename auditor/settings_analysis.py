"""The sections of the settings that say how images are analysed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from auditor.domain.analysis_settings import (
    DEVELOPMENT_ENVIRONMENTS,
    DEVELOPMENT_NAMES,
    LEAST_SAVING_BYTES,
    WORTH_A_LOOK_BYTES,
    AnalysisSettings,
    PullModel,
    RuleTuning,
    UserRule,
)
from auditor.domain.findings import Confidence
from auditor.settings_patterns import matcher
from auditor.settings_sections import Named, Section, Strings, no_tables

_Bytes = Annotated[int, Field(ge=0, le=10**15)]
_Sentence = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Instruction = Literal["", "RUN", "COPY", "ADD", "ENV", "WORKDIR", "VOLUME", "ONBUILD"]


def _check_pattern(pattern: str) -> str:
    matcher(pattern)
    return pattern


class PullSection(Section):
    """How nodes pull: what seconds of a cold start are derived from."""

    bandwidth_mbit_per_second: Annotated[float, Field(gt=0, le=10**6)] = 1000
    parallel_downloads: Annotated[int, Field(ge=1, le=100)] = 3
    pulling_nodes: Annotated[int, Field(ge=1, le=10**6)] = 3

    def to_model(self) -> PullModel:
        """The same as the domain knows it."""
        return PullModel(
            self.bandwidth_mbit_per_second, self.parallel_downloads, self.pulling_nodes
        )


class RuleSection(Section):
    """One rule of the book, or of the user's own, switched off or tuned."""

    enabled: bool = True
    minimum_saving_bytes: _Bytes | None = None
    repositories: Strings = ()
    ignore: Strings = ()

    def to_tuning(self, name: str) -> RuleTuning:
        """The same as the domain knows it; `name` is its table's."""
        return RuleTuning(
            _identifier(name),
            self.enabled,
            self.minimum_saving_bytes,
            self.repositories,
            self.ignore,
        )


class UserRuleSection(Section):
    """A rule of the user's own about build steps."""

    pattern: Annotated[str, AfterValidator(_check_pattern)]
    instruction: _Instruction = "RUN"
    what: _Sentence
    fix: _Sentence
    share: Annotated[float, Field(gt=0, le=1)] = 1
    confidence: Confidence = Confidence.MEDIUM

    def to_rule(self, name: str) -> UserRule:
        """The same as the domain knows it; `name` is its table's."""
        return UserRule(
            _identifier(name),
            self.pattern,
            self.what,
            self.fix,
            self.instruction,
            self.share,
            self.confidence,
        )


class AnalysisSection(Section):
    """What is looked for in images, and what is worth telling."""

    enabled: bool = True
    threshold_bytes: _Bytes = WORTH_A_LOOK_BYTES
    minimum_saving_bytes: _Bytes = LEAST_SAVING_BYTES
    development_names: Strings = DEVELOPMENT_NAMES
    development_environments: Strings = DEVELOPMENT_ENVIRONMENTS
    environment_label: Annotated[str, Field(max_length=200)] = ""
    inventory_file: str = ""
    pull: PullSection = PullSection()
    rule: Named[RuleSection] = Field(default_factory=no_tables)
    user_rule: Named[UserRuleSection] = Field(default_factory=no_tables)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for table, names in (("rule", self.rule), ("user_rule", self.user_rule)):
            spelled: dict[str, str] = {}
            for name in names:
                other = spelled.setdefault(_identifier(name), name)
                if other != name:
                    raise ValueError(f"{table}.{other} and {table}.{name} are one name")
        return self

    def to_settings(self) -> AnalysisSettings:
        """The same as the domain knows it. Whether rules exist is for the rule book to say."""
        return AnalysisSettings(
            is_enabled=self.enabled,
            threshold_bytes=self.threshold_bytes,
            minimum_saving_bytes=self.minimum_saving_bytes,
            development_names=self.development_names,
            development_environments=self.development_environments,
            environment_label=self.environment_label,
            inventory_file=self.inventory_file,
            pull=self.pull.to_model(),
            rules=tuple(one.to_tuning(name) for name, one in self.rule.items()),
            user_rules=tuple(one.to_rule(name) for name, one in self.user_rule.items()),
        )


def _identifier(name: str) -> str:
    """A rule's name; a variable can only write `_` for its `-`."""
    return name.lower().replace("_", "-")
