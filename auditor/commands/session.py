"""Options that every command takes, before and after its name, and what follows from them."""

from __future__ import annotations

import functools
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec

import click

from auditor.commands.console import Console
from auditor.commands.failures import ExitCode, describe, exit_code_for
from auditor.commands.use_cases import UseCases

if TYPE_CHECKING:
    from auditor.settings import LoadedSettings, Settings

P = ParamSpec("P")
_META = "auditor.options"


class Format(StrEnum):
    """How data are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    SARIF = "sarif"
    TEXT = "text"
    HTML = "html"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    MARKDOWN = "markdown"


_USUAL = (Format.TABLE, Format.JSON, Format.CSV)


@dataclass(slots=True)
class Session:
    """One run of one command: where to write, in which form, and what to ask."""

    use_cases: UseCases
    console: Console
    format: Format = Format.TABLE
    is_format_asked: bool = False
    config_file: Path | None = None
    overrides: dict[str, str] = field(default_factory=dict)
    _loaded: LoadedSettings | None = None

    @property
    def loaded(self) -> LoadedSettings:
        """The settings with their origins, read once; raises SettingsError."""
        if self._loaded is None:
            self._loaded = self.use_cases.load_settings(self.config_file, self.overrides)
        return self._loaded

    @property
    def settings(self) -> Settings:
        """The settings; raises SettingsError."""
        return self.loaded.settings

    def override(self, key: str, value: str) -> None:
        """Set one setting above file and environment, as a flag does."""
        self.overrides[key] = value
        self._loaded = None


def pass_session(
    command: Callable[Concatenate[Session, P], None],
) -> Callable[P, None]:
    """Give a command its session as first argument."""

    @functools.wraps(command)
    def with_session(*args: P.args, **kwargs: P.kwargs) -> None:
        command(current_session(), *args, **kwargs)

    return with_session


def current_session() -> Session:
    """The session that the options given so far describe."""
    context = click.get_current_context()
    options: dict[str, Any] = context.meta.get(_META, {})
    use_cases = context.find_root().obj
    overrides = {"database_url": options["database"]} if "database" in options else {}
    return Session(
        use_cases=use_cases if use_cases is not None else UseCases(),
        console=_console(context),
        format=Format(options.get("format", Format.TABLE)),
        is_format_asked="format" in options,
        config_file=options.get("config"),
        overrides=overrides,
    )


def _console(context: click.Context) -> Console:
    options: dict[str, Any] = context.meta.get(_META, {})
    return Console(quiet=options.get("quiet", False), color=not options.get("no_color", False))


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is None or value is False or parameter.name is None:
        return
    context.meta.setdefault(_META, {})[parameter.name] = value


def _common_options(forms: Sequence[Format]) -> list[click.Option]:
    def option(*names: str, **attributes: Any) -> click.Option:  # noqa: ANN401 - click's own
        return click.Option([*names], expose_value=False, callback=_remember, **attributes)

    return [
        option(
            "--config",
            metavar="FILE",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Read settings from this file.",
        ),
        option("--database", metavar="URL", help="Use this database."),
        option(
            "--format",
            type=click.Choice([form.value for form in forms]),
            help=f"How to write data; {forms[0].value} unless asked otherwise.",
        ),
        option("--quiet", "-q", is_flag=True, help="No progress and no notes; errors only."),
        option("--no-color", is_flag=True, help="No colours, as with NO_COLOR."),
    ]


class _WithCommonOptions(click.Command):
    """Takes the common options and lists them apart in its help.

    `forms` are those it can write, the usual one first.
    """

    forms: ClassVar[tuple[Format, ...]] = _USUAL

    def __init__(self, *args: Any, **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **attributes)
        self.common_options = _common_options(self.forms)
        self.params = [*self.params, *self.common_options]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                (common if parameter in self.common_options else own).append(record)
        for title, records in (("Options", own), ("Common options", common)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class AuditorCommand(_WithCommonOptions):
    """A command."""


class ExportCommand(AuditorCommand):
    """A command that writes for other programs."""

    forms: ClassVar[tuple[Format, ...]] = (Format.CSV, Format.JSON, Format.TABLE)


class CostExportCommand(ExportCommand):
    """One that writes Parquet besides."""

    forms: ClassVar[tuple[Format, ...]] = (*ExportCommand.forms, Format.PARQUET)


class FindingsCommand(AuditorCommand):
    """One that writes SARIF besides."""

    forms: ClassVar[tuple[Format, ...]] = (*_USUAL, Format.SARIF)


class CheckCommand(AuditorCommand):
    """One whose verdict continuous integration reads."""

    forms: ClassVar[tuple[Format, ...]] = (
        *(Format.TABLE, Format.JSON, Format.SARIF, Format.GITHUB),
        *(Format.GITLAB, Format.JUNIT, Format.MARKDOWN),
    )


class AuditorGroup(_WithCommonOptions, click.Group):
    """A group of commands."""

    command_class = AuditorCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


class RootGroup(AuditorGroup):
    """The program: the one place where an error becomes a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except click.Abort:  # Ctrl-C or the end of input, where something was asked for
            report_failure(_console(ctx), KeyboardInterrupt())
            ctx.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(ExitCode.DONE)
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the outermost frame
            report_failure(_console(ctx), error)
            ctx.exit(exit_code_for(error))


def report_failure(console: Console, error: BaseException) -> None:
    """One line; with AUDITOR_DEBUG the traceback before it."""
    if isinstance(error, KeyboardInterrupt):
        console.error("interrupted")
        return
    if os.environ.get("AUDITOR_DEBUG"):
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.error(line)
    console.error(describe(error))
