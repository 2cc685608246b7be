import pytest

from auditor.analysis.effects.acts import Act, acts_of
from auditor.analysis.effects.leftovers import environment_before, is_true, removes
from tests.analysis.rules.images import MB, image_of


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


def test_a_step_knows_what_was_set_before_it_and_in_it() -> None:
    image = image_of(
        ("ENV A=1", 0),
        ("RUN B=2 install && export C='3' D && E=5", MB),
        ("ENV A=later", 0),
    )
    step = next(one for one in acts_of(image) if one.acts)
    assert environment_before(image, step) == {"A": "1", "B": "2", "C": "3", "E": "5"}
    copy = acts_of(image_of(("COPY a /a", MB)))[-1]
    assert environment_before(image_of(("COPY a /a", MB)), copy) == {}


def test_words_that_switch_something_on() -> None:
    assert [is_true(word) for word in ("1", "Yes", " on ", "off", "", "0")] == [
        *(True, True, True),
        *(False, False, False),
    ]
