"""Which rules look at which repository: the rule book, rules of one's own, and the settings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.analysis.rules.rule import Rule
from auditor.domain.analysis_settings import AnalysisSettings, RuleTuning
from auditor.domain.errors import SettingsError
from auditor.domain.globs import matches_any
from auditor.usecases.user_rules import rule_of


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """The rules that are switched on, in the order of the book, the user's own after them."""

    rules: tuple[Rule, ...]
    tunings: Mapping[str, RuleTuning]
    least_saving_bytes: int

    @property
    def names(self) -> frozenset[str]:
        """Identifiers of all of them."""
        return frozenset(rule.info.identifier for rule in self.rules)

    def for_repository(self, repository: str) -> tuple[Rule, ...]:
        """Those that look at a repository; by its name alone, without the registry."""
        return tuple(rule for rule in self.rules if self._looks_at(rule, repository))

    def has(self, identifier: str) -> bool:
        """Whether this rule is switched on."""
        return any(rule.info.identifier == identifier for rule in self.rules)

    def looks_at(self, identifier: str, repository: str) -> bool:
        """Whether this rule is on and looks at a repository."""
        return any(
            rule.info.identifier == identifier and self._looks_at(rule, repository)
            for rule in self.rules
        )

    def minimum_saving_bytes(self, identifier: str) -> int:
        """Below how many bytes a finding of this rule is not told."""
        tuning = self.tunings.get(identifier)
        own = tuning.minimum_saving_bytes if tuning else None
        return self.least_saving_bytes if own is None else own

    def _looks_at(self, rule: Rule, repository: str) -> bool:
        tuning = self.tunings.get(rule.info.identifier)
        if tuning is None:
            return True
        is_meant = not tuning.repositories or matches_any(tuning.repositories, repository)
        return is_meant and not matches_any(tuning.ignore, repository)


def choose_rules(book: Iterable[Rule], settings: AnalysisSettings) -> RuleChoice:
    """The rules to run. Raises SettingsError for a rule that is not in the book."""
    shipped = {rule.info.identifier: rule for rule in book}
    own = {one.identifier: rule_of(one) for one in settings.user_rules}
    for name in own:
        if name in shipped:
            raise SettingsError(
                f"analysis.user_rule.{name}: a shipped rule has this name",
                next_step="choose another name for your rule",
            )
    everything = {**shipped, **own}
    for tuning in settings.rules:
        if tuning.identifier not in everything:
            raise _unknown(tuning.identifier, everything)
    tunings = {one.identifier: one for one in settings.rules}
    rules = tuple(
        rule
        for name, rule in everything.items()
        if settings.is_enabled and (name not in tunings or tunings[name].is_enabled)
    )
    return RuleChoice(rules, tunings, settings.minimum_saving_bytes)


def _unknown(name: str, known: Iterable[str]) -> SettingsError:
    near = difflib.get_close_matches(name, list(known), n=1)
    step = f"did you mean analysis.rule.{near[0]}?" if near else "see docs/reference/rules"
    return SettingsError(f"analysis.rule.{name}: there is no such rule", next_step=step)
