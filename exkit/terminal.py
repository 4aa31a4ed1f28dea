"""What the command line shows: the answer first, then the findings, worst first. Names of customers stay text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exkit.verdict import Verdict

if TYPE_CHECKING:  # pydantic takes a third of a second to import; --help does without
    from exkit.advice import Advice, Finding
    from exkit.batch import Made
    from exkit.doctor import Check
    from exkit.explain import RoleAnswer
    from exkit.facts import Facts
    from exkit.ports import OpenPort
    from exkit.rows import PortRow, RoleRow, Statement
    from exkit.teaching import Misconception, Objection
    from exkit.timeline import Row, Timeline

WIDEST = 100  # lines longer than this are hard to read
PLAIN_SIGNS = {
    Verdict.UNSUPPORTED: "x",
    Verdict.NOT_RECOMMENDED: "!",
    Verdict.CONDITIONAL: "~",
    Verdict.UNKNOWN: "?",
    Verdict.SUPPORTED: "+",
}
# Control characters, format characters (bidi overrides, zero widths), lone surrogates, line and paragraph separators.
HOSTILE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean(text: str) -> str:
    r"""Text that a terminal shows and never obeys: control and direction characters as escapes.

    >>> print(clean("CAS\x1b[31m1\n"), clean("EX\u202e1"))
    CAS\x1b[31m1\n EX\u202e1
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in HOSTILE else char for char in text
    )


def console(stream: str = "out", width: int | None = None) -> Console:
    """A console that reads no markup, no emoji codes and no highlighting into what it prints; `stream`: out or err."""
    found = Console(markup=False, emoji=False, highlight=False, stderr=stream == "err", width=width)
    return found if width or found.width <= WIDEST else console(stream, WIDEST)


def sign(verdict: Verdict, encoding: str = "utf-8") -> str:
    """The verdict's sign, or a plain one where the terminal has no such character.

    >>> sign(Verdict.UNSUPPORTED), sign(Verdict.UNSUPPORTED, "cp1252")
    ('✕', 'x')
    """
    try:
        verdict.sign.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN_SIGNS[verdict]
    return verdict.sign


def verdict_text(verdict: Verdict, out: Console) -> Text:
    """Sign, word and colour."""
    return Text(f"{sign(verdict, out.encoding)} {verdict.words}", style=f"bold {verdict.colour}")


def counted(findings: Iterable[Finding]) -> str:
    """How many of each verdict, worst first, as people say it: `1 unsupported, 12 supported`."""
    counts = Counter(finding.verdict for finding in findings)
    return (
        ", ".join(f"{counts[verdict]} {verdict.words}" for verdict in Verdict if counts[verdict]) or "nothing to judge"
    )


def show_advice(out: Console, file: str, advice: Advice, shown: Sequence[Finding]) -> None:
    """The answer for one topology, then the findings in `shown`, worst first."""
    from exkit.advice import placement_first

    customer = clean(advice.topology.customer)
    head = Text.assemble((clean(file), "bold"), f": {customer}, as of {advice.as_of.isoformat()}")
    out.print(head, soft_wrap=True)
    for aspect, name in (("topology", "Topology"), ("lifecycle", "Life cycle")):
        findings = [finding for finding in advice.of(aspect) if finding.verdict is not Verdict.UNKNOWN]
        answer = verdict_text(advice.verdict(aspect), out)
        paragraph(out, Text.assemble(f"{name:<12}", answer, f"  ({counted(findings)})"), indent=2)
    if advice.questions:
        answer = verdict_text(Verdict.UNKNOWN, out)
        paragraph(out, Text.assemble(f"{'Questions':<12}", answer, f"  ({len(advice.questions)} open)"), indent=2)
    for verdict in Verdict:
        group = placement_first(finding for finding in shown if finding.verdict is verdict)
        if group:
            out.print()
            out.print(verdict_text(verdict, out))
        for finding in group:
            paragraph(out, Text(clean(finding.id), style="bold"), indent=2)
            show_rows(out, [("", finding.summary), *_reasons(finding)])
    hidden = len(advice.findings) - len(shown)
    if hidden:
        out.print()
        out.print(f"{hidden} {'choices are' if hidden > 1 else 'choice is'} supported; --all shows the reasons.")


def _reasons(finding: Finding) -> Iterable[tuple[str, str]]:
    """Why, what to do, and who says so; addresses of sources stand in the report and in the JSON."""
    yield "Why", finding.why
    yield "Condition", finding.condition or ""
    if finding.question:
        allowed = f" ({', '.join(finding.question.allowed)})" if finding.question.allowed else ""
        yield "Question", f"{finding.question.text}{allowed}"
        yield "Field", finding.question.field
    if finding.verdict is not Verdict.SUPPORTED:
        yield "Fix", finding.fix
    if finding.disagreement:
        yield "But", f"{finding.disagreement.reading} {finding.disagreement.decided}"
    yield from (("Source", source_line(source.title, source.confidence)) for source in finding.sources[:1])
    if finding.waiver:
        until = f" until {finding.waiver.expires.isoformat()}" if finding.waiver.expires else ""
        yield "Waived", f"{finding.waiver.because}{until}"


