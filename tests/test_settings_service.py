from __future__ import annotations

import pytest

from auditor.domain.errors import SettingsError
from auditor.domain.schedules import Kind
from auditor.settings import Settings, load_settings


def load(**keys: str) -> Settings:
    variables = {f"AUDITOR_{key.upper()}": value for key, value in keys.items()}
    return load_settings(config_file=None, environment=variables, overrides={}).settings


def test_what_is_not_said_of_a_schedule_is_as_usual() -> None:
    schedules = load(schedules__digest__zone="America/New_York").schedules
    assert schedules.of(Kind.DIGEST).cron == "0 8 * * MON"
    assert schedules.of(Kind.DIGEST).zone == "America/New_York"
    assert schedules.of(Kind.CRAWL).cron == "30 2 * * *"
    assert all(schedules.of(kind).enabled for kind in Kind)


@pytest.mark.parametrize(
    "key,value,reason",
    [
        ("schedules__crawl__cron", "0 8 * *", "five fields"),
        ("schedules__crawl__cron", "0 25 * * *", "bad hour"),
        ("schedules__crawl__zone", "Mars/Olympus", "no time zone"),
        ("schedules__crawls__cron", "0 8 * * *", "did you mean schedules.crawl"),
        ("schedules__crawl__crone", "0 8 * * *", "did you mean schedules.crawl.cron"),
        ("service__runner", "celery", "service.runner"),
        ("service__concurrency", "0", "service.concurrency"),
    ],
)
def test_what_cannot_be_is_refused_by_name(key: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        load(**{key: value})
