"""Wrong reasons for an exercise: tempting, and wrong beyond doubt in the topology that is asked about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from random import Random

from exkit.advice import Finding
from exkit.facts import Facts
from exkit.rows import Statement
from exkit.teaching import Misconception
from exkit.topology import Version
from exkit.verdict import Verdict

FINE = frozenset((Verdict.SUPPORTED, Verdict.CONDITIONAL))
WRONG = frozenset((Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED))
# What many statements rest on in their own words: where the right reason speaks of one of these, so might another.
THEMES = tuple(
    re.compile(theme, re.IGNORECASE)
    for theme in (
        r"ground rule|statement|any/any|communicat|free(ly)? |restrict|limit|filter|firewall|open network|alter|inspect"
        r"|RPC",
        r"updates? (level|on\b)|beside|side by side|coexist|levels|\b(CU|SP|RU)\d",
        r"extended protection|channel",
        r"oauth|tokens?\b",
        r"read-only|writable|RODC",
        r"certificate",
    )
)
WORDS = re.compile(r"[a-z0-9]{4,}", re.IGNORECASE)
MOST_SHARED = 0.5  # of the words of the shorter of two reasons; more, and they say the same


def wrong_reasons(
    finding: Finding,
    here: Set[str],
    spoken: Set[Version],
    misconceptions: Iterable[Misconception],
    facts: Facts,
    random: Random,
    count: int,
) -> list[str]:
    """Reasons that do not hold, the most tempting first: beliefs, then what the facts say on this topic, on this
    family, on anything.

    `here`: the statements that any rule finds in the topology; none of their reasons is taken. `spoken`: its versions,
    for what is said of others tempts nobody.
    """
    beliefs = [one.belief for one in misconceptions if _tempts(one, finding)]
    reasons = random.sample(beliefs, min(count, len(beliefs)))
    true = {row.why for id in here for row in facts.statements_called(id)} | {finding.why}
    for row in _nearest(finding, spoken, facts, random):
        if len(reasons) >= count:
            break
        if row.why in true or not _opposed(row.verdict, finding.verdict, row.topic == finding.topic):
            continue
        if not any(alike(row.why, other) for other in (finding.why, *reasons)):
            reasons.append(row.why)
    return reasons


def _tempts(one: Misconception, finding: Finding) -> bool:
    return finding.statement in one.statements and one.verdict is not finding.verdict


def _nearest(finding: Finding, spoken: Set[Version], facts: Facts, random: Random) -> Iterator[Statement]:
    """The rows of the facts by chance, those on the same topic first, then those of the same family."""
    rows = random.sample(facts.statements, len(facts.statements))
    for near in (
        [row for row in rows if row.topic == finding.topic],
        [row for row in rows if row.topic != finding.topic and row.family == finding.family],
        [row for row in rows if row.family != finding.family],
    ):
        yield from sorted(near, key=lambda row: bool(row.versions) and spoken.isdisjoint(row.versions))


def _opposed(verdict: Verdict, right: Verdict, near: bool) -> bool:
    """Whether a reason for one verdict cannot be one for the other. Two statements of one verdict may rest on one
    reason; on the same topic also those of two verdicts that both say yes, or both no."""
    same_side = any({verdict, right} <= side for side in (FINE, WRONG))
    return verdict is not right and not (near and same_side)


def alike(reason: str, other: str) -> bool:
    """Whether two reasons may be taken for one: most of their words are the same, or both speak of one theme.

    >>> alike("All members must have the same system.", "All of the members must have the same operating system.")
    True
    >>> alike("DAG members are Exchange servers: same any/any rule.", "Nothing may be limited or altered.")
    True
    >>> alike("Edge handles SMTP only.", "The witness must be in the forest of the DAG.")
    False
    """
    if any(theme.search(reason) and theme.search(other) for theme in THEMES):
        return True
    words, others = _content(reason), _content(other)
    return len(words & others) > MOST_SHARED * min(len(words), len(others))


def _content(reason: str) -> set[str]:
    return {word.lower() for word in WORDS.findall(reason)}
