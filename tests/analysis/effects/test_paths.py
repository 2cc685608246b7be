import pytest

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.paths import downloads, option, swept_folders


@pytest.mark.parametrize(
    "words, value",
    [
        (("-o", "x"), "x"),
        (("-fsSLo", "x"), "x"),
        (("--output=x",), "x"),
        (("--output", "x"), "x"),
        (("-O", "x"), ""),
        ((), ""),
    ],
)
def test_an_options_value_is_found_however_it_is_written(
    words: tuple[str, ...], value: str
) -> None:
    assert option(words, ("-o", "--output")) == value


def test_curl_writes_a_file_only_when_told_to() -> None:
    url = "https://host.example/a.tgz?x=1"
    assert list(downloads(Act("curl", (url,), "/"))) == []
    assert list(downloads(Act("curl", ("--remote-name", url), "/srv"))) == ["/srv/a.tgz"]
    assert list(downloads(Act("curl", ("-o", "-", url), "/"))) == []
    assert list(downloads(Act("cat", (url,), "/"))) == []


def test_find_sweeps_the_folders_it_is_given() -> None:
    act = Act("find", ("/a", "b", "-name", "x", "-delete"), "/w")
    assert list(swept_folders(act)) == ["/a", "/w/b"]
    assert list(swept_folders(Act("find", ("/a", "rm"), "/"))) == ["/a", "/rm"]
    assert list(swept_folders(Act("find", ("/a",), "/"))) == []
