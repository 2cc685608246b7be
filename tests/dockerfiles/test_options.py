from __future__ import annotations

from auditor.dockerfiles.options import read_options

VALUED = frozenset({"-r", "--file"})


def test_words_options_and_values_are_told_apart() -> None:
    words = ("install", "-r", "a", "-rb", "-r=c", "--file", "d", "--file=e", "-q", "--", "-x", "-")
    options = read_options(words, VALUED)
    assert options.operands == ("install", "-x", "-")
    assert options.flags == {"-q"}
    assert options.all("-r", "--file") == ("a", "b", "c", "d", "e")
    assert options.value("-r") == "c"
    assert options.value("--nothing") == ""


def test_an_option_may_lack_its_value() -> None:
    assert read_options(("-r",), VALUED).value("-r") == ""


def test_options_are_switched_on_and_off() -> None:
    options = read_options(("--dev", "--prod=false", "--omit=dev", "-"), VALUED)
    assert options.has("--dev")
    assert options.has("--none", "--omit")
    assert not options.has("--prod")
    assert options.is_off("--prod")
    assert not options.is_off("--omit", "--none")
    assert options.operands == ("-",)
