from auditor.analysis.shell.script import Command, Script


def test_a_command_is_named_without_its_folder() -> None:
    command = Command(("/usr/bin/apt-get", "install", "-y", "curl"))
    assert command.name == "apt-get"
    assert command.arguments == ("install", "-y", "curl")


def test_assignments_alone_are_a_command_without_a_name() -> None:
    command = Command((), (("A", "b"),))
    assert (command.name, command.arguments) == ("", ())


def test_a_script_is_whole_unless_said_otherwise() -> None:
    assert Script((Command(("true",)),)).is_whole
