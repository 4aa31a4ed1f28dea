"""Commands that answer from the tables: statements and roles, ports, objections."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from exkit.cli.options import parse_date, shown


def explain(
    word: Annotated[str, typer.Argument(help="A statement (cas-in-perimeter) or a role (ClientAccess, CAS).")],
    version: Annotated[str | None, typer.Option(help="Exchange version: 2003, 2007, 2010, ...")] = None,
    zone: Annotated[str | None, typer.Option(help="Kind of zone: internet, perimeter, internal, ...")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="What is in force on a day such as 2010-06-01.")
    ] = None,
) -> None:
    """Say what a statement or a role means, without a file."""
    from exkit import explain as answers
    from exkit.facts import load
    from exkit.teaching import load_sayings
    from exkit.terminal import console, show_role, show_sayings, show_statement

    facts, out = load(), console()
    wanted = answers.version_named(version) if version else None
    kind = answers.zone_named(zone) if zone else None
    day = parse_date(as_of)
    if statements := answers.statements_named(facts, word, wanted):
        rows = answers.rows_in_force(statements, day)
        for row in rows:
            show_statement(out, facts, row)
        show_sayings(out, *answers.said_of(rows, wanted, *load_sayings(facts)))
    elif role := answers.role_named(word):
        for answer in answers.role_answers(facts, role, wanted, kind, day or date.today()):
            show_role(out, facts, answer)
    else:
        raise answers.not_known(facts, word)


def ports(
    file: Annotated[Path | None, typer.Argument(help="A topology file.", metavar="FILE")] = None,
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
        from exkit.intake import read
        from exkit.ports import ports_to_open

        topology = read(file).topology
        show_ports(out, answers.only_between(topology, ports_to_open(topology, facts), *ends))


def objections(
    card: Annotated[str | None, typer.Argument(help="The id of a card, as the list shows it.", metavar="ID")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the card as a page for one sheet of A4.")
    ] = None,
) -> None:
    """Show what people object to the rules, and the answers.

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
