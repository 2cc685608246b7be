"""How a registry is reached and who one is there: options of every command that takes an address."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--username", default="", metavar="NAME", help="Sign in as this user."),
    click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
    click.option("--plain-http", is_flag=True, help="Use http, not https."),
    click.option(
        "--ca-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Trust the certificates in this file.",
    ),
    click.option("--no-verify-tls", is_flag=True, help="Accept any certificate. Dangerous."),
)


def connection_options(command: Command) -> Command:
    """The command with the options of a connection, in the order they are listed."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)
