"""What the command line shows: the answer first, then the findings, worst first. Names of customers stay text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from exkit.verdict import Verdict

if TYPE_CHECKING:  # pydantic takes a third of a second to import; --help does without
    from exkit.advice import Advice, Finding
    from exkit.doctor import Check
    from exkit.explain import RoleAnswer
    from exkit.facts import Facts, PortRow, RoleRow, Statement
    from exkit.flows import OpenPort

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
    customer = clean(advice.topology.customer)
    out.print(Text.assemble((clean(file), "bold"), f": {customer}, as of {advice.as_of.isoformat()}"))
    answer = Table.grid(padding=(0, 2))
    for aspect, name in (("topology", "Topology"), ("lifecycle", "Life cycle")):
        findings = [finding for finding in advice.of(aspect) if finding.verdict is not Verdict.UNKNOWN]
        answer.add_row(name, verdict_text(advice.verdict(aspect), out), counted(findings))
    if advice.questions:
        answer.add_row("Questions", verdict_text(Verdict.UNKNOWN, out), f"{len(advice.questions)} open")
    out.print(Padding(answer, (0, 0, 0, 2), expand=False))
    for verdict in Verdict:
        group = [finding for finding in shown if finding.verdict is verdict]
        if group:
            out.print()
            out.print(verdict_text(verdict, out))
            for finding in group:
                show_finding(out, finding)
    hidden = len(advice.findings) - len(shown)
    if hidden:
        out.print()
        out.print(f"{hidden} {'choices are' if hidden > 1 else 'choice is'} supported; --all shows the reasons.")


def show_finding(out: Console, finding: Finding) -> None:
    """One finding: what, why, what to do, and who says so."""
    out.print(Padding(Text(clean(finding.id), style="bold"), (0, 0, 0, 2), expand=False))
    rows = [("", finding.summary), ("Why", finding.why)]
    if finding.condition:
        rows.append(("Condition", finding.condition))
    if finding.question:
        allowed = f" ({', '.join(finding.question.allowed)})" if finding.question.allowed else ""
        rows.append(("Question", f"{finding.question.text}{allowed}"))
        rows.append(("Field", finding.question.field))
    if finding.fix and finding.verdict is not Verdict.SUPPORTED:
        rows.append(("Fix", finding.fix))
    if finding.disagreement:
        rows.append(("But", finding.disagreement.reading))
    rows.extend(("Source", source_line(one.title, one.url, one.confidence)) for one in finding.sources[:1])
    if finding.waiver:
        until = f" until {finding.waiver.expires.isoformat()}" if finding.waiver.expires else ""
        rows.append(("Waived", f"{finding.waiver.because}{until}"))
    show_rows(out, rows)


def source_line(title: str, url: str, confidence: str) -> str:
    """A source with its address; the confidence is named unless the vendor's own text was read.

    >>> source_line("Planning guide", "", "recalled")
    'Planning guide (recalled)'
    """
    said = "" if confidence == "documented" else f" ({confidence})"
    return f"{title}{said}{f', {url}' if url else ''}"


def _sources(facts: Facts, row: Statement | RoleRow) -> list[tuple[str, str]]:
    found = [facts.source(name) for name in row.sources]
    return [("Source", source_line(source.title, source.url, row.confidence)) for source in found]


def show_rows(out: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Label and text, one under the other; a text without a label takes the whole width."""
    for label, text in rows:
        lead = f"{label}: " if label else ""
        out.print(Padding(Text.assemble((lead, "dim"), clean(text)), (0, 0, 0, 4), expand=False))


def show_table(out: Console, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table; nothing is cut, long cells fold."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    out.print(table)


def show_statement(out: Console, facts: Facts, row: Statement) -> None:
    """One statement, as far as a reader needs it without a topology."""
    of = f", Exchange {', '.join(row.versions)}" if row.versions else ""
    out.print(Text.assemble((row.id, "bold"), of, ": ", verdict_text(row.verdict, out)))
    rows = [("", row.claim), ("Why", row.why)]
    rows += [("Condition", row.condition)] if row.condition else []
    rows += [("Fix", row.fix)] if row.fix else []
    rows += [("But", row.disagreement)] if row.disagreement else []
    if row.since or row.until:
        rows.append(("In force", f"{row.since or 'always'} to {row.until or 'today'}"))
    rows += [("Note", row.note)] if row.note else []
    rows += _sources(facts, row)
    show_rows(out, rows)


def show_role(out: Console, facts: Facts, answer: RoleAnswer) -> None:
    """What a role is in one version; where it was asked, what holds in that zone."""
    row = answer.row
    out.print(Text.assemble((f"{row.role} of Exchange {row.version}", "bold")))
    for finding in answer.findings:
        out.print(Padding(verdict_text(finding.verdict, out), (0, 0, 0, 2), expand=False))
        show_finding(out, finding)
    rows = [("Does", row.does), ("In the perimeter", f"{row.perimeter}. {row.perimeter_note}")]
    rows += [("Domain member", row.domain_member), ("Reaches mailboxes", row.mailbox_access)]
    rows += [("Rights in the directory", row.directory_rights), ("Shares a host", row.shares_host)]
    rows += _sources(facts, row)
    show_rows(out, rows)


def show_ports(out: Console, rows: Iterable[OpenPort]) -> None:
    """The ports that one topology needs open; where the vendor allows no filter, the row says every port."""
    show_table(
        out,
        ("From", "To", "Ports", "What for", "Need", "Through"),
        (
            (
                ", ".join(row.sources),
                ", ".join(row.targets),
                ", ".join(row.ports) or "every port, both ways",
                row.path,
                f"{row.need}: {row.condition}" if row.condition else row.need,
                ", ".join(row.devices),
            )
            for row in rows
        ),
    )


def show_table_of_ports(out: Console, rows: Iterable[PortRow]) -> None:
    """Rows of the ports table. A row is no permission to filter: the last column says what a firewall may do."""
    show_table(
        out,
        ("From", "To", "Ports", "What for", "Need", "A firewall may"),
        (
            (
                row.source.value,
                row.target.value,
                ", ".join(f"{ports}/{row.transport}" for ports in row.ports) or row.transport,
                row.path,
                f"{row.need}: {row.condition}" if row.condition else row.need,
                {"tight": "open just this", "any-any": "filter nothing", "local": "never open it"}[row.filter],
            )
            for row in rows
        ),
    )


def show_check(out: Console, check: Check) -> None:
    """One line of `exkit doctor`."""
    lead = Text(f"{sign(check.verdict, out.encoding)} ", style=f"bold {check.verdict.colour}")
    todo = f": {check.advice}" if check.advice else ""
    out.print(Text.assemble(lead, (check.name, "bold"), f"  {clean(check.found)}{clean(todo)}"), soft_wrap=True)
