from auditor.analysis.effects.acts import absolute, acts_of, own_acts_of
from tests.analysis.rules.images import MB, image_of


def folders(*steps: str) -> list[str]:
    image = image_of(*((step, MB if step.startswith("RUN") else 0) for step in steps))
    return [act.folder for one in own_acts_of(image) for act in one.acts if act.name == "make"]


def test_commands_run_where_workdir_and_cd_lead() -> None:
    assert folders("WORKDIR /src", "RUN make && cd sub && make && cd /opt && make") == [
        "/src",
        "/src/sub",
        "/opt",
    ]
    assert folders("WORKDIR /src", "RUN cd /var && make", "RUN make") == ["/var", "/src"]
    home = "/" + "root"
    assert folders("RUN cd && make", "RUN pushd ~/x && make") == [home, f"{home}/x"]


def test_variables_that_history_tells_are_replaced_and_others_stay() -> None:
    image = image_of(
        ("ENV TOOLS=gcc", 0),
        ("RUN deps='a b'; export more=c && install $TOOLS ${deps} $more $unknown x$deps", MB),
    )
    (act,) = [act for act in acts_of(image)[-1].acts if act.name == "install"]
    assert act.arguments == ("gcc", "a", "b", "c", "$unknown", "x$deps")
    assert act.operands == act.arguments


def test_a_long_list_is_not_copied_into_a_hundred_places() -> None:
    words = " ".join("abcdefghij"[at % 10] for at in range(1_000))
    uses = " ".join(["$L"] * 100)
    image = image_of((f"RUN L='{words}'; install {uses}", MB))
    (act,) = [act for act in acts_of(image)[-1].acts if act.name == "install"]
    assert len(act.arguments) < 25_000
    assert act.arguments[-1] == "$L"


def test_a_path_that_is_too_long_changes_nothing() -> None:
    assert absolute("/here", "x" * 5_000) == "/here"
    assert absolute("/", "$HOME/x") == "$HOME/x"
    assert absolute("/", "//x") == "/x"


def test_steps_without_a_script_have_no_commands() -> None:
    assert [one.acts for one in acts_of(image_of(("COPY a /a", MB)))] == [(), ()]
