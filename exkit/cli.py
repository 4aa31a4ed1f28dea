"""The command line. Each command imports what it needs itself, so that `exkit --help` answers at once."""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exkit.verdict import Verdict

WRONG = 2  # exit status: a file could not be judged, or the call was wrong
BAD = 1  # exit status: judged, and the answer is bad
STOPPED = 130  # exit status: Ctrl-C, as shells have it

app = typer.Typer(
    name="exkit",
    help="Is this Exchange topology supported, why, and what instead.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


class ReportFormat(StrEnum):
    """Further forms of a report."""

    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"


class Engine(StrEnum):
    """What runs the notebooks."""

    FORK = "exkit-fork"
    KERNELS = "nbclient"


Files = Annotated[list[Path], typer.Argument(help="Topology files, or folders of them.", metavar="FILE...")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Judge as of this day, such as 2010-06-01.")]


@app.command()
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


@app.command()
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
        tell(outcome.told)
    show_run(console(), made)
    if made.trouble:
        tell(made.trouble)
    else:
        print(f"Open {shown(made.index)}")
    raise typer.Exit(STOPPED if made.stopped else WRONG if empty or made.errors or made.trouble else 0)


@app.command()
def timeline(
    file: Annotated[Path, typer.Argument(help="A topology file.")],
    as_of: AsOf = None,
    months: Annotated[str, typer.Option(metavar="NUMBER", help="How many months to look ahead.")] = "36",
    format: Annotated[Format, typer.Option(help="Text to read, or JSON for programs.")] = Format.TEXT,
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
    if format is Format.JSON:
        print(json.dumps({"file": str(file), **line.to_dict(), "knowledge": facts.digest}, indent=1))
    else:
        show_timeline(console(), str(file), line)


@app.command()
def explain(
    word: Annotated[str, typer.Argument(help="A statement (cas-in-perimeter) or a role (ClientAccess, CAS).")],
    version: Annotated[str | None, typer.Option(help="Exchange version: 2003, 2007, 2010, ...")] = None,
    zone: Annotated[str | None, typer.Option(help="Kind of zone: internet, perimeter, internal, ...")] = None,
    as_of: AsOf = None,
) -> None:
    """Say what a statement or a role means, without a file."""
    from exkit import explain as answers
    from exkit.facts import load
    from exkit.terminal import console, show_role, show_statement

    facts, out = load(), console()
    wanted = answers.version_named(version) if version else None
    kind = answers.zone_named(zone) if zone else None
    day = parse_date(as_of)
    if statements := answers.statements_named(facts, word, wanted):
        for row in answers.rows_in_force(statements, day):
            show_statement(out, facts, row)
    elif role := answers.role_named(word):
        for answer in answers.role_answers(facts, role, wanted, kind, day or date.today()):
            show_role(out, facts, answer)
    else:
        raise answers.not_known(facts, word)


@app.command()
def objections(
    card: Annotated[str | None, typer.Argument(help="The id of a card, as the list shows it.", metavar="[ID]")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the card as a page for one sheet of A4.")
    ] = None,
) -> None:
    """List what people object to the rules, or show the answer to it.

    A card gives an objection in its strongest form, what is true in it, what the vendor says and why, what to do
    instead, what remains as risk and what would change the answer.
    """
    from exkit.facts import load
    from exkit.teaching import load_objections, objection_named
    from exkit.terminal import console, show_objection, show_objections

    facts, show = load(), console()
    cards = load_objections(facts)
    if card is None:
        if out is not None:
            raise ValueError("--out: name the card to write; exkit objections lists them")
        show_objections(show, cards)
        return
    found = objection_named(cards, card)
    if out is None:
        show_objection(show, facts, found)
        return
    from exkit.report.cards import page
    from exkit.whole import write_whole

    write_whole(out, page(found, facts).encode())
    print(shown(out))


@app.command()
def ports(
    file: Annotated[Path | None, typer.Argument(help="A topology file.", metavar="[FILE]")] = None,
    version: Annotated[str | None, typer.Option(help="Without a file: the table of this Exchange version.")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="ROLE", help="Only what this role opens.")] = None,
    to: Annotated[str | None, typer.Option(metavar="ROLE", help="Only what is opened towards this role.")] = None,
) -> None:
    """List the ports to open, of a file or a version."""
    from exkit import explain as answers
    from exkit.facts import load
    from exkit.terminal import console, show_ports, show_table_of_ports

    if (file is None) == (version is None):
        raise ValueError("name a topology file, or a version with --version")
    facts, out = load(), console()
    ends = answers.port_role_named("--from", from_), answers.port_role_named("--to", to)
    if version is not None:
        show_table_of_ports(out, answers.ports_between(facts, answers.version_named(version), *ends))
        return
    if file is not None:
        from exkit.flows import ports_to_open
        from exkit.intake import read

        topology = read(file).topology
        show_ports(out, answers.only_between(topology, ports_to_open(topology, facts), *ends))


@app.command()
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


@app.command()
def new(
    name: Annotated[str | None, typer.Argument(help="The customer's name.", metavar="[NAME]")] = None,
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


@app.command()
def workshop(
    file: Annotated[Path, typer.Argument(help="A topology file; it may be new.", metavar="[FILE]")] = Path(
        "workshop.yaml"
    ),
    from_: Annotated[str, typer.Option("--from", metavar="PATTERN", help="What a new one starts from.")] = "",
    port: Annotated[int, typer.Option(help="The port of the workshop; else a free one.", min=0, max=65535)] = 0,
    room: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Give a second, read-only link at this address of this machine.")
    ] = "",
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Build a topology with the customer in the room, in the browser.

    Every edit goes into FILE's journal (FILE.workshop.jsonl) before it is shown. Ctrl-C ends it.
    """
    from exkit.workshop.serving import serve

    serve(file, from_, port, room, lambda line: print(shown(line), flush=True), browse=browser)


@app.command()
def schema() -> None:
    """Print the JSON Schema of topology files, for editors."""
    from exkit.facts import load
    from exkit.intake import json_schema

    print(json.dumps(json_schema(product.id for product in load().products), indent=1))


@app.command()
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


def parse_date(text: str | None) -> date | None:
    """The day that was asked for, or None when none was. ValueError for what is no date.

    >>> parse_date("2010-06-01"), parse_date(None)
    (datetime.date(2010, 6, 1), None)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--as-of: {text!r} is no date; write it like 2010-06-01") from None


def parse_months(text: str) -> int:
    """A number of months to look ahead. ValueError for what is none.

    >>> parse_months("36")
    36
    """
    from exkit.timeline import MOST_MONTHS

    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_MONTHS):
        raise ValueError(f"--months: {text!r} is no number of months; write a whole number from 1 to {MOST_MONTHS}")
    return int(text)


def shown(path: Path | str) -> str:
    """A path, or a line that holds one, as a terminal may show it."""
    from exkit.terminal import clean

    return clean(str(path))


def tell(*lines: object) -> None:
    """An error for the person at the terminal: to stderr, control characters shown as text."""
    from exkit.terminal import clean

    for line in lines:
        print(clean(str(line)), file=sys.stderr)


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


if __name__ == "__main__":
    main()
