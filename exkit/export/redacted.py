"""Invented names for a topology: the same everywhere and at every run, and nothing that the customer typed left.

Made before anything is judged, so that verdicts, pictures, file names and every format know the invented names only.
A name is derived from the old one by a secret key: without the key nobody can try names against it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from exkit.facts import Facts, load
from exkit.topology import Role, Server, Topology

FIXED = {"internet", "any", "eop", "none"}  # words of the topology file, not names
SHORT = {
    Role.CLIENT_ACCESS: "CAS",
    Role.HUB_TRANSPORT: "HUB",
    Role.MAILBOX: "MBX",
    Role.EDGE_TRANSPORT: "EDGE",
    Role.UNIFIED_MESSAGING: "UM",
    Role.FRONT_END: "FE",
    Role.BACK_END: "BE",
    Role.DOMAIN_CONTROLLER: "DC",
    Role.READ_ONLY_DOMAIN_CONTROLLER: "RODC",
    Role.REVERSE_PROXY: "PROXY",
    Role.LOAD_BALANCER: "LB",
    Role.SMTP_GATEWAY: "RELAY",
}
BUILD = re.compile(r"[0-9.]{1,20}")


def topology(original: Topology, key: str, facts: Facts | None = None) -> Topology:
    """The topology with invented names. Words that the kit knows (products, systems) stay; free text goes."""
    facts = facts or load()
    invented = _Names(original, key)
    plain = original.to_plain()
    renamed: dict[str, Any] = {key: invented.renamed(value) for key, value in plain.items() if key != "waivers"}
    renamed["customer"] = invented.name("customer", original.customer)
    for old, new in zip(original.servers, renamed.get("servers", ()), strict=True):
        _no_free_text(new, facts, key)
        assert new["name"] == invented.of(old.name)
    for new in renamed.get("publishing", ()):
        if "product" in new:
            product = facts.product(new["product"])
            new["product"] = product.id if product else "other"
    for new in renamed.get("forests", ()):
        _known_word(new, "functional_level", "forest-level", facts)
    if original.outlook:
        words = (facts.platform_word("outlook", name) for name in original.outlook)
        renamed["outlook"] = [word for word in words if word in facts.platform_words("outlook")]
    if original.assumptions:
        renamed["assumptions"] = [
            f"(assumption {number}: left out)" for number in range(1, len(original.assumptions) + 1)
        ]
    if original.waivers:
        renamed["waivers"] = [_waiver(waiver, invented, facts) for waiver in plain["waivers"]]
    return Topology.model_validate(renamed)


def file_name(stem: str, key: str) -> str:
    """The folder of a redacted report.

    >>> file_name("contoso", "k") == file_name("contoso", "k") != file_name("contoso", "other")
    True
    """
    return f"customer-{_tag(key, 'file', stem, 8)}"


class _Names:
    """Old names and the invented ones; each kind has a word of its own, so that a report still reads."""

    def __init__(self, original: Topology, key: str) -> None:
        self._key = key
        self._new: dict[str, str] = {name: name for name in FIXED}
        for word, things in (
            ("zone", original.zones),
            ("site", original.ad_sites),
            ("forest", original.forests),
            ("firewall", original.firewalls),
            ("publishing", original.publishing),
            ("dag", original.dags),
        ):
            for thing in things:
                self._add(word, thing.name)
        for server in original.servers:
            self._add(_word(server), server.name)

    def _add(self, word: str, name: str) -> None:
        if name in self._new:  # a zone and a site may have one name; it stays one
            return
        for digits in range(4, 40):
            new = f"{word}-{_tag(self._key, word, name, digits)}"
            if new not in self._new.values():
                self._new[name] = new
                return

    def name(self, word: str, old: str) -> str:
        return f"{word.capitalize()} {_tag(self._key, word, old, 6)}"

    def of(self, name: str) -> str:
        return self._new.get(name) or f"host-{_tag(self._key, 'host', name, 6)}"

    def renamed(self, value: Any, field: str = "") -> Any:
        """Plain values with each name replaced where a name stands, so that a zone called `network` harms no kind."""
        if isinstance(value, dict):
            return {key: self.renamed(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.renamed(inner, field) for inner in value]
        return self.of(value) if field in NAMED and isinstance(value, str) else value

    def within(self, text: str, facts: Facts) -> str:
        """A finding's id, whose names are joined by signs; what is no name becomes an invented one too."""
        statement, at, rest = text.partition("@")
        if not at or not facts.statements_called(statement):
            return f"(left out {_tag(self._key, 'text', text, 6)})"
        if rest in self._new:
            return f"{statement}@{self._new[rest]}"
        parts = re.split(r"([+,:])", rest)
        return f"{statement}@" + "".join(part if part in "+,:" else self.of(part) for part in parts if part)


NAMED = frozenset(
    [
        "name",
        "zone",
        "site",
        "forest",
        "also_in",
        "subscribed_to",
        "between",
        "from",
        "to",
        "host",
        "targets",
        "members",
        "witness",
        "path",
        "agent",
        "mail_path",
    ]
)


def _word(server: Server) -> str:
    held = [SHORT[role] for role in server.roles if role in SHORT]
    return held[0] if held else "host"


def _tag(key: str, kind: str, text: str, digits: int) -> str:
    return hmac.new(key.encode(), f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()[:digits]


def _known_word(item: dict[str, Any], field: str, part: str, facts: Facts) -> None:
    """In place of what somebody wrote the word of the tables; what these do not know is left out."""
    if field in item:
        word = facts.platform_word(part, item.pop(field))
        if word in facts.platform_words(part):
            item[field] = word


def _no_free_text(server: dict[str, Any], facts: Facts, key: str) -> None:
    _known_word(server, "os", "os", facts)
    _known_word(server, "dotnet", "dotnet", facts)
    if "build" in server and not BUILD.fullmatch(server["build"]):
        del server["build"]
    if "also_runs" in server:
        server["also_runs"] = [product.id for name in server["also_runs"] if (product := facts.product(name))]
    if "address" in server:
        one, two, three = hmac.new(key.encode(), server["address"].encode(), hashlib.sha256).digest()[:3]
        server["address"] = f"10.{one}.{two}.{three}"


def _waiver(waiver: dict[str, Any], invented: _Names, facts: Facts) -> dict[str, Any]:
    kept: dict[str, Any] = {"finding": invented.within(waiver["finding"], facts), "because": "(left out)"}
    if "expires" in waiver:
        kept["expires"] = waiver["expires"]
    if "subjects" in waiver:
        kept["subjects"] = [invented.of(name) for name in waiver["subjects"]]
    return kept
