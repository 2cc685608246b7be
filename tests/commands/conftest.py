from __future__ import annotations

import pytest

from tests.commands.fake_use_cases import FakeUseCases


@pytest.fixture
def fakes() -> FakeUseCases:
    return FakeUseCases()
