from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.recorded_step import recorded_step


def commands(created_by: str) -> list[str] | None:
    script = recorded_step(created_by).script
    return None if script is None else [" ".join(one.words) for one in script.commands]


RUNS = [
    # classic
    ("/bin/sh -c apt-get update \t&& apt-get clean", ["apt-get update", "apt-get clean"]),
    ("/bin/bash -o pipefail -c a | b", ["a", "b"]),
    ("|2 A=1 B=x y /bin/sh -c a $A", ["a $A"]),
    ("apt-get update", ["apt-get update"]),
    # BuildKit
    ("RUN /bin/sh -c a; b # buildkit", ["a", "b"]),
    ("RUN |1 V=1 /bin/bash -euo pipefail -c a 'b  c' # buildkit", ["a b  c"]),
    ("RUN /bin/sh -c a\nb 'c\nd'\n# why\n # buildkit", ["a", "b c\nd"]),
    ("RUN /bin/sh -c cat <<E > /f && b\n(\nE # buildkit", ["cat", "b"]),
    ("RUN apt-get update # buildkit", ["apt-get update"]),
    ("RUN sh -c a && b # buildkit", ["a", "b"]),
    ("RUN /bin/sh -c a\\x0d\nb\\x0d\n # buildkit", ["a", "b"]),
    # buildah
    ("/bin/sh -c --mount=type=cache,target=/c a && b", ["a", "b"]),
    ('/bin/sh -c ["a","b c"]', ["a b c"]),
    ("/bin/sh -c <<EOF\na\nb && c", ["sh", "a", "b", "c"]),
    # kaniko
    ('RUN ["/bin/sh","-c","a && b"]', ["a", "b"]),
    ("RUN a && b", ["a", "b"]),
    ("RUN bash -c 'a && b c'", ["a", "b c"]),
    ('RUN sh -ec "a; b" && d', ["a", "b", "d"]),
    ("RUN bash -c 'a'", ["a"]),
    ('RUN bash -c "$(which pip)" install x', ["which pip", "$(which pip) install x"]),
    # no exec form
    ("RUN [ -f x ] && a", ["[ -f x ]", "a"]),
    ('RUN ["a",1]', ["[a,1]"]),
    ("RUN " + "[" * 20_000, ["[" * 20_000]),
    ("RUN", []),
    ("RUN # buildkit", []),
    ("RUN # debian.sh --arch 'amd64' out/", []),
]


@pytest.mark.parametrize("created_by, expected", RUNS)
def test_what_a_run_runs_is_found_in_every_dialect(created_by: str, expected: list[str]) -> None:
    step = recorded_step(created_by)
    assert commands(created_by) == expected
    assert step.instruction in ("RUN", "")


NO_SCRIPTS = [
    "cmd /S /C dir",
    "powershell -Command Install-X",
    "RUN |1 A=1 powershell -NoLogo -Command Install-X # buildkit",
    '/bin/sh -c #(nop) CMD ["sh"]',
    "COPY . . # buildkit",
    "WORKDIR /app",
    "",
]


@pytest.mark.parametrize("created_by", NO_SCRIPTS)
def test_nothing_else_is_a_unix_script(created_by: str) -> None:
    assert commands(created_by) is None


def test_the_instruction_is_empty_where_it_is_unknown() -> None:
    assert recorded_step("bazel build //app:image").instruction == ""
    assert recorded_step("").instruction == ""
    assert recorded_step("/bin/sh -c #(nop) CMD x").instruction == "CMD"
    assert recorded_step("/bin/sh -c a").text == "RUN a"


def test_flags_of_a_run_are_kept_where_the_builder_recorded_them() -> None:
    step = recorded_step("RUN --mount=type=cache,target=/a --network=none pip install b --c")
    assert step.flags == ("--mount=type=cache,target=/a", "--network=none")
    assert recorded_step("RUN --mount=x").flags == ("--mount=x",)


BUILD_ARGUMENTS = [
    ("|2 A=1 B=2 /bin/sh -c a", ("A=1", "B=2")),
    ("RUN |2 A=x y B= /bin/bash -o pipefail -c a # buildkit", ("A=x y", "B=")),
    ("RUN |1 A=1 a # buildkit", ("A=1",)),
    ("RUN /bin/sh -c a A=1 # buildkit", ()),
    ("/bin/sh -c a", ()),
]


@pytest.mark.parametrize("created_by, expected", BUILD_ARGUMENTS)
def test_build_arguments_are_read(created_by: str, expected: tuple[str, ...]) -> None:
    assert recorded_step(created_by).build_arguments == expected


COPIES = [
    ("/bin/sh -c #(nop) COPY file:3c1f in /app ", (), ("file:3c1f", "/app")),
    ("/bin/sh -c #(nop) ADD dir:1f in / ", (), ("dir:1f", "/")),
    ("COPY a in /b # buildkit", (), ("a", "in", "/b")),
    ("COPY in /b # buildkit", (), ("in", "/b")),
    ("COPY --chown=1:1 --chmod=755 a b /c/ # buildkit", ("--chown=1:1", "--chmod=755"),
     ("a", "b", "/c/")),
    ('COPY ["a b","/c"]', (), ("a b", "/c")),
    ("ADD", (), ()),
]  # fmt: skip


@pytest.mark.parametrize("created_by, flags, arguments", COPIES)
def test_copies_are_taken_apart(
    created_by: str, flags: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    step = recorded_step(created_by)
    assert (step.flags, step.arguments) == (flags, arguments)


PAIRS = [
    ("ENV A=b", ("A=b",)),
    ("ENV A=b c D=e", ("A=b c", "D=e")),
    ('/bin/sh -c #(nop) ENV A=b E="f g"', ("A=b", "E=f g")),
    ("ENV A=it's B=c", ("A=it's", "B=c")),
    ("ENV A=x; y 'z'", ("A=x; y 'z'",)),
    ("ENV PATH /a:/b c", ("PATH=/a:/b c",)),
    ("ENV JAVA_OPTS=-Xmx1g -Da=b", ("JAVA_OPTS=-Xmx1g -Da=b",)),
    ("ENV", ()),
    ("ARG A=1", ("A=1",)),
    ("/bin/sh -c #(nop) ARG A B", ("A", "B")),
]  # fmt: skip


@pytest.mark.parametrize("created_by, expected", PAIRS)
def test_variables_are_taken_apart(created_by: str, expected: tuple[str, ...]) -> None:
    assert recorded_step(created_by).arguments == expected


PIECES = (
    *("RUN", "COPY", "ENV", "ARG", "/bin/sh", "-c", "#(nop)", "|1", "|9999", "A=b", "# buildkit"),
    *("cmd /C", "powershell -Command", "--mount=x", "[", '["a"]', "<<E", "\n", " ", "'", "in", "a"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_text_is_taken_apart(text: str) -> None:
    step = recorded_step(text)
    assert step.text.split() == step.text.split(" ") or not step.text
    assert step.script is None or step.instruction in ("RUN", "")