def source_line(title: str, confidence: str) -> str:
    """A source; how sure it is, unless the vendor's own text was read.

    >>> source_line("Planning guide", "recalled")
    'Planning guide (recalled)'
    """
    return title if confidence == "documented" else f"{title} ({confidence})"


def paragraph(out: Console, text: Text, indent: int) -> None:
    """Text folded to the console's width, every line indented, nothing after its end."""
    for line in text.wrap(out, max(out.width - indent, 20), overflow="fold"):
        line.rstrip()
        out.print(Text.assemble(" " * indent, line), soft_wrap=True)


def show_rows(out: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Label and text, one under the other; a text without a label stands alone, an empty one is left out."""
    for label, text in rows:
        if text:
            paragraph(out, Text.assemble((f"{label}: " if label else "", "dim"), clean(text)), indent=4)


def show_sources(out: Console, facts: Facts, row: Statement | RoleRow) -> None:
    """Where a row comes from, each address whole on a line of its own."""
    for source in map(facts.source, row.sources):
        show_rows(out, [("Source", source_line(source.title, row.confidence))])
        if source.url:
            out.print(f"    {clean(source.url)}", soft_wrap=True)


def show_statement(out: Console, facts: Facts, row: Statement) -> None:
    """One statement, as far as a reader needs it without a topology."""
    from exkit.report.words import in_force

    of = f", Exchange {', '.join(row.versions)}" if row.versions else ""
    out.print(Text.assemble((row.id, "bold"), of, ": ", verdict_text(row.verdict, out)), soft_wrap=True)
    rows = [
        ("", row.claim),
        ("Why", row.why),
        ("Condition", row.condition),
        ("Fix", row.fix),
        ("But", f"{row.disagreement} {row.decided}".strip()),
    ]
    show_rows(out, [*rows, ("In force", in_force(row.since, row.until)), ("Note", row.note)])
    show_sources(out, facts, row)


def show_sayings(out: Console, cards: Iterable[Objection], reasons: Iterable[Misconception]) -> None:
    """What people say of a statement: each card with the command that opens it, each wrong reason with its answer."""
    for card in cards:
        show_rows(out, [("Objection", card.claim), ("Answered by", f"exkit objections {card.id}")])
    for reason in reasons:
        show_rows(out, [("Wrong reason", reason.belief), ("Because", reason.correction)])


def show_role(out: Console, facts: Facts, answer: RoleAnswer) -> None:
    """What a role is in one version; where a zone was asked for, first what the statements say of it there."""
    row = answer.row
    _heading(
        out, f"{row.role} of Exchange {row.version}" + (f" in a zone of kind {answer.zone}" if answer.zone else "")
    )
    for finding in answer.findings:
        paragraph(out, verdict_text(finding.verdict, out), indent=2)
        show_rows(out, [("Statement", finding.statement), *_reasons(finding)])
    if answer.zone and not answer.findings:
        paragraph(out, verdict_text(Verdict.UNKNOWN, out), indent=2)
        show_rows(out, [("", "No statement covers this; ask the vendor.")])
    place = ": ".join(part for part in (row.perimeter, row.perimeter_note) if part)
    rows = [("Does", row.does), ("In the perimeter", place), ("Domain member", row.domain_member)]
    rows += [("Reaches mailboxes", row.mailbox_access), ("Rights in the directory", row.directory_rights)]
    show_rows(out, [*rows, ("Shares a host", row.shares_host)])
    show_sources(out, facts, row)


def show_objections(out: Console, cards: Iterable[Objection]) -> None:
    """The cards there are: what to call each by, and what people say."""
    out.print("Show one of these:  exkit objections ID")
    for card in cards:
        paragraph(out, Text(card.id, style="bold"), indent=0)
        show_rows(out, [("", card.claim)])


def show_objection(out: Console, facts: Facts, card: Objection) -> None:
    """One card, and the verdicts that the facts of today have behind it."""
    from exkit.report.cards import rulings

    _heading(out, card.claim)
    show_rows(out, card.answers)
    for ruling in rulings(card, facts):
        told = Text("; ").join(
            Text.assemble(verdict_text(verdict, out), f" {of}".rstrip()) for verdict, of in ruling.verdicts
        )
        head = Text.assemble(("Judged: ", "dim"), clean(ruling.claim), f" {ruling.statement}: ")
        paragraph(out, Text.assemble(head, told), indent=4)
    for source in map(facts.source, card.sources):
        show_rows(out, [("Source", source.title)])
        if source.url:
            out.print(f"    {clean(source.url)}", soft_wrap=True)


def show_ports(out: Console, rows: Iterable[OpenPort]) -> None:
    """The ports that one topology needs open, by pair of ends; where the vendor allows no filter, it says so."""
    for (sources, targets, devices), group in groupby(rows, lambda row: (row.sources, row.targets, row.devices)):
        through = f", through {', '.join(devices)}" if devices else ""
        _heading(out, f"{', '.join(sources)} to {', '.join(targets)}{through}")
        for row in group:
            _port_line(out, ", ".join(row.ports) or "every port, both ways", row.path, row.need, row.condition)


def show_table_of_ports(out: Console, rows: Iterable[PortRow]) -> None:
    """Rows of the ports table, by pair of ends. A row is no permission to filter: the heading says what is."""
    may = {"tight": "a firewall may open just this", "any-any": "no filter allowed", "local": "never open it"}
    by_ends = sorted(rows, key=lambda row: (row.source, row.target, row.filter))
    for (source, target, kind), group in groupby(by_ends, lambda row: (row.source, row.target, row.filter)):
        _heading(out, f"{source} to {target}: {may[kind]}")
        for row in group:
            ports = ", ".join(f"{ports}/{row.transport}" for ports in row.ports) or row.transport
            _port_line(out, ports, row.path, row.need, row.condition)


def show_timeline(out: Console, file: str, line: Timeline) -> None:
    """What goes out of support and when, by day: what has, what will within the horizon, what later, what is not known.

    Releases stand here only while they are to come, ends of mainstream support only while there is any support.
    """
    from exkit.timeline import Milestone, Phase, State

    head = Text.assemble((clean(file), "bold"), f": {clean(line.customer)}, as of {line.as_of.isoformat()}")
    out.print(head, soft_wrap=True)
    horizon = f"Within {line.months} {'month' if line.months == 1 else 'months'}, until {line.until.isoformat()}"
    heads = {State.PAST: "Past", State.WITHIN: horizon, State.LATER: "Later", State.NOT_KNOWN: "Not known"}
    for state, heading in heads.items():
        rows = [row for row in line.rows if row.state is state]
        if state in (State.PAST, State.NOT_KNOWN):
            over = [row for row in rows if row.what.phase is Phase.OUT and row.milestone is Milestone.MAINSTREAM_END]
            rows = [row for row in rows if row.milestone is not Milestone.RELEASED and row not in over]
        if rows or state is State.WITHIN:
            out.print()
            _heading(out, heading)
        for row in rows:
            _show_day(out, row)
        if state is State.WITHIN and not rows:
            show_rows(out, [("", "Nothing comes to an end.")])


def _show_day(out: Console, row: Row) -> None:
    from exkit.report.words import names
    from exkit.timeline import LAST

    what, life = row.what, row.what.life
    recalled = " (recalled)" if life and life.confidence == "recalled" else ""
    told = f"{clean(what.name)}: {row.milestone.value}{row.when}{recalled}"
    paragraph(out, Text.assemble((row.day.isoformat() if row.day else "no day", "bold"), f"  {told}"), indent=2)
    verdict = what.phase.verdict
    mark = Text(f"{sign(verdict, out.encoding)} {what.phase.words}", style=f"bold {verdict.colour}")
    paragraph(out, Text.assemble(mark, ("  Used by: ", "dim"), clean(names(what.used_by))), indent=4)
    if life and row.milestone in LAST:
        paid = what.paid
        rows = [("But", f"{life.disagreement} {life.decided}".strip())]
        if paid:
            told = f"{paid.claim} {paid.why} Condition: {paid.condition}"
            rows.append(("Paid updates", f"{told} ({paid.confidence}; exkit explain {paid.id})"))
        sources = "; ".join(source.title for source in what.sources)
        show_rows(out, [*rows, ("Source", source_line(sources, life.confidence))])


def show_run(out: Console, made: Made) -> None:
    """The summary of a run: how many, how they ended, which took longest."""
    counts = Counter(outcome.state for outcome in made.outcomes)
    told = {"made": "written", "unchanged": "unchanged", "refused": "could not be judged", "failed": "failed"}
    table = Table(box=None, pad_edge=False, show_header=False)
    for state, words in told.items():
        if counts[state]:
            table.add_row(words, str(counts[state]))
    if made.stopped:
        table.add_row("stopped before their turn", str(made.wanted - len(made.outcomes)))
    slow = max(made.outcomes, key=lambda outcome: outcome.seconds, default=None)
    if slow is not None and len(made.outcomes) > 1 and slow.seconds:
        table.add_row("slowest", f"{slow.seconds:.1f} s, {clean(slow.job.name)}")
    out.print(table)
    if made.stopped:
        out.print("Stopped. The same command with --resume goes on from here.")


def _heading(out: Console, text: str) -> None:
    paragraph(out, Text(clean(text), style="bold"), indent=0)


def _port_line(out: Console, ports: str, path: str, need: str, condition: str) -> None:
    why = f" ({need}: {condition})" if condition else "" if need == "required" else f" ({need})"
    show_rows(out, [("", f"{ports}  {path}{why}")])


def show_check(out: Console, check: Check) -> None:
    """One line of `exkit doctor`."""
    lead = Text(f"{sign(check.verdict, out.encoding)} ", style=f"bold {check.verdict.colour}")
    todo = f": {check.advice}" if check.advice else ""
    out.print(Text.assemble(lead, (check.name, "bold"), f"  {clean(check.found)}{clean(todo)}"), soft_wrap=True)
