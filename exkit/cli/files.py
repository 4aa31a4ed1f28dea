"""Commands on topology files: judge them, report on them, draw them, start one; and what they and this machine need."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exkit.cli.options import BAD, STOPPED, WRONG, AsOf, Files, Format, parse_date, parse_months, shown, tell
from exkit.verdict import Verdict


class ReportFormat(StrEnum):
    """Further forms of a report."""

    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"


class TextOrJson(StrEnum):
    """How a timeline is printed."""

    TEXT = "text"
    JSON = "json"


class Engine(StrEnum):
    """What runs the notebooks."""

    FORK = "exkit-fork"
    KERNELS = "nbclient"


def check(
    files: Files,
    as_of: AsOf = None,
    format: Annotated[
        Format, typer.Option(help="Text to read, JSON by the published contract, SARIF or JUnit.")
    ] = Format.TEXT,
    fail_on: Annotated[Verdict, typer.Option(help="Exit with 1 from this verdict on.")] = Verdict.UNSUPPORTED,
    all_: Annotated[bool, typer.Option("--all", help="Show what is supported too, with the reasons.")] = False,
) -> None:
    """Judge topology files: verdicts, reasons, fixes.

    Exit status: 2 when a file could not be judged (the others are), else 1 when a finding without a waiver is at or
    above --fail-on, else 0.
    """
    from exkit.advice import advise
    from exkit.facts import load
    from exkit.intake import TopologyError, find_files, read
    from exkit.terminal import console, show_advice

    day, facts, out = parse_date(as_of), load(), console()
    found, errors = find_files(files)
    results = [error.to_dict() for error in errors]
    failing = False
    for file in found:
        try:
            loaded = read(file)
        except TopologyError as error:
            errors.append(error)
            results.append(error.to_dict())
            continue
        advice = advise(loaded.topology, facts, day or loaded.topology.as_of or date.today())
        failing = failing or any(
            finding.waiver is None and finding.verdict.rank <= fail_on.rank for finding in advice.findings
        )
        if format is not Format.TEXT:
            results.append(advice.to_dict(str(file), loaded.lines))
        else:
            shown = [one for one in advice.findings if all_ or one.verdict is not Verdict.SUPPORTED]
            show_advice(out, str(file), advice, shown)
            out.print()
    # ASCII, so that no terminal obeys what a name contains and no code page stands in the way.
    if format is Format.JSON:
        print(json.dumps(results, indent=1))
    elif format is Format.SARIF:
        from exkit.export.sarif import sarif

        print(json.dumps(sarif(results), indent=1))
    elif format is Format.JUNIT:
        from exkit.export.junit import junit

        print(junit(results, fail_on).encode("ascii", "xmlcharrefreplace").decode())
    else:
        for unread in errors:
            tell(*unread.problems)
    raise typer.Exit(WRONG if errors else BAD if failing else 0)


def report(
    files: Files,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder that the reports go to.")] = Path("reports"),
    as_of: AsOf = None,
    formats: Annotated[
        list[ReportFormat] | None, typer.Option("--format", help="Besides HTML, notebook and JSON; may be repeated.")
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Reports at once; else one a core.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave reports as they are that nothing changed for.")
    ] = False,
    redact: Annotated[bool, typer.Option("--redact", help="Invented names everywhere, the same at each run.")] = False,
    template: Annotated[
        Path | None, typer.Option(help="Folder with your logo, colours and sections.", metavar="FOLDER")
    ] = None,
    notebook: Annotated[Path | None, typer.Option(help="Another notebook with the same parameters.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="exkit-fork, or stock kernels.")] = None,
    time_limit: Annotated[float, typer.Option(min=1, help="Seconds that one report may take.")] = 600,
    cell_limit: Annotated[float, typer.Option(min=1, help="Seconds that one cell may take.")] = 300,
    memory_limit: Annotated[int, typer.Option(min=1, help="Megabytes that one report may take.")] = 4000,
    scheduler: Annotated[
        str | None, typer.Option(help="A dask scheduler whose workers make the reports.", metavar="tcp://HOST:PORT")
    ] = None,
) -> None:
    """Write a report for each file, and an index.

    Exit status: 2 when a file could not be judged or its report failed (the others are there), 130 after Ctrl-C, else
    0.
    """
    from exkit.intake import find_files

    day = parse_date(as_of)
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out: {out} is no folder")
    found, empty = find_files(files)
    if not found:
        raise empty[0]
    from exkit.batch import Limits, Options, make_reports, scheduled
    from exkit.terminal import console, show_run

    options = Options(
        as_of=day,
        formats=tuple(one.value for one in formats or ()),
        redact=redact,
        template=template,
        notebook=notebook,
        engine=engine.value if engine else "",
        limits=Limits(time_limit, cell_limit, memory_limit),
        resume=resume,
        **({"jobs": jobs} if jobs else {}),
    )
    with scheduled(scheduler) as executor:
        made = make_reports(found, out, options, executor=executor)
    for error in empty:
        tell(*error.problems)
    for outcome in made.errors:
        tell(*outcome.told.split("\n"))
    show_run(console(), made)
    if made.trouble:
        tell(made.trouble)
    else:
        print(f"Open {shown(made.index)}")
    raise typer.Exit(STOPPED if made.stopped else WRONG if empty or made.errors or made.trouble else 0)


def timeline(
    file: Annotated[Path, typer.Argument(help="A topology file.")],
    as_of: AsOf = None,
    months: Annotated[str, typer.Option(metavar="NUMBER", help="How many months to look ahead.")] = "36",
    format: Annotated[TextOrJson, typer.Option(help="Text to read, or JSON for programs.")] = TextOrJson.TEXT,
) -> None:
    """Say what goes out of support, and when.

    Exchange versions, Windows and publishing products that the file names: what is over, what ends in the months to
    come, what later, and what is not known.
    """
    from exkit.facts import load
    from exkit.intake import read
    from exkit.terminal import console, show_timeline
    from exkit.timeline import timeline as timeline_of

    day, ahead = parse_date(as_of), parse_months(months)
    topology, facts = read(file).topology, load()
    line = timeline_of(topology, facts, day or topology.as_of or date.today(), ahead)
    if format is TextOrJson.JSON:
        print(json.dumps({"file": str(file), **line.to_dict(), "knowledge": facts.digest}, indent=1))
    else:
        show_timeline(console(), str(file), line)


def draw(
    file: Annotated[Path, typer.Argument(help="A topology file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Ends in .svg, .png, .dot, .mmd or .txt.")],
    as_of: AsOf = None,
) -> None:
    """Draw a topology with its verdicts."""
    from exkit.advice import advise
    from exkit.diagram import write
    from exkit.facts import load
    from exkit.intake import read

    topology = read(file).topology
    write(advise(topology, load(), parse_date(as_of) or topology.as_of or date.today()), output)
    print(shown(output))


def new(
    name: Annotated[str | None, typer.Argument(help="The customer's name.", metavar="NAME")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="PATTERN", help="The example to start from.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; else made from the name.")] = None,
) -> None:
    """Start a topology file from an example.

    Without a name, lists the examples and what each teaches.
    """
    from exkit.patterns import data_folder, new_text, pattern_named, patterns, safe_stem
    from exkit.terminal import console, show_rows

    known = patterns(data_folder() / "customers")
    if name is None or from_ is None:
        show = console()
        show.print("Start from one of these:  exkit new NAME --from PATTERN")
        for pattern in known:
            show.print(pattern.name, style="bold")
            show_rows(show, [("", pattern.lesson)])
        raise typer.Exit(0 if name is None else WRONG)
    pattern = pattern_named(known, from_)
    target = out or Path(f"{safe_stem(name)}.yaml")
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(new_text(pattern, name))
    except FileExistsError:
        raise ValueError(f"{shown(target)} is there already; nothing was written") from None
    print(f"{shown(target)} written. Next: edit it, then run  exkit check {shown(target)}")


def schema() -> None:
    """Print the JSON Schema of topology files, for editors."""
    from exkit.facts import load
    from exkit.intake import json_schema

    print(json.dumps(json_schema(product.id for product in load().products), indent=1))


def doctor(
    out: Annotated[Path, typer.Option(help="Folder that reports would go to.")] = Path("reports"),
) -> None:
    """Look whether this machine has what exkit needs."""
    from exkit.doctor import examine
    from exkit.patterns import data_folder
    from exkit.terminal import console, show_check

    checks = list(examine(data_folder(), out))
    show = console()
    for one in checks:
        show_check(show, one)
    raise typer.Exit(BAD if any(one.verdict is Verdict.UNSUPPORTED for one in checks) else 0)
