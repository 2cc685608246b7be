from __future__ import annotations

import json

from auditor.domain.base_fleet import BaseVersion, FleetStep, FleetSwap
from auditor.domain.base_plain import (
    KnownUse,
    use_from_plain,
    use_to_plain,
    versions_from_plain,
    versions_to_plain,
)
from auditor.domain.bases import BaseLayer
from auditor.domain.digest import Digest
from auditor.domain.platform import DEFAULT_PLATFORM

LAYER = BaseLayer(Digest.of(b"layer"), 40)
SWAP = FleetSwap("b:1", 30, ("Mind.",), 2, 10, 30, 5, 2, (FleetStep("s", "team/a", -30, -30),))


def test_a_use_survives_json() -> None:
    for use in (
        KnownUse(("a:1", "a:2"), DEFAULT_PLATFORM, (LAYER,), "debian:trixie", True, SWAP, (LAYER,)),
        KnownUse((), None, (LAYER,)),
    ):
        assert use_from_plain(json.loads(json.dumps(use_to_plain(use)))) == use


def test_versions_survive_json() -> None:
    versions = (BaseVersion(("a:1",), 40, 10, 3), BaseVersion((), 20, 20, 1))
    assert versions_from_plain(json.loads(json.dumps(versions_to_plain(versions)))) == versions
