"""A first crawl: our rate and CPU per document beside skopeo's and the server's limit."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.generate import Plan, generate
from benchmarks.measure import Cost
from benchmarks.peers import Peers
from benchmarks.server import serve

LIMIT_SHARE_TARGET = 0.5
CPU_MILLISECONDS_TARGET = 1.0
_SKOPEO_IMAGES = 100
_SMALLEST = Plan(repositories=1, tags=1)


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of everybody, one after the other."""

    start: Cost
    ours: Cost
    skopeo: Cost
    limit: Cost
    server: Cost

    @property
    def crawl(self) -> Cost:
        """Our run less starting up: interpreter, imports, a new database, the printing."""
        return self.ours.without(self.start)


def crawl_section(plan: Plan, *, rounds: int, wrk_seconds: int) -> Iterator[str]:
    """Lines of the report, as they become known."""
    measured: list[Round] = []
    with _two_registries(plan) as (small, large):
        yield (
            f"First crawl of {plan.repositories} repositories x {plan.tags} tags on "
            f"docker-registry: {2 * len(large.images)} documents (manifests and configs)"
        )
        large.wrk(wrk_seconds)  # the server has seen every file before anybody is measured
        for number in range(rounds):
            measured.append(_round(small, large, wrk_seconds))
            yield f"  round {number + 1} of {rounds}: {_in_one_line(measured[-1])}"
    yield from _table(measured)
    yield from _verdicts(measured)


@contextlib.contextmanager
def _two_registries(plan: Plan) -> Iterator[tuple[Peers, Peers]]:
    """One with a single image, to know what starting costs, and the one that counts."""
    with contextlib.ExitStack() as stack:
        peers = []
        for each in (_SMALLEST, plan):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            images = generate(folder / "storage", each)
            peers.append(Peers(stack.enter_context(serve(folder)), images, folder))
        yield peers[0], peers[1]


def _round(small: Peers, large: Peers, wrk_seconds: int) -> Round:
    start, ours = small.ours(), large.ours()
    skopeo = large.skopeo(_SKOPEO_IMAGES)
    limit, server = large.wrk(wrk_seconds)
    return Round(start, ours, skopeo, limit, server)


def _in_one_line(turn: Round) -> str:
    rates = (("ours", turn.crawl), ("skopeo", turn.skopeo), ("wrk", turn.limit))
    return ", ".join(f"{name} {cost.rate:.0f}/s" for name, cost in rates)


def _table(measured: Sequence[Round]) -> Iterator[str]:
    yield ""
    yield f"  {'median (least to most)':34}{'documents/s':>24}{'CPU ms/document':>26}"
    for name, costs in (
        ("auditor audit, starting left out", [each.crawl for each in measured]),
        ("auditor audit, whole process", [each.ours for each in measured]),
        ("skopeo inspect, 4 jobs", [each.skopeo for each in measured]),
        ("wrk, 16 connections (the limit)", [each.limit for each in measured]),
        ("docker-registry, serving wrk", [each.server for each in measured]),
    ):
        rates = _spread((each.rate for each in costs), 0)
        cpu = _spread((each.cpu_milliseconds for each in costs), 2)
        yield f"  {name:34}{rates:>24}{cpu:>26}"
    yield ""


def _verdicts(measured: Sequence[Round]) -> Iterator[str]:
    """Shares are taken within a round, where both sides met the same machine."""
    share = median(each.crawl.rate / each.limit.rate for each in measured)
    whole_share = median(each.ours.rate / each.limit.rate for each in measured)
    cpu = median(each.ours.cpu_milliseconds for each in measured)
    to_server = median(
        each.crawl.cpu_milliseconds / each.server.cpu_milliseconds for each in measured
    )
    faster = median(each.crawl.rate / each.skopeo.rate for each in measured)
    cheaper = median(each.skopeo.cpu_milliseconds / each.ours.cpu_milliseconds for each in measured)
    yield (
        f"  share of the limit      {share:5.2f}   target >= {LIMIT_SHARE_TARGET}"
        f"   {_met(share >= LIMIT_SHARE_TARGET)}   (with starting: {whole_share:.2f})"
    )
    yield (
        f"  CPU ms per document     {cpu:5.2f}   target <= {CPU_MILLISECONDS_TARGET}"
        f"   {_met(cpu <= CPU_MILLISECONDS_TARGET)}   (whole process, starting included)"
    )
    yield f"  our CPU / the server's  {to_server:5.2f}   (starting left out)"
    yield f"  times skopeo's rate     {faster:5.1f}"
    yield f"  skopeo's CPU / ours     {cheaper:5.1f}"


def _spread(values: Iterable[float], decimals: int) -> str:
    known = sorted(values)
    middle, least, most = (f"{each:.{decimals}f}" for each in (median(known), known[0], known[-1]))
    return f"{middle} ({least} to {most})"


def _met(is_met: bool) -> str:  # noqa: FBT001 - reads as a question
    return "met   " if is_met else "missed"
