"""What the prose of a lesson names, ports, days and verdicts, held against the facts.

A sentence that names one must not contradict the facts, and must carry a source of `data/knowledge/sources.csv` as a
link, or stand beside a cell that printed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from exkit.facts import Facts
from exkit.rows import PortRole, PortRow
from exkit.topology import Role, Version
from exkit.verdict import Verdict

LINK = re.compile(r"\[([^\]]*)\]\((?:<([^>]*)>|([^)\s]*))\)")
CODE = re.compile(r"`([^`]*)`")
END = re.compile(r"(?<=[.?!:])[*\")]*\s+(?=[\"*(`\[]*[A-Z0-9`*])|\n(?=[|-])")
PORT = re.compile(r"(?<![\w.-])(\d{1,5}(?:-\d{1,5})?)/(tcp|udp)\b")
DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
VERDICT = re.compile(r"\b(unsupported|not[- ]recommended|conditional|supported|unknown)\b", re.IGNORECASE)
VERSION = re.compile(
    r"(?<![\w.-])(2000|2003|2007|2010|2013|2016|2019)(?![\w-]|\.\d)|\b(SE)\b|\b(Subscription Edition)\b"
)
PLAIN = re.compile(r"(?<![\w.-])\d[\d.]*(?![\w-])")
WAY = re.compile(r"from (?:the )?([A-Za-z -]+?) (?:servers? )?to (?:the |an? )?([A-Za-z -]+)", re.IGNORECASE)
ROLES = {
    "front-end": PortRole.FRONT_END, "back-end": PortRole.BACK_END, "client access": PortRole.CLIENT_ACCESS,
    "hub transport": PortRole.HUB_TRANSPORT, "mailbox": PortRole.MAILBOX, "edge": PortRole.EDGE_TRANSPORT,
    "domain controller": PortRole.DOMAIN_CONTROLLER, "global catalog": PortRole.GLOBAL_CATALOG,
    "proxy": PortRole.REVERSE_PROXY, "radius": PortRole.RADIUS_SERVER, "internet": PortRole.INTERNET,
    "unified messaging": PortRole.UNIFIED_MESSAGING, "dns": PortRole.DNS,
}  # fmt: skip
PERIMETER = {"yes": Verdict.SUPPORTED, "no": Verdict.UNSUPPORTED, "conditional": Verdict.CONDITIONAL}


@dataclass(frozen=True)
class Sentence:
    """A sentence of a lesson: as it is written, and what the cells beside it printed."""

    text: str
    printed: str = ""

    @cached_property
    def words(self) -> str:
        """Without the addresses of its links, and without what stands in backticks."""
        return CODE.sub(" ", LINK.sub(r"\1", self.text))

    @property
    def addresses(self) -> set[str]:
        """Where its links lead."""
        return {match[2] or match[3] for match in LINK.finditer(self.text)}

    @property
    def quoted(self) -> set[str]:
        """What stands in backticks: ids of statements, names of servers."""
        return set(CODE.findall(self.text))

    @property
    def ports(self) -> list[tuple[str, str]]:
        """Numbers with their transport."""
        return [(match[1], match[2]) for match in PORT.finditer(self.words)]

    @property
    def days(self) -> list[str]:
        """Days as 2010-01-31."""
        return DAY.findall(self.words)

    @property
    def verdicts(self) -> list[Verdict]:
        """Words that are verdicts."""
        return [Verdict(match[1].lower().replace(" ", "-")) for match in VERDICT.finditer(self.words)]

    def versions(self, facts: Facts) -> set[Version]:
        """The Exchange versions that it names; a number in the name of another product is none."""
        found = VERSION.findall(without_names(self.words, facts))
        return {Version(number or "SE") for number, *_se in found}

    @property
    def roles(self) -> set[PortRole]:
        """The ends of data paths that it names."""
        return {role for word, role in ROLES.items() if re.search(rf"\b{word}", self.words, re.IGNORECASE)}


def sentences(markdown: str, printed: str = "") -> Iterator[Sentence]:
    """The sentences of a cell; a row of a table is one, and so is a heading.

    >>> [one.text for one in sentences("# Is it so?\\n\\nIt is. See `here`.")]
    ['# Is it so?', 'It is.', 'See `here`.']
    """
    for paragraph in re.split(r"\n\s*\n", markdown):
        lines = paragraph.splitlines() if paragraph.startswith(("|", "#")) else END.split(" ".join(paragraph.split()))
        yield from (Sentence(line, printed) for line in lines if line.strip())


def without_names(words: str, facts: Facts) -> str:
    """Without the names of products and systems, whose numbers are neither versions nor ports."""
    names = {life.name for life in facts.lives if life.kind != "exchange"}
    names |= {name for product in facts.products for name in (product.name, *product.also_called)}
    names |= {"Hosted Messaging and Collaboration 4.5", "HMC 4.5"}
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, " ")
    return words


def problems(sentence: Sentence, facts: Facts, versions: tuple[Version, ...]) -> list[str]:
    """What is wrong with a sentence; `versions` are those of its lesson, meant where it names none itself."""
    meant = sentence.versions(facts) or set(versions)
    found = [*_ports(sentence, facts, meant), *_days(sentence, facts), *_verdicts(sentence, facts, meant)]
    return found + _unread(sentence, facts) + _without_source(sentence, facts)


def _ports(sentence: Sentence, facts: Facts, versions: set[Version]) -> Iterator[str]:
    for number, transport in sentence.ports:
        rows = [
            row for row in facts.ports if row.version in versions and row.transport == transport and number in row.ports
        ]
        if not rows:
            yield f"{number}/{transport} is no port of {', '.join(sorted(versions))}"
        elif sentence.roles and not any({row.source, row.target} & sentence.roles for row in rows):
            yield f"{number}/{transport} has nothing to do with {', '.join(sorted(sentence.roles))}"
        else:
            yield from _direction(sentence, rows, f"{number}/{transport}")


def _direction(sentence: Sentence, rows: list[PortRow], port: str) -> Iterator[str]:
    for source, target in WAY.findall(sentence.words):
        ends = [{role for word, role in ROLES.items() if word in end.lower()} for end in (source, target)]
        if all(ends) and not any(row.source in ends[0] and row.target in ends[1] for row in rows):
            yield f"{port} does not run from {source} to {target}"


def _days(sentence: Sentence, facts: Facts) -> Iterator[str]:
    days = sentence.days
    lives = [life for life in facts.lives if life.name in sentence.words]
    lives += [facts.life(f"exchange-{one.value.casefold()}") for one in sentence.versions(facts)]
    if not days:
        return
    known = {str(day) for life in lives if life for day in (life.released, life.mainstream_end, life.extended_end)}
    rows = [row for row in facts.statements if row.id in sentence.quoted]
    known |= {str(day) for row in rows for day in (row.since, row.until)}
    titles = " ".join(source.title for source in facts.sources if source.url in sentence.addresses)
    for day in days:
        if day not in known and day not in titles:
            yield f"{day} is no day of what the sentence names"


def _verdicts(sentence: Sentence, facts: Facts, versions: set[Version]) -> Iterator[str]:
    rows = [row for row in facts.statements if row.id in sentence.quoted]
    said = set(sentence.verdicts)
    held = {row.verdict for row in rows if not row.versions or versions & set(row.versions)}
    if rows and said and not said <= held:
        yield f"{', '.join(said)}: the facts say {', '.join(held) or 'nothing for these versions'}"
    if said and re.search(r"\bin (?:the|a) perimeter network", sentence.words):
        named = [row for row in facts.roles if row.role in _exchange(sentence.roles) and row.version in versions]
        allowed = {PERIMETER[row.perimeter] for row in named}
        if sentence.versions(facts) and named and not said & allowed:
            yield f"{', '.join(said)} in the perimeter network: the facts say {', '.join(allowed)}"


def _exchange(roles: set[PortRole]) -> set[Role]:
    return {role for role in Role if role.value in {one.value for one in roles}}


def _unread(sentence: Sentence, facts: Facts) -> list[str]:
    """Numbers that are neither a port, a day nor a version: nothing could check them."""
    rest = without_names(PORT.sub(" ", DAY.sub(" ", sentence.words)), facts)
    return [f"{number} is no port (443/tcp), day or version" for number in PLAIN.findall(VERSION.sub(" ", rest))]


def _without_source(sentence: Sentence, facts: Facts) -> list[str]:
    if sentence.addresses & {source.url for source in facts.sources if source.url}:
        return []
    named = [f"{number}/{transport}" for number, transport in sentence.ports] + sentence.days
    missing = [name for name in named if name not in sentence.printed]
    shown = {word.lower().replace(" ", "-") for word in VERDICT.findall(sentence.printed)}
    missing += [verdict.words for verdict in sentence.verdicts if verdict.value not in shown]
    return [f"{name} has no source, and no cell beside it printed it" for name in missing]
