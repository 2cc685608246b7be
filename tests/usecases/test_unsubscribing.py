from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.outbox import Unsubscribed
from auditor.store import outbox
from auditor.usecases.unsubscribing import Leaving, Unsubscribing, recipient_key
from tests.usecases.bench import Bench, day

ANN = Leaving("ann@example.com", "Päyments & <co>")


@pytest.fixture
def unsubscribing(either_bench: Bench) -> Unsubscribing:
    return Unsubscribing(either_bench.database, lambda: "a key", clock=lambda: day(1))


def gone(one: Unsubscribing) -> list[Unsubscribed]:
    with one.database.reading() as connection:
        return list(outbox.list_unsubscribed(connection))


def test_a_link_leaves_one_digest_and_coming_back_undoes_it(unsubscribing: Unsubscribing) -> None:
    token = unsubscribing.token(ANN)
    assert unsubscribing.read(token) == ANN
    assert gone(unsubscribing) == []
    for _ in range(2):
        assert unsubscribing.leave(token) == ANN
    assert gone(unsubscribing) == [Unsubscribed(ANN.recipient, ANN.audience, day(1))]
    assert unsubscribing.come_back("Ann@Example.com") == 1
    assert unsubscribing.come_back("ann@example.com") == 0


def test_a_link_that_we_did_not_make_does_nothing(unsubscribing: Unsubscribing) -> None:
    token = unsubscribing.token(ANN)
    other = Unsubscribing(unsubscribing.database, lambda: "another key").token(ANN)
    payload, _, signature = token.rpartition(".")
    bad = ["", token[:-1], other, f"{payload}x.{signature}", f"{token}.", "é", "." * 5000]
    for one in bad:
        with pytest.raises(UsageError, match="not whole"):
            unsubscribing.leave(one)
    assert gone(unsubscribing) == []


def test_capitals_make_no_second_recipient() -> None:
    assert recipient_key("Ann@Example.COM") == recipient_key("ann@example.com")
