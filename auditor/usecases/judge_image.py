"""One image that somebody looks at, in front of the rules, now."""

from __future__ import annotations

from datetime import datetime

from auditor.analysis.pull_time import PullModel, saved_seconds
from auditor.domain.digest import Digest
from auditor.domain.finding_views import ImageFindings
from auditor.domain.findings import Claim
from auditor.store.engine import Connection
from auditor.store.image_reads import find_manifest_id
from auditor.usecases.analyse import Analysis
from auditor.usecases.judge_images import ImageJudge, JudgedImage


def find_in_image(
    connection: Connection, analysis: Analysis, digest: Digest, repository: str, now: datetime
) -> ImageFindings | None:
    """What the rules find in the image with this digest; None where it is not stored."""
    manifest_id = find_manifest_id(connection, digest)
    if manifest_id is None:
        return None
    around = analysis.around
    judge = ImageJudge.of_one(connection, analysis.choice, now, around.platform, manifest_id)
    image = judge.judge([manifest_id], repository)[0]
    return findings_of(judge, image, repository, around.pull)


def findings_of(
    judge: ImageJudge, image: JudgedImage, repository: str, pull: PullModel
) -> ImageFindings:
    """What is told of an image that was judged, and what that saves together."""
    findings = judge.told_of(image, repository)
    claims: dict[int, int] = {}
    for one in findings:
        for claim in one.claims:
            claims[claim.layer] = claims.get(claim.layer, 0) + claim.size_bytes
    seconds = saved_seconds(
        image.facts.layers,
        [Claim(*pair) for pair in claims.items()],
        sum(one.added_bytes for one in findings),
        pull,
    )
    return ImageFindings(findings, sum(one.pull_saving_bytes for one in findings), seconds)
