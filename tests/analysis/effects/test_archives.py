from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.archives import archive_share, is_archive, unpacked


def test_archives_are_known_by_their_names() -> None:
    assert is_archive("/x/A.TAR.GZ")
    assert not is_archive("/app.jar")
    assert archive_share("/a.tar.xz") == 0.43
    assert archive_share("/a.txt") == 0.0


def test_what_is_unpacked_is_told_from_what_is_packed() -> None:
    assert unpacked(Act("tar", ("xf", "a.tgz"), "/x")) == ("/x/a.tgz",)
    assert unpacked(Act("tar", ("-c", "-f", "a.tgz"), "/x")) == ()
    assert unpacked(Act("cat", ("a.tgz",), "/x")) == ()
