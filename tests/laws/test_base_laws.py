"""Bases in use: what is kept of them as crawls come and go is what one analysis of all gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.base_views import BasesQuery
from auditor.domain.digest import Digest
from auditor.domain.observation import StorageScope
from auditor.store.engine import Database
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource
from tests.laws.bench import Bench as Tables
from tests.usecases.bench import LISTS_ALL, Bench, day, target

MB = 1_000_000
ANALYSIS = Analysis.from_settings(AnalysisSettings())
