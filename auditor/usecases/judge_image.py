"""One image that somebody looks at, in front of the rules, now."""

from __future__ import annotations

from datetime import datetime

from auditor.analysis.pull_time import saved_seconds
from auditor.domain.digest import Digest
from auditor.domain.finding_views import ImageFindings
from auditor.domain.findings import Claim
from auditor.store.engine import Connection
from auditor.store.image_reads import find_base_by_digest
from auditor.usecases.analyse import Analysis
from auditor.usecases.judge_images import ImageJudge


def find_in_image(
    connection: Connection, analysis: Analysis, digest: Digest, repository: str, now: datetime
) -> ImageFindings | None:
    """What the rules find in the image with this digest; None where it is not stored."""
    stored = find_base_by_digest(connection, digest, None)
    if stored is None:
        return None
    around = analysis.around
    judge = ImageJudge.of_one(connection, analysis.choice, now, around.platform, stored.manifest_id)
    image = judge.judge([stored.manifest_id], repository)[0]
    findings = judge.told_of(image, repository)
    claims: dict[int, int] = {}
    for one in findings:
        for claim in one.claims:
            claims[claim.layer] = claims.get(claim.layer, 0) + claim.size_bytes
    seconds = saved_seconds(
        image.facts.layers,
        [Claim(*pair) for pair in claims.items()],
        sum(one.added_bytes for one in findings),
        around.pull,
    )
    return ImageFindings(findings, sum(one.pull_saving_bytes for one in findings), seconds)
