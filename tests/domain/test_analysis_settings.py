from __future__ import annotations

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.units import GB, format_bytes


def test_small_images_and_small_savings_are_no_bother_by_default() -> None:
    usual = AnalysisSettings()
    assert format_bytes(usual.threshold_bytes) == "500 MB"
    assert GB > usual.threshold_bytes > usual.minimum_saving_bytes > 0
