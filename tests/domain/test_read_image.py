from __future__ import annotations

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.read_image import NOT_MEASURED, LayerMeasure, ReadImage

LAYERS = tuple(Descriptor("tar", Digest.of(name), 5) for name in (b"1", b"2"))
MANIFEST = Manifest(Digest.of(b"m"), "type", 9, ManifestKind.IMAGE, layers=LAYERS)


def test_an_image_of_a_registry_is_exact_and_its_unpacked_size_unknown() -> None:
    image = ReadImage("a:1", "a", MANIFEST, None, None)
    assert image.measured == (NOT_MEASURED, NOT_MEASURED)
    assert (image.unpacked_bytes, image.is_estimated) == (None, False)


def test_unpacked_bytes_are_known_where_every_layer_was_measured() -> None:
    whole = ReadImage("a", "", MANIFEST, None, None, (LayerMeasure(3, is_estimated=True),) * 2)
    part = ReadImage("a", "", MANIFEST, None, None, (LayerMeasure(3), NOT_MEASURED))
    assert (whole.unpacked_bytes, whole.is_estimated) == (6, True)
    assert (part.unpacked_bytes, part.is_estimated) == (None, False)
