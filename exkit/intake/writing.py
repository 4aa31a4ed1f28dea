"""Topologies as YAML in one canonical form: equal topologies give equal text, and a small edit a small diff."""

from __future__ import annotations

import json
import re
from typing import Any

from exkit.topology import Topology

# Each of these takes a line a field; all other items (zones, allow lines, DAGs, ...) take one line each.
LONG_ITEMS = {"servers", "firewalls", "publishing", "waivers", "hybrid"}
LONG_LISTS = {"assumptions"}  # of sentences
DAYS = {"as_of", "expires"}

PLAIN = re.compile(r"[^\W_][\w./@+-]*(?: [\w./@+-]+)*")
# Text that YAML 1.1 or 1.2 would read as a number, a truth value, nothing, or a date.
NO_TEXT = re.compile(
    r"[\d._]+(?:e[+-]?\d+)?|0x[\da-f_]+|0[ob][\d_]+|\d{4}-\d.*|true|false|null|yes|no|on|off|y|n", re.IGNORECASE
)
# Line ends and marks that steer the direction of text: shown as what they are, so that no line reads as another.
ESCAPED = re.compile("[\x85\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def write(topology: Topology) -> str:
    """The topology file (contract 1): keys in the models' order, what is not known left out, unicode kept.

    Reading what it wrote gives the same topology, and writing that the same text.

    >>> from exkit.topology import Topology
    >>> print(write(Topology.model_validate({"customer": "Contoso", "zones": [{"name": "lan", "kind": "internal"}],
    ...     "servers": [{"name": "EX1", "version": 2010, "roles": ["CAS"], "domain_joined": True}]})), end="")
    customer: Contoso
    zones:
      - {name: lan, kind: internal}
    servers:
      - name: EX1
        version: "2010"
        roles: [ClientAccess]
        domain_joined: true
    """
    return "".join(f"{line}\n" for key, value in topology.to_plain().items() for line in _section(key, value))


def _section(key: str, value: Any) -> list[str]:
    if isinstance(value, dict) and key in LONG_ITEMS and value != {"topology": "none"}:
        return [f"{key}:", *_fields(value, "  ")]
    if key == "hybrid":
        return [f"{key}: none"]
    if not isinstance(value, list):
        return [f"{key}: {_short(value, key)}"]
    if key not in LONG_ITEMS:
        return [f"{key}:", *(f"  - {_short(item, key)}" for item in value)]
    lines = [f"{key}:"]
    for item in value:
        first, *rest = _fields(item, "    ")
        lines += ["  - " + first.lstrip(), *rest]
    return lines


def _fields(mapping: dict[str, Any], indent: str) -> list[str]:
    """One line a field; the allow lines of a firewall one line each below it."""
    lines = []
    for key, value in mapping.items():
        if key == "allow" and isinstance(value, list) and value:
            lines += [f"{indent}{key}:", *(f"{indent}  - {_short(line, key)}" for line in value)]
        else:
            lines.append(f"{indent}{key}: {_short(value, key)}")
    return lines


def _short(value: Any, key: str) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_short(inner, name)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_short(item, key) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if key in DAYS else _quoted(str(value))


def _quoted(text: str) -> str:
    """Text as it is where every reader of YAML takes it for text, else in double quotes.

    >>> [_quoted(text) for text in ("CAS1", "25/tcp", "2010", "off", "a: b", "<script>")]
    ['CAS1', '25/tcp', '"2010"', '"off"', '"a: b"', '"<script>"']
    """
    if PLAIN.fullmatch(text) and not NO_TEXT.fullmatch(text):
        return text
    return ESCAPED.sub(lambda mark: f"\\u{ord(mark[0]):04x}", json.dumps(text, ensure_ascii=False))
