from __future__ import annotations

from auditor.reports import as_json
from auditor.reports.anomaly_forms import anomaly_document, anomaly_lines
from tests.reports import anomaly_samples
from tests.reports.approved import assert_matches_snapshot


def test_anomalies_for_machines_are_as_approved() -> None:
    report = anomaly_samples.report()
    assert_matches_snapshot("anomalies.json", as_json.dump(anomaly_document(report)))
    assert_matches_snapshot("anomalies.csv", "".join(anomaly_lines(report)))
