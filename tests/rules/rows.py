"""How the tests of rules are written: a sentence, a topology, a statement, the verdicts it must come with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.build import advice, found, host

DC = host("DC1", "DC")
EX10 = host("EX1", "CAS HT MBX", version="2010")
CAS10 = host("CAS1", "CAS HT", version="2010")
CAS07 = host("CAS1", "CAS HT", version="2007")
MBX10 = host("MBX1", "MBX", version="2010")
MBX07 = host("MBX1", "MBX", version="2007")
MBX10_BACK = host("MBX1", "MBX", "back", version="2010")
EDGE10 = host("EDGE1", "ET", "dmz", version="2010", domain_joined=False, subscribed_to=["HQ"])
FE03 = host("FE1", "FE", "dmz", version="2003")
BE03 = host("BE1", "BE", "lan", version="2003")
TMG = host("TMG1", "ReverseProxy", "dmz", domain_joined=True)
WORKGROUP_TMG = host("TMG1", "ReverseProxy", "dmz", domain_joined=False)


@dataclass(frozen=True)
class Row:
    """One test: `verdicts` empty means that the statement must not be found."""

    sentence: str
    statement: str
    verdicts: tuple[str, ...]
    servers: tuple[dict[str, Any], ...]
    sections: dict[str, Any] = field(default_factory=dict)
    as_of: date | None = None

    def check(self) -> None:
        """Runs the engine on the topology and compares."""
        result = advice(*self.servers, as_of=self.as_of, **self.sections)
        seen = tuple(one.verdict.value for one in found(result, self.statement))
        assert seen == self.verdicts, f"found {[(one.id, one.verdict.value) for one in result.findings]}"


def fires(
    sentence: str, statement: str, verdict: str, *servers: dict[str, Any], as_of: date | None = None, **sections: Any
) -> Row:
    return Row(sentence, statement, (verdict,), servers, sections, as_of)


def silent(sentence: str, statement: str, *servers: dict[str, Any], as_of: date | None = None, **sections: Any) -> Row:
    return Row(sentence, statement, (), servers, sections, as_of)


def asks(sentence: str, statement: str, *servers: dict[str, Any], as_of: date | None = None, **sections: Any) -> Row:
    return Row(sentence, statement, ("unknown",), servers, sections, as_of)


def rule_of(name: str = "owa", **fields: Any) -> dict[str, Any]:
    """A publishing rule: TMG in front of CAS1, OWA with forms, domain-joined; what a test says otherwise."""
    base = {
        "name": name,
        "product": "tmg-2010",
        "kind": "reverse-proxy",
        "host": "TMG1",
        "protocols": ["owa", "ecp"],
        "preauth": "forms",
        "validation": "active-directory",
        "delegation": "basic",
        "target_auth": ["basic"],
        "tls": "bridging",
        "targets": ["CAS1"],
    }
    return {key: value for key, value in (base | fields).items() if value is not ...}
