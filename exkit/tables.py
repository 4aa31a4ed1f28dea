"""Facts and advice as pandas frames with headings for people; for notebooks, nothing reads them back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd  # type: ignore[import-untyped]

from exkit.advice import Advice
from exkit.facts import Facts
from exkit.report.matrix import limits, part_name, platform_name
from exkit.rows import Life, Platform, Statement
from exkit.topology import Topology
from exkit.verdict import Verdict


def searchable() -> None:
    """From here on a notebook shows each frame with a search box, sorted by a click; works without a network.

    The scripts are put into the notebook's output, so that an exported page is whole as well.
    """
    import itables

    itables.init_notebook_mode(all_interactive=True, connected=False)
    itables.options.lengthMenu = [10, 25, 100, -1]
    itables.options.classes = "display compact"
    itables.options.style = "table-layout:auto;width:100%;margin:0"
    itables.options.maxBytes = 0  # whole tables: what a search does not find is not there
    itables.options.showIndex = False
    itables.options.autoWidth = True  # columns by their content, so that prose gets the room
    itables.options.columnDefs = [{"targets": "_all", "className": "dt-left dt-top"}]


def verdict_word(verdict: Verdict) -> str:
    """A verdict as a cell: sign and word, since a cell has no colour of its own.

    >>> verdict_word(Verdict.NOT_RECOMMENDED)
    '▲ not recommended'
    """
    return f"{verdict.sign} {verdict.words}"


def findings(advice: Advice) -> pd.DataFrame:
    """The findings, worst first."""
    return pd.DataFrame(
        {
            "Verdict": [verdict_word(finding.verdict) for finding in advice.findings],
            "Aspect": [
                "life cycle" if finding.aspect == "lifecycle" else finding.aspect for finding in advice.findings
            ],
            "Subjects": [", ".join(finding.subjects) for finding in advice.findings],
            "Finding": [finding.summary for finding in advice.findings],
            "Why": [finding.why for finding in advice.findings],
            "Fix": [finding.fix for finding in advice.findings],
            "Id": [finding.id for finding in advice.findings],
        }
    )


def servers(topology: Topology) -> pd.DataFrame:
    """The hosts of a topology. Empty cells: not known."""
    return pd.DataFrame(
        {
            "Server": [server.name for server in topology.servers],
            "Version": [server.version or "" for server in topology.servers],
            "Roles": [_words(server.roles) for server in topology.servers],
            "Zone": [server.zone or "" for server in topology.servers],
            "Site": [server.site or "" for server in topology.servers],
            "Windows": [server.os or "" for server in topology.servers],
        }
    )


def roles(facts: Facts) -> pd.DataFrame:
    """What each role does in each version, and whether it may stand in the perimeter network."""
    return pd.DataFrame(
        {
            "Version": [row.version for row in facts.roles],
            "Role": [row.role.value for row in facts.roles],
            "What it does": [row.does for row in facts.roles],
            "In the perimeter": [_joined(row.perimeter, row.perimeter_note) for row in facts.roles],
            "Domain member": [row.domain_member for row in facts.roles],
            "What whoever takes it holds": [f"{row.mailbox_access}; {row.directory_rights}" for row in facts.roles],
            "Shares a host with": [row.shares_host for row in facts.roles],
            "Confidence": [row.confidence for row in facts.roles],
        }
    )


def statements(facts: Facts) -> pd.DataFrame:
    """What vendors say about support: one row a statement and set of versions."""
    return pd.DataFrame(
        {
            "Id": [row.id for row in facts.statements],
            "Versions": [_words(row.versions) or "any" for row in facts.statements],
            "Verdict": [verdict_word(row.verdict) for row in facts.statements],
            "What is the case": [row.claim for row in facts.statements],
            "Why": [_with(row.why, "Another reading", _readings(row)) for row in facts.statements],
            "What to do": [_with(row.fix, "Condition", row.condition) for row in facts.statements],
            "Founded on": [_titles(row.sources, facts) for row in facts.statements],
            "Confidence": [row.confidence for row in facts.statements],
        }
    )


def ports(facts: Facts) -> pd.DataFrame:
    """Who needs which ports to whom: one row a data path and transport."""
    return pd.DataFrame(
        {
            "Version": [row.version for row in facts.ports],
            "From": [row.source.value for row in facts.ports],
            "To": [row.target.value for row in facts.ports],
            "Transport": [row.transport for row in facts.ports],
            "Ports": [", ".join(row.ports) for row in facts.ports],
            "What for": [row.path for row in facts.ports],
            "Needed": [_joined(row.need, row.condition) for row in facts.ports],
            "Opened by": ["both ends" if row.both_ways else "the first" for row in facts.ports],
            "Filter": [_FILTERS[row.filter] for row in facts.ports],
            "Confidence": [row.confidence for row in facts.ports],
        }
    )


def matrix(facts: Facts) -> pd.DataFrame:
    """The support matrix as one list to search in; `exkit.report.matrix` shows it version by version."""
    return pd.DataFrame(
        {
            "Version": [row.version for row in facts.platforms],
            "Part": [part_name(row.part) for row in facts.platforms],
            "Platform": [platform_name(row.platform, facts) for row in facts.platforms],
            "Verdict": [verdict_word(row.verdict) for row in facts.platforms],
            "Limits": ["; ".join(limits(row)) for row in facts.platforms],
            "Condition": [row.condition for row in facts.platforms],
            "From": [_day(row.since) for row in facts.platforms],
            "Until": [_day(row.until) for row in facts.platforms],
            "Where sources disagree": [_readings(row) for row in facts.platforms],
            "Confidence": [row.confidence for row in facts.platforms],
        }
    )


def builds(facts: Facts) -> pd.DataFrame:
    """What each build number means, and when it came out."""
    return pd.DataFrame(
        {
            "Version": [row.version for row in facts.builds],
            "Update": [row.name for row in facts.builds],
            "Build": [row.build for row in facts.builds],
            "Released": [row.released for row in facts.builds],
            "Confidence": [row.confidence for row in facts.builds],
        }
    )


def products(facts: Facts) -> pd.DataFrame:
    """What can publish Exchange, which versions and protocols, and how it pre-authenticates."""
    return pd.DataFrame(
        {
            "Product": [row.name for row in facts.products],
            "Publishes": [_with(_words(row.publishes), "By hand", _words(row.by_hand)) for row in facts.products],
            "Protocols": [_words(row.protocols) for row in facts.products],
            "Pre-authenticates": [
                _with(_words(row.preauth_protocols), "By", _words(row.preauth)) for row in facts.products
            ],
            "Validates with": [", ".join(row.validation) for row in facts.products],
            "Delegates by": [", ".join(row.delegation) for row in facts.products],
            "Limits": [row.limits for row in facts.products],
            "Confidence": [row.confidence for row in facts.products],
        }
    )


def life_cycle(facts: Facts) -> pd.DataFrame:
    """When each version, product and operating system came out, and until when it was supported."""
    return pd.DataFrame(
        {
            "Product": [row.name for row in facts.lives],
            "Released": [_day(row.released) for row in facts.lives],
            "Mainstream support until": [_day(row.mainstream_end) for row in facts.lives],
            "Extended support until": [_day(row.extended_end) for row in facts.lives],
            "Where sources disagree": [_readings(row) for row in facts.lives],
            "Confidence": [row.confidence for row in facts.lives],
        }
    )


def sources(facts: Facts) -> pd.DataFrame:
    """The texts behind the facts, and how many statements rest on each."""
    counts = pd.Series([name for row in facts.statements for name in row.sources], dtype=str).value_counts()
    return pd.DataFrame(
        {
            "Source": [row.title for row in facts.sources],
            "Address": [row.url for row in facts.sources],
            "Statements": [int(counts.get(row.id, 0)) for row in facts.sources],
        }
    )


_FILTERS = {
    "tight": "may be tight",
    "any-any": "nothing may stand in the way",
    "local": "stays on the host",
}


def _words(values: Iterable[str]) -> str:
    return ", ".join(str(value) for value in values)


def _joined(word: str, note: str) -> str:
    return f"{word}: {note}" if note else word


def _readings(row: Statement | Platform | Life) -> str:
    """The other reading, and which one decides."""
    return f"{row.disagreement} {row.decided}".strip()


def _with(text: str, word: str, more: str) -> str:
    """A text and a further one under a word of its own, in one cell: a table of ten columns of prose is unreadable."""
    return f"{text} {word}: {more}".strip() if more else text


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _titles(ids: Iterable[str], facts: Facts) -> str:
    return "; ".join(facts.source(name).title for name in ids)
