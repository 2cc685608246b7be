"""What the parts of the program were given, for tests that every setting arrives somewhere."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.analysis.image_facts import BuildStep, ImageFacts, LayerFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.digest import Digest
from auditor.domain.findings import Finding
from auditor.domain.outlook import Budget
from auditor.domain.owners import OwnerRule
from auditor.domain.price_book import PriceEntry
from auditor.domain.price_terms import PriceTerms
from auditor.domain.units import Price
from auditor.registry.options import ClientOptions
from auditor.scheduler.embedded import EmbeddedRunner
from auditor.scheduler.service import Service
from auditor.settings import Settings
from auditor.settings_service import SchedulesSection
from auditor.usecases.analyse import Analysis
from auditor.usecases.browse import Browse
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget
from auditor.usecases.judge_repository import Surroundings
from auditor.usecases.ledger import Ledger, open_ledger
from auditor.usecases.prices import Prices


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the parts of the program were given."""

    settings: Settings
    target: CrawlTarget
    limits: CrawlLimits
    browse: Browse
    serves_at: tuple[str, int, int]
    works: int
    service: Service

    @property
    def schedules(self) -> SchedulesSection:
        return self.service.settings.schedules

    @property
    def options(self) -> ClientOptions:
        return self.target.options

    @property
    def secret(self) -> str:
        return self.target.credential.password if self.target.credential else ""

    @property
    def username(self) -> str:
        return self.target.credential.username if self.target.credential else ""

    @property
    def rule(self) -> OwnerRule:
        return self.settings.owners.to_rules()[0]

    @property
    def budget(self) -> Budget:
        return self.settings.budgets["name"].to_budget("name")

    @property
    def engine(self) -> Analysis:
        found = self.browse.analysis()
        assert found is not None
        return found

    @property
    def around(self) -> Surroundings:
        return self.engine.around

    @property
    def own_rule(self) -> Rule:
        return next(one for one in self.engine.choice.rules if one.info.identifier == "name")

    @property
    def finding(self) -> Finding:
        """What the user's own rule says of a step with its pattern."""
        step = BuildStep("RUN", "curl x", layer=0, size_bytes=100)
        digest = Digest.of(b"image")
        layers = (LayerFacts(digest, 100, "application/vnd.oci.image.layer.v1.tar+gzip"),)
        return next(iter(self.own_rule.find(ImageFacts(digest, layers, (step,)))))

    def looks_at(self, repository: str) -> bool:
        """Whether the user's own rule does."""
        rules = self.engine.choice.for_repository(repository)
        return "name" in [rule.info.identifier for rule in rules]

    @property
    def ledger(self) -> Ledger:
        opened = open_ledger(self.settings)
        opened.database.dispose()
        return opened

    def terms(self, registry: str) -> PriceTerms:
        return Prices.from_settings(self.settings).terms(registry)

    def entry(self, registry: str) -> str:
        return self.terms(registry).entries[0].key

    @property
    def own(self) -> PriceEntry:
        return self.settings.price_book["name"].to_entry("name")

    def price(self, registry: str) -> Price:
        return Prices.from_settings(self.settings).of(registry)


def look_seconds(service: Service) -> float:
    assert isinstance(service.runner, EmbeddedRunner)
    return service.runner.look_seconds
