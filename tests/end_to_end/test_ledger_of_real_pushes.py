"""Sixteen months of real pushes: every month's bill against a recomputation in plain Python.

The replay goes the whole way: sample registry, HTTP, crawler, store, ledger. The other side
reads the same documents from the sample, and shares no code with what it checks.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.domain.costs import CostRow, LedgerQuery
from auditor.domain.ledger import Allocation, Period
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.domain.views import RankBy, Ranking, RankQuery
from auditor.sample.library import Library
from auditor.sample.server import history_moments
from auditor.settings import Settings, load_settings
from auditor.store.engine import Database
from auditor.usecases.browse import Browse
from auditor.usecases.ledger import Ledger, open_ledger
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from auditor.usecases.prune_history import prune_history
from auditor.usecases.send_digest import send_digests
from auditor.usecases.write_digest import DigestWriter
from tests.end_to_end.program import Auditor
from tests.servers.mail import start_mail_server

pytestmark = [pytest.mark.slow, pytest.mark.real]

PRICE = Fraction(23, 1000)  # dollars for a GB and a month
GB = 10**9
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Sizes:
    """Bytes of one repository at one moment."""

    logical: int
    stored: int
    exclusive: int
    fair_share: int


State = Mapping[str, Sizes]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    program = Auditor(tmp_path_factory.mktemp("demo"), is_measured=False)
    replayed = program.run("demo", "--history", "--no-serve")
    assert replayed.code == 0, replayed.err
    opened = open_ledger(Settings(database_url=f"sqlite:///{program.home}/.demo/auditor.db"))
    yield opened
    opened.database.dispose()


def test_the_digest_of_the_last_week_arrives_once_with_growers_and_their_reasons(
    ledger: Ledger,
) -> None:
    with start_mail_server() as server:
        overrides = {
            "mail.host": "127.0.0.1",
            "mail.port": str(server.port),
            "mail.security": "none",
            "mail.sender": "auditor@example.com",
            "web.url": "https://auditor.example.com",
            "digest.recipients.ann.address": "ann@example.com",
            "web.secret_key": "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq",
            "digest.recipients.bob.address": "bob@example.com",
            "digest.zone": "Europe/Paris",
        }
        settings = load_settings(config_file=None, environment={}, overrides=overrides).settings
        for hours in range(3):
            now = history_moments()[-1] + timedelta(hours=hours)
            send_digests(ledger.database, settings, now)
        assert server.recipients == ["ann@example.com", "bob@example.com"]
        digest = DigestWriter.over(ledger, settings).write("", "UTC", history_moments()[-1])
        message = server.mailbox.taken[0][1]
    assert len(digest.growers) == len(digest.news.new) == len(digest.reclaimable) == 5
    assert all(one.cause and one.tag and one.step for one in digest.growers)
    assert any(one.remark for one in digest.growers), "a step that grows from tag to tag"
    assert digest.news.is_first
    assert digest.doubtful == ()
    text = message.get_body(("plain",))
    assert text is not None
    assert message["Subject"].startswith("Registries: 359 GB (+5.2 %), ")
    for one in digest.growers:
        assert one.repository in text.get_content()
    assert len(message.as_bytes()) < 100_000


@pytest.fixture(scope="module")
def states() -> list[tuple[datetime, State]]:
    """What was there from each moment on, from the documents alone."""
    library = Library()
    return [(moment, state_at(library, moment)) for moment in history_moments()]


def state_at(library: Library, moment: datetime) -> State:
    state = library.at(moment)
    sizes_of: dict[str, int] = {}
    manifests: dict[str, list[set[str]]] = {}
    for name in state.tags:
        shelf = library.repository(name, state)
        assert shelf is not None
        held = [
            found
            for digest in shelf.tagged_moments
            if (found := library.manifest(shelf, digest, state)) is not None
        ]
        manifests[name] = []
        for document in held:
            body = json.loads(document.body)
            parts = {document.digest: len(document.body)}
            parts |= {part["digest"]: part["size"] for part in [body["config"], *body["layers"]]}
            sizes_of |= parts
            manifests[name].append(set(parts))
    return figures(manifests, sizes_of)


def figures(manifests: Mapping[str, list[set[str]]], size_of: Mapping[str, int]) -> State:
    blobs = {name: set().union(*each) if each else set() for name, each in manifests.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(blobs, key=str.encode):
        for blob in blobs[name]:
            holders[blob].append(name)
    shares: dict[str, int] = defaultdict(int)
    for blob, names in holders.items():
        share, rest = divmod(size_of[blob], len(names))
        for place, name in enumerate(names):
            shares[name] += share + (place < rest)
    return {
        name: Sizes(
            logical=sum(size_of[blob] for each in manifests[name] for blob in each),
            stored=sum(size_of[blob] for blob in blobs[name]),
            exclusive=sum(size_of[blob] for blob in blobs[name] if len(holders[blob]) == 1),
            fair_share=shares[name],
        )
        for name in manifests
    }


def byte_time(states: list[tuple[datetime, State]], period: Period, size: str) -> dict[str, int]:
    """Byte-microseconds of each repository in a month; each state holds until the next."""
    found: dict[str, int] = defaultdict(int)
    ends = [moment for moment, _ in states[1:]] + [datetime.max.replace(tzinfo=UTC)]
    for (begin, state), end in zip(states, ends, strict=True):
        length = (min(end, period.end) - max(begin, period.start)) // MICROSECOND
        if length > 0:
            for name, sizes in state.items():
                found[name] += getattr(sizes, size) * length
    return {name: time for name, time in found.items() if time}


def split(total: Fraction, weights: Mapping[str, int], places: int) -> dict[str, Fraction]:
    """Largest remainder; names in order break ties."""
    units = round(total * 10**places)
    whole = sum(weights.values())
    quotas = {name: Fraction(units * weight, whole) for name, weight in weights.items()}
    parts = {name: int(quota) for name, quota in quotas.items()}
    missing = units - sum(parts.values())
    by_remainder = sorted(quotas, key=lambda name: parts[name] - quotas[name])
    for name in by_remainder[:missing]:
        parts[name] += 1
    return {name: Fraction(part, 10**places) for name, part in parts.items()}


def months(states: list[tuple[datetime, State]]) -> list[Period]:
    """Every calendar month from the first crawl to the last."""
    found = [Period.month_of(states[0][0])]
    while found[-1].end <= states[-1][0]:
        found.append(Period.month_of(found[-1].end))
    return found


def rows_of(ledger: Ledger, period: Period, allocation: Allocation) -> dict[str, CostRow]:
    return {row.repository: row for row in ledger.costs(LedgerQuery(period, "", allocation))}


def test_every_month_costs_what_the_documents_say(
    ledger: Ledger, states: list[tuple[datetime, State]]
) -> None:
    periods = months(states)
    assert len(periods) == 16
    for period in periods:
        rows = rows_of(ledger, period, Allocation.FAIR_SHARE)
        weights = byte_time(states, period, "fair_share")
        weights = dict(sorted(weights.items(), key=lambda item: item[0].encode()))
        total = Fraction(sum(weights.values()), GB * period.microseconds) * PRICE
        costs = split(total, weights, 4)
        assert {name: Fraction(row.cost) for name, row in rows.items()} == costs
        assert sum((row.cost for row in rows.values()), Decimal(0)) == round(total * 10**4) / (
            Decimal(10**4)
        )


def test_every_month_kept_what_the_documents_say(
    ledger: Ledger, states: list[tuple[datetime, State]]
) -> None:
    for period in months(states):
        usages = {
            row.usage.repository: row.usage.byte_time for row in ledger.usage(LedgerQuery(period))
        }
        for size in ("logical", "stored", "exclusive", "fair_share"):
            expected = byte_time(states, period, size)
            found = {name: getattr(time, size) for name, time in usages.items()}
            assert {name: time for name, time in found.items() if time} == expected, (period, size)


def test_each_way_of_splitting_costs_the_same_together(ledger: Ledger) -> None:
    period = Period.month("2017-06")
    totals = {
        sum((row.cost for row in rows_of(ledger, period, allocation).values()), Decimal(0))
        for allocation in Allocation
    }
    assert len(totals) == 1
    assert totals.pop() > 0


def everything_said(database: Database, since: datetime) -> list[object]:
    """Every month of the history; rankings, the oldest change and the newest from a date on."""
    browse, until = Browse(database, Prices(), DEFAULT_PLATFORM), history_moments()[-1]
    whole = Ledger(database, Prices(), clock=lambda: until + timedelta(days=3))
    moments = [since, *(moment for moment in history_moments() if moment > since)]
    months_said = [
        (list(whole.costs(LedgerQuery(period))), list(whole.usage(LedgerQuery(period))))
        for period in months([(moment, {}) for moment in history_moments()])
    ]
    rankings = [ranking_at(browse, moment) for moment in moments]
    changes = [browse.changes(start=start, end=until) for start in (since, moments[-2])]
    return [months_said, rankings, changes]


def ranking_at(browse: Browse, moment: datetime) -> Ranking:
    return browse.rank(RankQuery(by=RankBy.STORED, limit=None, at=moment))


def test_old_pushes_can_be_let_go_of_and_no_bill_changes(ledger: Ledger, tmp_path: Path) -> None:
    """The database shrinks, although this registry keeps the images that tags move away from."""
    kept = tmp_path / "kept.db"
    with (
        closing(sqlite3.connect(str(ledger.database.engine.url.database))) as demo,
        closing(sqlite3.connect(kept)) as copy,
    ):
        demo.backup(copy)
    before_bytes = kept.stat().st_size
    database = prepare_database(f"sqlite:///{kept}")
    horizon = datetime(2017, 9, 1, tzinfo=UTC)
    before = everything_said(database, horizon)
    done = prune_history(database, 4, now=history_moments()[-1])
    assert done.registries[0].kept_from == horizon
    assert done.registries[0].rows > 9_000
    assert everything_said(database, horizon) == before
    database.compact()
    database.dispose()
    assert kept.stat().st_size < 0.9 * before_bytes
