from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.analysis.effects.acts import Act, RunReader
from auditor.analysis.effects.leftovers import (
    CacheKind,
    find_leftovers,
    is_true,
    left_in,
    own_steps_running,
    removes,
)
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.shell.reader import read_script
from tests.analysis.rules.images import MB, image_of

PIP = CacheKind(
    frozenset({"pip"}),
    lambda act: act.name.startswith("pip") and "install" in act.arguments,
    lambda act: "purge" in act.arguments,
    ("/root/.cache/pip",),
    lambda act, environment: is_true(environment.get("NO_CACHE", "")),
)


def left(*steps: tuple[str, int], base: str = "") -> list[str]:
    """The commands that leave a cache, by the names of the files they install."""
    image = image_of(*steps, base=base)
    return [one.act.arguments[-1] for one in find_leftovers(image, PIP)]


def test_the_last_command_that_fills_a_cache_is_named() -> None:
    assert left(("RUN pip install a && pip3.11 install b && make", MB)) == ["b"]


def test_each_step_is_asked_apart() -> None:
    steps = ("RUN pip install a", MB), ("RUN rm -rf ~/.cache", MB), ("RUN pip install b", MB)
    assert left(*steps) == ["a", "b"]


CLEANED = [
    "rm -rf /root/.cache/pip",
    "rm -rf /root/.cache",
    "rm -rf /root/.cache/*",
    "rm -r ~/.cache/pip/*",
    "rm -rf $HOME/.cache",
    'rm -rf "${HOME}/.cache/pip"',
    "rm -rf /home/app/.cache",
    "rm -rf /root/{.cache,.npm}",
    "cd /root && rm -rf .cache",
    "rm -rf /root",
    "find /root/.cache -type f -delete",
    "find ~/.cache/pip -exec rm -rf {} +",
    "pip cache purge",
    "if [ -d ~/.cache ]; then rm -rf ~/.cache; fi",
]


@pytest.mark.parametrize("cleaning", CLEANED)
def test_cleaning_after_it_in_the_same_step_counts(cleaning: str) -> None:
    assert left((f"RUN pip install a && {cleaning}", MB)) == []
    assert left((f"RUN {cleaning} && pip install a", MB)) == ["a"]


@pytest.mark.parametrize(
    "other",
    ["rm -rf /tmp/*", "rm -rf /root/.npm", "find / -name x", "rm -rf /root/{.cache", "rmdir /srv"],
)
def test_removing_something_else_does_not(other: str) -> None:
    assert left((f"RUN pip install a && {other}", MB)) == ["a"]


def test_a_long_list_in_braces_is_read_in_part() -> None:
    many = ",".join(f"a{number}" for number in range(1000))
    act = Act("rm", (f"/root/{{{many},.cache}}",), "/")
    assert not removes(act, ("/root/.cache/pip",))


def test_variables_of_the_base_of_the_step_and_of_the_build_count() -> None:
    assert left(("ENV NO_CACHE=1", 0), ("RUN pip install a", MB)) == []
    assert left(("ENV NO_CACHE=1", 0), ("ENV NO_CACHE=off", 0), ("RUN pip install a", MB)) == ["a"]
    assert left(("RUN NO_CACHE=yes pip install a", MB)) == []
    assert left(("RUN export OTHER NO_CACHE=on; pip install a", MB)) == []
    assert left(("/bin/sh -c pip install a", MB), ("ENV NO_CACHE=1", 0)) == ["a"]


def test_build_arguments_are_variables_too() -> None:
    step = BuildStep("RUN", "RUN pip install a", read_script("A=1 pip install a"), layer=0)
    image = image_of(("RUN x", MB))
    image = replace(image, steps=(replace(step, build_arguments=("NO_CACHE=1", "B=2")),))
    ((one, environment),) = own_steps_running(image, frozenset({"pip"}))
    assert one.names == {"pip"}
    assert dict(environment) == {"A": "1", "B": "2", "NO_CACHE": "1"}
    assert list(find_leftovers(image, PIP)) == []


