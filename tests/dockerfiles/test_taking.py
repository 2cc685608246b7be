from __future__ import annotations

import pytest

from auditor.domain.build_plan import (
    BaseFiles,
    Compile,
    Copy,
    CopyFrom,
    Deed,
    Download,
    Folder,
    InlineFile,
    Install,
    LeftBehind,
    Other,
    Unknown,
    Unpack,
    Upgrade,
)
from tests.fakes.dockerfiles import brought, final

NODE = "WORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"


def taken(build: str, copy: str, base: str = "img:1") -> list[Deed]:
    """What `COPY --from=0 copy` brings of a stage."""
    return brought(final(f"FROM {base}\n{build}\nFROM scratch\nCOPY --from=0 {copy}\n"))


def kinds(build: str, copy: str) -> list[type]:
    return [type(deed) for deed in taken(build, copy)]


@pytest.mark.parametrize(
    "build,copy,place",
    [
        ("RUN pip install a", "/usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages",
         "/usr/local/lib/python3/site-packages"),
        ("RUN pip install --prefix /install a", "/install /usr/local", "/usr/local/lib/python3/site-packages"),
        ("RUN pip install --user a", "/root/.local /home/app/.local", "/home/app/.local/lib/python3/site-packages"),
        ("RUN pip install --target /t a", "/t/ /opt/t", "/opt/t"),
        ("RUN python -m venv /v && /v/bin/pip install a", "/v /v", "/v/lib/python3/site-packages"),
        ("WORKDIR /app\nRUN npm i a", "/app/node_modules ./node_modules", "/node_modules"),
        ("WORKDIR /app\nRUN npm i a", "/app /srv", "/srv/node_modules"),
    ],
)  # fmt: skip
def test_an_install_comes_along_with_its_place(build: str, copy: str, place: str) -> None:
    (found,) = (one for one in taken(build, copy) if isinstance(one, Install))
    assert (found.place, found.keeps_cache) == (place, False)


def test_a_program_comes_along_by_its_path() -> None:
    build = "RUN go build -o /out/app ."
    assert taken(build, "/out/app /app") == [Compile("go", "go build -o /out/app .", "/app")]
    assert taken(build, "/out /srv") == [Compile("go", "go build -o /out/app .", "/srv/app")]


def test_what_a_folder_holds_comes_along() -> None:
    assert kinds(NODE, "/app /app") == [Copy, Install, Compile]
    assert kinds(NODE, "/app/node_modules /app/node_modules") == [Install]


@pytest.mark.parametrize(
    "copy,deed",
    [
        ("/app/package.json /app/", Copy(("package.json",), "/app")),
        ("/app/public /app/public", Copy(("public",), "/app/public")),
        ("/app/dist /srv", Unknown("/srv", "npm run build")),
        ("/app/apps/web/.next /srv", Unknown("/srv", "npm run build")),
        ("/app/public/*.png /srv", Copy(("public/*.png",), "/srv")),
        ("/app/public/* /srv", Copy(("public",), "/srv")),
        ("/app/package*.json /srv", Copy(("package*.json",), "/srv")),
        ("/app/*/lib /srv", Copy(("*/lib",), "/srv")),
    ],
)
def test_of_a_copied_folder_the_part_that_is_named(copy: str, deed: Deed) -> None:
    assert taken(NODE, copy) == [deed]


def test_of_copied_files_the_one_that_is_named() -> None:
    build = "COPY a.txt LICENSE /app/"
    assert taken(build, "/app/a.txt /b") == [Copy(("a.txt",), "/b")]
    assert taken(build, "/app/c.txt /b") == [Unknown("/b", "")]
    assert taken("COPY . /app", "/app/dist /b") == [Copy(("dist",), "/b")]
    assert taken("COPY backend /app", "/app/x/y.py /b") == [Copy(("backend/x/y.py",), "/b")]


@pytest.mark.parametrize(
    "build,copy,kinds",
    [
        ("WORKDIR /s\nCOPY . .\nRUN mvn package", "/s/target/*.jar /app.jar", ["Compile"]),
        ("WORKDIR /s\nCOPY . .\nRUN gradle build", "/s/build/libs/*.jar /app.jar", ["Unknown"]),
        ("RUN pip wheel -w /w a && mkdir /w/x", "/w/*.whl /v/", ["Install"]),
        ("RUN pip install -t /w a", "/w/*.py /v/", ["Unknown"]),
        ("RUN curl -o /a/x.jar https://h/x.jar && mkdir /a/y", "/a/*.jar /v/", ["Download"]),
        ("COPY a.jar b.txt /a/", "/a/*.jar /v/", ["Copy"]),
        ("COPY *.jar /a/", "/a/x.jar /v/", ["Copy"]),
        ("COPY a /a\nCOPY x.txt /a/", "/a/y.txt /v", ["Copy"]),
    ],
)
def test_patterns_take_what_is_of_that_name(build: str, copy: str, kinds: list[str]) -> None:
    assert [type(deed).__name__ for deed in taken(build, copy)] == kinds


