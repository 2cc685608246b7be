"""A receiver of pushes that keeps what it got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.domain.errors import StoreError
from auditor.domain.hints import PushAnswer, PushRequest


@dataclass
class FakePushes:
    answer: PushAnswer = field(default_factory=lambda: PushAnswer(202, "taken", 1))
    got: list[tuple[str, PushRequest]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    fails: bool = False

    def receive(self, name: str, request: PushRequest) -> PushAnswer:
        self.got.append((name, request))
        if self.fails:
            raise StoreError("the database failed: SECRETS")
        self.meanwhile()
        return self.answer