def test_steps_of_the_base_and_steps_without_a_layer_leave_nothing() -> None:
    assert left(("RUN pip install a", 0)) == []
    assert left(("RUN pip install a", MB), base="debian:12") == ["a"]
    image = image_of(("RUN pip install a", MB), base="python:3", base_layers=2)
    assert list(find_leftovers(image, PIP)) == []


MOUNTED = "/bin/sh -c --mount=type={},{}=/root/.cache pip install a"


@pytest.mark.parametrize("name", ["target", "dst", "destination"])
@pytest.mark.parametrize("kind", ["cache", "tmpfs"])
def test_a_mount_that_was_recorded_takes_the_files(kind: str, name: str) -> None:
    assert left((MOUNTED.format(kind, name), MB)) == []


@pytest.mark.parametrize(
    "flag",
    [
        "--mount=type=bind,target=/root/.cache",
        "--mount=type=cache,target=/var/cache/apt",
        "--mount=type=cache",
        "--network=none",
    ],
)
def test_other_flags_do_not(flag: str) -> None:
    assert left((f"/bin/sh -c {flag} pip install a", MB)) == ["a"]


@pytest.mark.parametrize(
    "command, is_gone",
    [
        ("rm -rf /var/lib/apt/lists/*", True),
        ("rm -r /var/lib/apt/lists", True),
        ("rm -rf /var/lib/apt", True),
        ("rm -rf /var/*", True),
        ("rm -rf /var/lib/apt/lists/debian*", True),
        ("find /var/lib/apt/lists -type f -delete", True),
        ("find /var/lib/apt/lists -type f", False),
        ("rm -rf /tmp/x", False),
        ("echo /var/lib/apt/lists", False),
    ],
)
def test_a_folder_is_gone_when_it_or_all_in_it_is_deleted(command: str, is_gone: bool) -> None:
    name, *words = command.split()
    act = Act(name, tuple(words), "/")
    assert removes(act, ("/var/lib/apt/lists",)) is is_gone


def test_words_that_switch_something_on() -> None:
    assert [is_true(word) for word in ("1", "Yes", " on ", "off", "", "0")] == [
        *(True, True, True),
        *(False, False, False),
    ]


def test_a_build_argument_of_a_step_of_its_own_is_seen_and_env_is_stronger() -> None:
    install = ("RUN pip install a", MB)
    assert left(("ARG NO_CACHE=1", 0), install) == []
    assert left(("ARG NO_CACHE", 0), install) != []
    assert left(("ARG NO_CACHE=1", 0), ("ENV NO_CACHE=no", 0), install) != []
    assert left(("ENV NO_CACHE=no", 0), ("ARG NO_CACHE=1", 0), install) != []


def test_build_arguments_of_a_base_end_with_it() -> None:
    steps = (("ARG NO_CACHE=1", 0), ("RUN pip install a", MB))
    image = image_of(*steps)
    from_base = tuple(replace(step, is_from_base=step.instruction == "ARG") for step in image.steps)
    assert list(find_leftovers(replace(image, steps=from_base), PIP)) != []


@pytest.mark.parametrize(
    "command,flags,left",
    [
        ("pip install a; pip install b", (), 2),
        ("pip install a; rm -rf /root/.cache/pip; pip install b", (), 1),
        ("pip install a && rm -rf ~/.cache", (), 0),
        ("pip install a", ("--mount=type=cache,target=/root/.cache/pip",), 0),
    ],
)
def test_every_command_that_fills_a_cache_which_stays_is_told(
    command: str, flags: tuple[str, ...], left: int
) -> None:
    step = BuildStep("RUN", command, read_script(command), flags)
    acts = RunReader().acts(step, "/", {})
    installs = [act for act in acts.acts if act.name == "pip"]
    assert list(left_in(acts, PIP, {})) == installs[len(installs) - left :]
