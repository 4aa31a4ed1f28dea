"""The command line. Each command imports what it needs itself, so that `exkit --help` answers at once."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from exkit import __version__
from exkit.cli.answers import explain, objections, ports
from exkit.cli.files import check, doctor, draw, new, report, schema, timeline
from exkit.cli.options import WRONG, tell
from exkit.cli.sessions import learn, workshop

app = typer.Typer(
    name="exkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    check, report, timeline, explain, ports, objections, draw, new, workshop, learn, schema, doctor,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"exkit {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[bool, typer.Option("--version", callback=_version, help="Show the version and exit.")] = False,
) -> None:
    """Is this Exchange topology supported, why, and what instead."""


def main() -> None:
    """The command `exkit`: what goes wrong ends in a sentence, never in a traceback (unless EXKIT_TRACEBACK=1)."""
    for stream in (sys.stdout, sys.stderr):
        # A console of code page 1252 has no such letters; better an escape than an end.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except BrokenPipeError:
        # Whoever read us has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("EXKIT_TRACEBACK"):
            raise
        sys.exit(_explained(error))


def _explained(error: Exception) -> int:
    """Say in a sentence what went wrong; the exit status."""
    problems = getattr(error, "problems", None)
    if problems:  # a TopologyError or FactsError, without importing what defines them
        tell(*problems)
    elif isinstance(error, OSError):
        tell(f"exkit: {error.filename or 'file'}: {(error.strerror or str(error)).lower()}")
    elif isinstance(error, ValueError):
        tell(f"exkit: {error}")
    else:
        tell(
            f"exkit: this is a defect of exkit: {type(error).__name__}: {error}",
            "Please report it; with EXKIT_TRACEBACK=1 set, the same command shows where it happened.",
        )
    return WRONG
