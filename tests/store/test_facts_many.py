"""Very many facts that change their meaning at once."""

from __future__ import annotations

import pytest

from auditor.domain.manifest import ManifestKind
from auditor.domain.platform import Platform
from auditor.store.facts import save_facts
from auditor.store.tables.facts import ImageRow, ManifestRow
from tests.store.bench import Bench
from tests.store.pieces import MOST_PARAMETERS
from tests.store.things import config, image

pytestmark = pytest.mark.usefixtures("small_pieces")


def test_one_config_makes_artifacts_of_very_many_images(bench: Bench) -> None:
    """It was not readable until now, and says that none of them is for anything."""
    of = config("config", platform=Platform("unknown", "unknown"))
    images = [image(f"{number}", of=of) for number in range(MOST_PARAMETERS + 1)]
    with bench.database.writing() as connection:
        save_facts(connection, images, [])
    assert len(bench.table(ImageRow)) == len(images)
    with bench.statements() as told, bench.database.writing() as connection:
        save_facts(connection, [], [of])
    assert bench.table(ImageRow) == []
    assert {row["kind"] for row in bench.table(ManifestRow)} == {ManifestKind.ARTIFACT.value}
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
