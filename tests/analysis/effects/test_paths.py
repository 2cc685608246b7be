from auditor.analysis.effects.acts import Act, StepActs
from auditor.analysis.effects.paths import (
    copied_to,
    covers,
    downloads,
    name_in_url,
    option,
    removed_paths,
    swept_folders,
    written_folder,
)
from auditor.analysis.image_facts import BuildStep


def act(text: str, folder: str = "/src") -> Act:
    name, *arguments = text.split()
    return Act(name, tuple(arguments), folder)


def test_options_are_read_in_all_their_spellings() -> None:
    names = ("-o", "--output")
    assert option(("-o", "x"), names) == "x"
    assert option(("-fsSLo", "x"), names) == "x"
    assert option(("--output", "x"), names) == "x"
    assert option(("--output=x",), names) == "x"
    assert option(("-x1o", "x"), names) == ""
    assert option(("-o",), names) == ""
    assert option((), names) == ""


def test_the_name_in_a_url_is_its_last_part() -> None:
    assert name_in_url("https://h/a/b.tgz?x=/y#z") == "b.tgz"
    assert name_in_url("https://h/a/") == "a"


def test_downloads_are_known_by_option_redirection_or_url() -> None:
    assert list(downloads(act("wget https://h/a.tgz https://h/b.tgz -q"))) == [
        "/src/a.tgz",
        "/src/b.tgz",
    ]
    assert list(downloads(act("aria2c -d /x -o y https://h/a.tgz"))) == ["/x/y"]
    assert list(downloads(act("curl -sSOL https://h/a.tgz"))) == ["/src/a.tgz"]
    assert list(downloads(act("curl --output-dir /x -O https://h/a.tgz"))) == ["/x/a.tgz"]
    assert list(downloads(act("curl https://h/a.tgz"))) == []
    assert list(downloads(act("make https://h/a.tgz"))) == []
    piped = Act("curl", ("https://h/a",), "/src", ((">", "b.tgz"), ("2>", "log")))
    assert list(downloads(piped)) == ["/src/b.tgz"]


def test_removed_paths_are_absolute_and_may_be_patterns() -> None:
    assert list(removed_paths(act("rm -rf a /b/*"))) == ["/src/a", "/b/*"]
    assert list(removed_paths(act("unlink a"))) == ["/src/a"]
    assert list(removed_paths(act("mv a b"))) == []


def test_find_sweeps_folders_it_deletes_in() -> None:
    assert list(swept_folders(act("find /a b -name x -delete"))) == ["/a", "/src/b"]
    assert list(swept_folders(act("find /a"))) == []
    assert list(swept_folders(act("find . -exec rm {} +"))) == ["/src"]
    all_words = Act("find", ("/a", "rm"), "/src")
    assert list(swept_folders(all_words)) == ["/a", "/src/rm"]


def test_a_removal_covers_what_is_below() -> None:
    assert covers("/a", "/a")
    assert covers("/a/", "/a/b")
    assert covers("/a/*", "/a/b/c")
    assert covers("/a/*.tgz", "/a/b.tgz")
    assert not covers("/a", "/ab")
    assert not covers("/a/*.tgz", "/a/b.zip")
    assert not covers("/a/b*", "/a/c")
    assert covers("/", "/a")


def test_unpackers_and_clones_write_to_a_folder() -> None:
    assert written_folder(act("tar -xf a.tgz -C /opt")) == "/opt"
    assert written_folder(act("tar xf a.tgz")) == "/src"
    assert written_folder(act("unzip a.zip -d x")) == "/src/x"
    assert written_folder(act("git clone https://h/x.git")) == "/src/x"
    assert written_folder(act("git clone https://h/x.git /y")) == "/y"
    assert written_folder(act("git pull")) == ""
    assert written_folder(act("make")) == ""


def test_a_copy_goes_to_a_folder_or_to_a_file_in_it() -> None:
    def to(*words: str) -> str:
        return copied_to(StepActs(BuildStep("COPY", "COPY", arguments=words), "/app"))

    assert to("a.txt", "/x/") == "/x/a.txt"
    assert to("a.txt", ".") == "/app/a.txt"
    assert to("a.txt", "b.txt") == "/app/b.txt"
    assert to("lib", "/x/") == "/x"
    assert to("*.jar", "/x/") == "/x"
    assert to("file:12ab", "/x/") == "/x"
    assert to("a", "b", "/x/") == "/x"
    assert to("a") == ""
    assert copied_to(StepActs(BuildStep("RUN", "RUN x", arguments=("a", "b")), "/")) == ""
