from __future__ import annotations

import pytest

from auditor.dockerfiles.made import safe_address
from auditor.domain.build_plan import Compile, Download, Folder, Other, Rewrite, Unpack
from tests.fakes.dockerfiles import of_kind

URL = "https://example.com/a.tar.gz"


@pytest.mark.parametrize(
    "command,download",
    [
        (f"curl -fsSLo /srv/a.bin {URL}", Download(URL, "/srv/a.bin")),
        (f"cd /opt && curl -O {URL}", Download(URL, "/opt/a.tar.gz")),
        (f"wget -q -P /srv {URL}", Download(URL, "/srv/a.tar.gz")),
        (f"curl -L {URL} > /x", Download(URL, "/x")),
        (
            f"curl -L {URL} | tar -xz -C /opt",
            Download(URL, "/opt", is_kept=False, unpacked_to="/opt"),
        ),
        (
            f"wget -O /srv/a.tgz {URL} && tar -xzf /srv/a.tgz -C /opt",
            Download(URL, "/srv/a.tgz", unpacked_to="/opt"),
        ),
        (
            f"wget -O /srv/a.zip {URL} && unzip /srv/a.zip -d /opt && rm /srv/a.zip",
            Download(URL, "/srv/a.zip", is_kept=False, unpacked_to="/opt"),
        ),
        (f"curl -o /srv/a.bin {URL} && rm -r /srv/*", Download(URL, "/srv/a.bin", is_kept=False)),
        ("git clone https://example.com/r.git /src", Download("https://example.com/r.git", "/src")),
        ("curl -o /x $SOURCE", Download("$SOURCE", "/x")),
        ("wget -i list -O /x", Download("", "/x")),
    ],
)
def test_downloads_tell_where_to(command: str, download: Download) -> None:
    assert of_kind(f"RUN {command}", Download) == [download]
    assert of_kind(f"RUN {command}", Other) == []


def test_what_goes_nowhere_is_no_download() -> None:
    assert of_kind(f"RUN curl -fsS {URL}; curl {URL} | grep x", Download) == []


@pytest.mark.parametrize(
    "text,safe",
    [
        ("https://user:pass@h:8/a/b?token=1#x", "https://h:8/a/b"),
        ("git@h:r.git", "git@h:r.git"),
        ("https://[::1/x", "https://…"),
        ("https://h/\x1b", "https://h/\\x1b"),
    ],
)
def test_addresses_are_shown_without_secrets(text: str, safe: str) -> None:
    assert safe_address(text) == safe


@pytest.mark.parametrize(
    "command,place",
    [
        ("tar xzf /srv/a.tgz -C /opt", "/opt"),
        ("tar --extract -f /srv/a.tgz -C /opt", "/opt"),
        ("cd /srv && unzip /srv/a.tgz", ""),
        ("cd /srv && unzip /srv/a.zip", "/srv"),
    ],
)
def test_archives_that_were_there_are_unpacked(command: str, place: str) -> None:
    found = of_kind(f"RUN {command}", Unpack)
    assert [one.place for one in found] == [place or "/srv"]
    assert of_kind(f"RUN {command}", Other) == []


def test_packing_an_archive_is_something_else() -> None:
    assert of_kind("RUN tar czf /a.tgz /b", Unpack) == []
    assert len(of_kind("RUN tar czf /a.tgz /b", Other)) == 1


@pytest.mark.parametrize(
    "command,place",
    [
        ("go build -o /out/app ./cmd", "/out/app"),
        ("go build", "/src"),
        ("go install ./...", "/go/bin"),
        ("cargo build --release", "/src/target"),
        ("cargo install ripgrep --root /opt", "/opt"),
        ("cargo install ripgrep", "/usr/local/cargo/bin"),
        ("mvn -q package", "/src/target"),
        ("./gradlew build", "/src/build"),
        ("make -C /lib install PREFIX=/opt", "/opt"),
        ("make install", "/usr/local"),
        ("make -j4", "/src"),
        ("make -C sub", "/src/sub"),
        ("cmake --build build", "/src"),
        ("cmake --install build", "/usr/local"),
        ("javac -d /classes A.java", "/classes"),
        ("dotnet publish -c Release -o /app", "/app"),
        ("npm run build", "/src"),
        ("npx tsc --outDir lib", "/src/lib"),
        ("python -m build", "/src"),
    ],
)
def test_what_is_compiled_lies_where_the_command_says(command: str, place: str) -> None:
    (found,) = of_kind(f"WORKDIR /src\nRUN {command}", Compile)
    assert found.place == place
    assert of_kind(f"WORKDIR /src\nRUN {command}", Other) == []


def test_the_words_of_a_compiler_are_cut() -> None:
    (found,) = of_kind("RUN gcc " + "a" * 5_000, Compile)
    assert len(found.text) == 120


def test_owners_and_modes_of_trees_are_rewritten() -> None:
    assert of_kind("WORKDIR /app\nRUN chown -R a:a . /data && chmod -Rv 755 x", Rewrite) == [
        Rewrite("/app"),
        Rewrite("/data"),
        Rewrite("/app/x"),
    ]
    assert of_kind("RUN chgrp --recursive a /x && chown a /y", Rewrite) == [Rewrite("/x")]


def test_folders_are_made() -> None:
    assert of_kind("RUN mkdir -p -m 700 /data a", Folder) == [Folder("/data"), Folder("/a")]