@pytest.mark.parametrize(
    "build,copy,made_by",
    [
        ("", "/usr/bin/ffmpeg /f", "img:1"),
        ("", "/data /d", ""),
        ("RUN make install", "/usr/local/bin/x /x", "make install"),
        ("RUN curl https://h/a.tgz | tar xz -C /opt", "/opt/a/bin /x", "https://h/a.tgz"),
        ("ADD x.tgz /a/\nRUN tar xf /a/x.tgz -C /o", "/o/b /x", "/a/x.tgz"),
        ("COPY --from=tool:2 / /t", "/t/bin /x", "tool:2"),
        ("RUN ruby make.rb /data", "/data /x", "RUN ruby make.rb /data"),
        ("WORKDIR /w\nRUN ruby make.rb", "/w/data /x", "RUN ruby make.rb"),
        ("RUN pip install -t /t a && mv /t/a /o", "/o /x", "RUN pip install -t /t a && mv /t/a /o"),
        ("RUN pip install -t /t a", "/t/a /x", ""),
    ],
)
def test_what_is_not_known_names_its_path_and_who_may_have_made_it(
    build: str, copy: str, made_by: str
) -> None:
    (place,) = copy.split()[1:]
    assert taken(build, copy) == [Unknown(place, made_by)]


def test_scratch_has_no_files_of_its_own() -> None:
    assert taken("", "/usr/bin/x /x", "scratch") == [Unknown("/x", "")]
    assert taken("COPY a /b", "/ /", "scratch") == [Copy(("a",), "/b")]


def test_all_of_a_stage_is_its_base_and_what_it_brought() -> None:
    build = "RUN apt-get update && apt-get upgrade -y && pip install a\nCOPY --from=o:1 /x /y"
    found = taken(build, "/ /")
    assert found[0] == BaseFiles("img:1")
    assert [type(deed).__name__ for deed in found[1:]] == [
        *("Upgrade", "Install"),
        *("LeftBehind", "LeftBehind"),
        *("IndexKept", "CopyFrom"),
    ]
    assert isinstance(found[1], Upgrade)
    assert isinstance(found[2], Install)
    assert found[2].keeps_cache
    assert found[6] == CopyFrom(("/x",), "/y", None, "o:1")


def test_a_system_folder_holds_the_base_s_files_too() -> None:
    found = taken("RUN pip install --no-cache-dir a", "/usr/local /usr/local")
    assert [type(deed) for deed in found] == [Install, LeftBehind, LeftBehind, Unknown]
    assert found[3] == Unknown("/usr/local", "img:1")


def test_files_of_many_kinds_move_with_their_folder() -> None:
    build = "COPY <<E /d/e\nhi\nE\nADD https://h/x /d/x\nRUN curl -o /d/a.tgz https://h/a.tgz\nRUN mkdir /d/f"
    assert taken(build, "/d /o") == [
        InlineFile("/o/e", 3),
        Download("https://h/x", "/o/x"),
        Download("https://h/a.tgz", "/o/a.tgz"),
    ]
    fetched = Download("https://h/a.tgz", "/o", is_kept=False, unpacked_to="/o")
    assert taken("RUN curl https://h/a.tgz | tar xz -C /opt/a", "/opt/a /o") == [fetched]
    assert taken("COPY a.tgz /\nRUN tar xf /a.tgz -C /s", "/s /o") == [Unpack("/a.tgz", "/o")]
    assert taken("WORKDIR /w\nRUN ruby x", "/w /o") == [Other("RUN ruby x", "/o")]


def test_an_empty_folder_is_no_unknown_part() -> None:
    assert taken("RUN mkdir /data", "/data /data") == [Folder("/data")]
    assert taken("RUN mkdir /data\nRUN ruby x /data", "/data /d") == [
        Unknown("/d", "RUN ruby x /data")
    ]


def test_several_sources_come_into_one_folder() -> None:
    build = "RUN pip install -t /t a\nRUN go build -o /out/app"
    found = taken(build, "/t /out /bin/x /srv/")
    assert [getattr(deed, "place", "") for deed in found] == ["/srv", "/srv/app", "/srv/x"]
