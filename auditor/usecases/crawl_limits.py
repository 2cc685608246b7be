"""From settings to how crawls behave."""

from __future__ import annotations

from auditor.settings import Settings
from auditor.usecases.analyse import Analysis
from auditor.usecases.crawl_registry import CrawlLimits


def analysis_of(settings: Settings) -> Analysis | None:
    """How images are analysed; None where that is switched off. Raises SettingsError."""
    wanted = settings.analysis.to_settings()
    return Analysis.from_settings(wanted, settings.platform) if wanted.is_enabled else None


def crawl_limits(settings: Settings) -> CrawlLimits:
    """How crawls behave by these settings. Raises SettingsError."""
    return CrawlLimits(
        concurrency=settings.crawl.concurrency,
        recheck_days=settings.crawl.recheck_days,
        guard_ratio=settings.crawl.removal_guard_percent / 100,
        ask_referrers=settings.crawl.ask_referrers,
        platform=settings.platform,
        keep_months=settings.history.keep_months,
        analysis=analysis_of(settings),
    )
