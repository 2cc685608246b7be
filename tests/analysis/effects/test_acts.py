from auditor.analysis.effects.acts import Act, RunReader, absolute, acts_of, own_acts_of
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.shell.reader import read_script
from tests.fakes.built_images import DEBIAN, MB, built, ran


def names_and_arguments(*commands: str) -> list[tuple[str, tuple[str, ...]]]:
    image = built(*((ran(command), MB) for command in commands))
    return [(act.name, act.arguments) for acts in acts_of(image) for act in acts.acts if act.name]


def test_variables_are_replaced_by_what_was_assigned_before() -> None:
    command = "deps='gcc make'; apt-get install $deps ${deps} -y; export A=b C; echo $A/x $B"
    assert names_and_arguments(command) == [
        ("apt-get", ("install", "gcc", "make", "gcc", "make", "-y")),
        ("export", ("A=b", "C")),
        ("echo", ("b/x", "$B")),
    ]


def test_variables_of_a_script_end_with_it_and_those_of_the_image_do_not() -> None:
    image = built(
        ("ENV A=1 B=2", None),
        ("RUN |1 C=3 /bin/sh -c A=4; echo $A $B $C # buildkit", MB),
        (ran("echo $A $B $C"), MB),
    )
    said = [act.arguments for acts in acts_of(image) for act in acts.acts if act.name == "echo"]
    assert said == [("4", "2", "3"), ("1", "2", "$C")]


def test_what_comes_of_variables_is_bounded() -> None:
    long = "x" * 4_000
    command = f"A={long}; echo " + "$A " * 1_000
    (_, arguments) = names_and_arguments(command)[-1]
    assert sum(map(len, arguments)) < 600_000
    too_long = "y" * 5_000
    assert names_and_arguments(f"A={too_long}; echo $A")[-1] == ("echo", ("$A",))


def test_folders_follow_workdir_and_cd() -> None:
    image = built(
        ("WORKDIR /src", None),
        ("WORKDIR app", None),
        (ran("a; cd lib; b; pushd /t; c; cd; d; cd $X; e"), MB),
        (ran("f"), MB),
    )
    acts = [act for one in acts_of(image) for act in one.acts]
    folders = {act.name: act.folder for act in acts if len(act.name) == 1}
    assert folders == {
        "a": "/src/app",
        "b": "/src/app/lib",
        "c": "/t",
        "d": "/root",
        "e": "$X",
        "f": "/src/app",
    }


def test_paths_are_absolute_unless_they_start_with_a_variable() -> None:
    assert absolute("/a", "b/../c/") == "/a/c"
    assert absolute("/a", "/b//c") == "/b/c"
    assert absolute("/", "//c") == "/c"
    assert absolute("/a", "~/x") == "/root/" + "x"
    assert absolute("$D", "x") == "$D/x"
    assert absolute("/a", "$D/x") == "$D/x"
    assert absolute("/a", "x" * 5_000) == "/a"


def test_own_steps_leave_out_the_bases() -> None:
    image = built(DEBIAN, (ran("make"), MB), base_layers=1)
    assert [sorted(acts.names) for acts in own_acts_of(image)] == [["make"]]


def test_the_last_answer_is_kept_for_the_next_rule() -> None:
    image = built(DEBIAN, (ran("make"), MB))
    assert acts_of(image) is acts_of(image)
    assert acts_of(built(DEBIAN)) != acts_of(image)


def run_step(command: str) -> BuildStep:
    return BuildStep("RUN", command, read_script(command))


def test_a_run_of_a_dockerfile_is_read_by_itself() -> None:
    command = "A=1 B=2 $BIN/pip install x || true"
    first, second = RunReader().acts(run_step(command), "/app", {"BIN": "/opt/bin"}).acts
    assignments = (("A", "1"), ("B", "2"))
    assert first == Act("pip", ("install", "x"), "/app", (), "/opt/bin/pip", assignments)
    assert second.is_conditional
    assert RunReader().acts(BuildStep("RUN", "dir"), "/app", {}).acts == ()


def test_what_variables_become_is_bounded_over_all_runs_of_a_dockerfile() -> None:
    reader, step = RunReader(), run_step("echo " + "$A " * 20)
    lengths = [
        sum(map(len, act.arguments))
        for _ in range(5)
        for act in reader.acts(step, "/", {"A": "x" * 4_000}).acts
    ]
    assert lengths == [80_000, 20 * 4_000 // 4 + 15 * 2, 40, 40, 40]


def test_a_substitution_stays_one_word() -> None:
    assert names_and_arguments("apt-get install $(cat /a b)")[-1] == (
        "apt-get",
        ("install", "$(cat /a b)"),
    )
