from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.readable_steps import makes_layer, readable_step

CLASSIC = [
    ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
    ("/bin/sh -c #(nop) ADD file:6edc55fb in / ", "ADD file:6edc55fb in /"),
    ("/bin/sh -c #(nop)CMD x", "CMD x"),
    ("/bin/sh -c apt-get update \t&& apt-get clean", "RUN apt-get update && apt-get clean"),
    ("/bin/bash -o pipefail -c curl x | sh", "RUN curl x | sh"),
    ("/bin/bash -euxo pipefail -c make", "RUN make"),
    ("/bin/bash -ceuo pipefail make", "RUN make"),
    ("/bin/bash --login -c make", "RUN make"),
    ("/bin/bash -o pipefail -c #(nop) ENV A=1", "ENV A=1"),
    ("/bin/ash -eo pipefail -c #(nop) USER 1000", "USER 1000"),
    ("|2 A=1 B=2 /bin/sh -c echo $A", "RUN echo $A"),
    ("|1 WORDS=one two three /bin/sh -c echo", "RUN echo"),
    ("|1 A=1 apt-get update", "RUN apt-get update"),
    ("/bin/sh -c echo '#(nop) CMD'", "RUN echo '#(nop) CMD'"),
]
BUILDKIT = [
    ("RUN /bin/sh -c apk add curl # buildkit", "RUN apk add curl"),
    ("RUN |1 V=1 /bin/sh -c apk add curl # buildkit", "RUN apk add curl"),
    ("RUN |2 A=x y B= /bin/bash -o pipefail -c make # buildkit", "RUN make"),
    ("RUN |1 V=1 pip install x # buildkit", "RUN pip install x"),
    ("RUN /bin/sh -c #(nop) CMD x # buildkit", "RUN #(nop) CMD x"),
    ("RUN apt-get update # buildkit", "RUN apt-get update"),
    ("COPY . . # buildkit", "COPY . ."),
    ("WORKDIR /app", "WORKDIR /app"),
    ('ENTRYPOINT ["/docker-entrypoint.sh"]', 'ENTRYPOINT ["/docker-entrypoint.sh"]'),
]
OTHER_BUILDERS = [
    ("/bin/sh -c #(nop) COPY file:3c1f in /app ", "COPY file:3c1f in /app"),
    (
        "RUN apt-get update && apt-get install -y git",
        "RUN apt-get update && apt-get install -y git",
    ),
    ("bazel build //app:image", "bazel build //app:image"),
    ("# debian.sh --arch 'amd64' out/ 'bookworm'", "# debian.sh --arch 'amd64' out/ 'bookworm'"),
    ("umoci raw add-layer\n  --image x", "umoci raw add-layer --image x"),
]
WINDOWS = [
    ('cmd /S /C #(nop)  CMD ["cmd"]', 'CMD ["cmd"]'),
    (r"cmd /S /C mkdir C:\app", r"RUN mkdir C:\app"),
    (r"C:\Windows\System32\cmd.exe /c dir", "RUN dir"),
    ("powershell -Command Install-X", "RUN Install-X"),
    ("powershell -NoLogo -ExecutionPolicy Bypass -Command Get-X", "RUN Get-X"),
    (
        "powershell -Command $ErrorActionPreference = 'Stop'; #(nop) ENV A=1",
        "ENV A=1",
    ),
    (
        "powershell -Command $a = 'Stop'; Write-Host x",
        "RUN $a = 'Stop'; Write-Host x",
    ),
    ("powershell -Command $a = #(nop) x", "RUN $a = #(nop) x"),
]
LEFT_ALONE = [
    "",
    "/bin/sh",
    "/bin/sh -c",
    "/bin/sh script.sh",
    "/bin/bash -e script.sh",
    "cmd /S dir",
    "cmd /S",
    "powershell script.ps1",
    "powershell -NoLogo",
    "RUN",
    "|",
    "|x A=1 /bin/sh -c x",
    "|0 /bin/sh -c x",
    "|99999 A=1 /bin/sh -c x",
    "|1 A=1",
    "|1 not-an-assignment command",
    "|٣ A=1 B=2 C=3 /bin/sh -c x",
    "sh" + " -x" * 17 + " -c x",
    "powershell" + " -x" * 17 + " -c x",
    "<script>alert(1)</script> \x1b[31m \u202e",
    "jib-maven-plugin:3.2.1",
]


@pytest.mark.parametrize("created_by, step", CLASSIC + BUILDKIT + OTHER_BUILDERS + WINDOWS)
def test_a_step_reads_as_its_dockerfile_line(created_by: str, step: str) -> None:
    assert readable_step(created_by) == step


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_text_of_no_known_shape_keeps_its_words(text: str) -> None:
    assert readable_step(text) == text


def test_a_marker_with_nothing_behind_it_is_a_command() -> None:
    assert readable_step("/bin/sh -c #(nop)") == "RUN #(nop)"
    assert readable_step("powershell -Command $a; #(nop)") == "RUN $a; #(nop)"


@given(st.text())
def test_no_text_makes_it_fail_or_break_a_line(text: str) -> None:
    step = readable_step(text)
    assert step == " ".join(step.split())
    assert isinstance(makes_layer(text), bool)


_WORDS = st.sampled_from(
    ["RUN", "|1", "|2", "A=1", "/bin/sh", "bash", "-c", "-o", "-x", "#(nop)", "CMD", "#",
     "buildkit", "cmd", "/S", "/C", "powershell", "-Command", "$x", ";", "WORKDIR", "/"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=12))
def test_words_are_dropped_but_never_invented_except_run(words: list[str]) -> None:
    step = readable_step(" ".join(words)).split()
    assert set(step) <= set(words) | {"RUN"}


def test_hostile_repetition_is_read_once() -> None:
    # A quadratic reading of a million words would not end within the test's life.
    words = 200_000
    assert readable_step("|1 A=1 " + "sh -o " * words).split()[0] == "RUN"
    assert readable_step("sh -o " * words).split()[0] == "sh"


@pytest.mark.parametrize(
    "created_by",
    [
        "/bin/sh -c apt-get update",
        "COPY . . # buildkit",
        "/bin/sh -c #(nop) ADD file:1 in /",
        "WORKDIR /app",
        "/bin/sh -c CMD is a program",
        "jib-maven-plugin:3.2.1",
        "",
    ],
)
def test_steps_that_make_a_layer(created_by: str) -> None:
    assert makes_layer(created_by)


@pytest.mark.parametrize(
    "created_by",
    [
        '/bin/sh -c #(nop)  CMD ["sh"]',
        "/bin/sh -c #(nop) WORKDIR /app",
        "WORKDIR /",
        "ENV A=1",
        "EXPOSE map[80/tcp:{}]",
        "/bin/sh -c #(nop) ONBUILD COPY . .",
        "HEALTHCHECK NONE",
    ],
)
def test_steps_that_only_change_metadata(created_by: str) -> None:
    assert not makes_layer(created_by)
