"""Commands that open the browser and go on until Ctrl-C: the workshop, the lessons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exkit.cli.options import shown


def workshop(
    file: Annotated[Path, typer.Argument(help="A topology file; it may be new.", metavar="FILE")] = Path(
        "workshop.yaml"
    ),
    from_: Annotated[str, typer.Option("--from", metavar="PATTERN", help="What a new one starts from.")] = "",
    port: Annotated[int, typer.Option(help="The port of the workshop; else a free one.", min=0, max=65535)] = 0,
    room: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Give a second, read-only link at this address of this machine.")
    ] = "",
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Build a topology in the browser, the customer beside you.

    Every edit goes into FILE's journal (FILE.workshop.jsonl) before it is shown. Ctrl-C ends it.
    """
    from exkit.workshop.serving import serve

    serve(file, from_, port, room, lambda line: print(shown(line), flush=True), browse=browser)


def learn(
    lesson: Annotated[
        str, typer.Argument(help="The lesson to open; else the first that is not done.", metavar="LESSON")
    ] = "",
    progress: Annotated[
        Path | None, typer.Option(help="Your progress; else exkit-progress.jsonl.", metavar="FILE")
    ] = None,
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Your name, as a trainer sees it.")] = "",
    status: Annotated[bool, typer.Option("--status", help="Tell where you stand, and end.")] = False,
    pages: Annotated[
        Path | None, typer.Option(help="Write the lessons here as pages to read anywhere.", metavar="FOLDER")
    ] = None,
    port: Annotated[int, typer.Option(help="The port of the lessons; else a free one.", min=0, max=65535)] = 0,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Learn it by yourself, in the browser.

    Lessons with exercises that the engine marks. Every answer goes into the file of progress before it is shown as
    marked; a trainer sums up a class from such files. Ctrl-C ends it.
    """
    from exkit.terminal import console
    from exkit.tutor import command

    told = command.status(command.named(progress, name))
    if status:
        command.show_status(console(), told)
        return
    command.learn(told, lesson, pages, port, lambda line: print(shown(line), flush=True), browse=browser)
