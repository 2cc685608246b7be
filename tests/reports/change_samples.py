"""An explained change with every kind of part, one of them by a hostile name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from auditor.domain.change import (
    ChangedFigure,
    ChangeKind,
    ChangePart,
    Contributor,
    ExplainedChange,
    Figures,
)
from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness

START = datetime(2026, 2, 1, 23, 59, tzinfo=UTC)
END = datetime(2026, 3, 1, 12, tzinfo=UTC)
APP = "team/app"
HOSTILE_TAG = "=1+1\x1b[31m"


def digest(text: str) -> Digest:
    return Digest.of(text.encode())


PARTS = (
    ChangePart(
        ChangeKind.NEW_TAGS,
        412_000_000,
        0,
        (
            Contributor(APP, "1.4", digest("1.4"), 411_999_000),
            Contributor(APP, HOSTILE_TAG, digest("odd"), 1_000),
        ),
    ),
    ChangePart(
        ChangeKind.NEW_IMAGES,
        64_112_004,
        18_344_821,
        (Contributor(APP, "latest", digest("latest"), 45_767_183),),
    ),
    ChangePart(
        ChangeKind.BASE_MOVES,
        29_126_278,
        31_417_000,
        (Contributor(APP, "latest", digest("latest"), -2_290_722),),
    ),
    ChangePart(
        ChangeKind.UNTAGGED, 2_048, 0, (Contributor(APP, None, digest("signature"), 2_048),)
    ),
    ChangePart(
        ChangeKind.REMOVALS, 0, 187_332_901, (Contributor(APP, "0.9", digest("0.9"), -187_332_901),)
    ),
    ChangePart(ChangeKind.SIZES, 3, 0, (Contributor("", None, digest("disputed"), 3),)),
    ChangePart(ChangeKind.OTHER),
)


def change(
    registry: str = "registry.example.com",
    repository: str = APP,
    *,
    exactness: Exactness = Exactness.ESTIMATED,
) -> ExplainedChange:
    """Stored bytes of a month."""
    net = sum(part.net_bytes for part in PARTS)
    figures = Figures(1_830_000_000, 1_830_000_000 + net, exactness)
    return ExplainedChange(START, END, ChangedFigure.STORED, figures, PARTS, registry, repository)


def team_change(team: str = "Payments", registry: str = "") -> ExplainedChange:
    """The fair share of a team in two registries."""
    parts = tuple(
        replace(
            part,
            contributors=tuple(
                replace(one, registry=f"registry{place}.example")
                for place, one in enumerate(part.contributors)
            ),
        )
        for part in PARTS
    )
    shared = ChangePart(
        ChangeKind.SHARED,
        0,
        1_000,
        (Contributor("", None, digest("shared"), -1_000, "registry0.example"),),
    )
    parts = (*parts[:-2], shared, *parts[-2:])
    net = sum(part.net_bytes for part in parts)
    figures = Figures(512_000_000, 512_000_000 + net)
    return ExplainedChange(
        START, END, ChangedFigure.FAIR_SHARE, figures, parts, registry, team=team
    )


def quiet_change() -> ExplainedChange:
    """A group that was charged the same at both dates."""
    parts = tuple(ChangePart(kind) for kind in ChangeKind)
    figures = Figures(512, 512)
    return ExplainedChange(START, END, ChangedFigure.FAIR_SHARE, figures, parts)
