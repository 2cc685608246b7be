from __future__ import annotations

import threading

import pytest

from auditor.domain.hints import Hint
from auditor.store import hints as kept
from auditor.store.engine import Database
from tests.store.things import day


def merge(database: Database, at: float, *names: str, registry: str = "r.example") -> int:
    with database.writing() as connection:
        hints = [Hint(name, f"at {at}") for name in names]
        return kept.merge_hints(connection, registry, hints, day(at))


def waiting(database: Database) -> list[tuple[str, str, str, int]]:
    with database.reading() as connection:
        return [
            (one.registry, one.repository, one.reference, one.count)
            for one in kept.list_hints(connection)
        ]


def test_hints_at_one_repository_are_one_row_however_many(database: Database) -> None:
    for at in (2, 1, 3):
        assert merge(database, at, "app", "app", "b") == 2
    assert waiting(database) == [
        ("r.example", "app", "at 3", 3),
        ("r.example", "b", "at 3", 3),
    ]
    with database.reading() as connection:
        first, _ = kept.list_hints(connection)
    assert (first.first_at, first.last_at) == (day(2), day(3))


def test_an_older_hint_does_not_turn_the_last_moment_back(database: Database) -> None:
    for at in (3, 1):
        merge(database, at, "app")
    with database.reading() as connection:
        (hint,) = kept.list_hints(connection)
    assert hint.last_at == day(3)


def test_what_came_after_a_moment_is_not_forgotten(database: Database) -> None:
    merge(database, 1, "app", "b", "c")
    merge(database, 2, "b")
    merge(database, 1, "app", registry="other.example")
    with database.writing() as connection:
        kept.forget_hints(connection, "r.example", ["app", "b"], day(1))
    assert [row[:2] for row in waiting(database)] == [
        ("other.example", "app"),
        ("r.example", "b"),
        ("r.example", "c"),
    ]


def test_a_body_is_new_once_per_source_until_it_is_forgotten(database: Database) -> None:
    def is_new(source: str, body: bytes, at: float = 1) -> bool:
        with database.writing() as connection:
            return kept.note_event(connection, source, body, day(at))

    assert is_new("a", b"1")
    assert not is_new("a", b"1", 2)
    assert is_new("b", b"1")
    assert is_new("a", b"2", 3)
    with database.writing() as connection:
        kept.forget_events(connection, day(2))
    assert is_new("a", b"1")
    assert not is_new("a", b"2")


def test_no_more_than_so_many_repositories_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_HINTED", 3)
    assert merge(database, 1, "a", "b") == 2
    assert merge(database, 2, "b", "c", "d", "e") == 2
    assert [row[1] for row in waiting(database)] == ["a", "b", "c"]
    assert merge(database, 3, "a", "x") == 1
    assert merge(database, 3, "x", registry="other.example") == 1


@pytest.mark.real
def test_senders_at_once_do_not_wait_for_each_other_for_ever(database: Database) -> None:
    names = [f"team/app{number}" for number in range(20)]
    failures: list[BaseException] = []

    def send(seed: int) -> None:
        shuffled = names[seed:] + names[:seed]
        try:
            for _ in range(5):
                merge(database, seed, *shuffled)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert {row[3] for row in waiting(database)} == {20}
