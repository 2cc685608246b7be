from __future__ import annotations

from auditor.domain.manifest import ManifestKind
from auditor.sample.built import BuiltPair, Measure, load_built
from tests.oracles.pairs import Prediction, compare, decoded, measured_bytes, shortfalls


def exact(pair: BuiltPair) -> Prediction:
    return Prediction(measured_bytes(pair))


def test_what_is_foretold_exactly_leaves_nothing_to_say() -> None:
    for measure in (Measure.PULL, Measure.RELEASE):
        rows = compare(exact, measure)
        assert {row.error for row in rows} == {0}
        assert shortfalls(rows) == []
    assert len(compare(exact)) >= 20
    assert len(compare(exact, Measure.RELEASE)) >= 4


def test_predictions_that_are_often_off_fall_short() -> None:
    rows = compare(lambda pair: Prediction(round(measured_bytes(pair) * 1.15)))
    assert shortfalls(rows) == ["half of the predictions are 15% off or more"]


def test_one_prediction_that_is_far_off_is_named() -> None:
    odd = "apt-lists-kept"

    def predict(pair: BuiltPair) -> Prediction:
        return Prediction(0) if pair.name == odd else exact(pair)

    rows = compare(predict)
    (said,) = shortfalls(rows)
    assert said == f"{odd}: 0 for {rows[0].measured_bytes:,} bytes (100% off)"


def test_a_prediction_that_said_it_was_unsure_may_be_far_off() -> None:
    def predict(pair: BuiltPair) -> Prediction:
        is_odd = pair.name == "apt-lists-kept"
        return Prediction(0, is_low_confidence=True) if is_odd else exact(pair)

    assert shortfalls(compare(predict)) == []


def test_pairs_can_be_chosen() -> None:
    some = [pair for pair in load_built().pairs if "apt-lists-kept" in pair.shows]
    assert {row.pair for row in compare(exact, pairs=some)} <= {pair.name for pair in some}


def test_images_can_be_decoded_as_a_crawl_does() -> None:
    for image in load_built().images:
        manifest, config = decoded(image)
        assert manifest.kind is ManifestKind.IMAGE
        layers = [(layer.digest, layer.size_bytes) for layer in manifest.layers]
        assert layers == [(layer.digest, layer.size_bytes) for layer in image.layers]
        assert len(config.diff_ids) == len(layers)
        made = [entry for entry in config.history if not entry.is_empty_layer]
        assert len(made) == len(layers), image.name
