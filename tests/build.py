"""Small topologies for tests: a sound base, and what a test changes in it."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter

from exkit.advice import Advice, Finding, advise
from exkit.facts import Facts, load
from exkit.rules import RULES
from exkit.rules.base import Case, Match, Question, Rule, names, written
from exkit.topology import Topology
from exkit.verdict import Verdict

DAY = date(2010, 6, 1)
NEWER_DAY = date(2024, 9, 1)  # for topologies with a version that was not out on the first


@cache
def facts() -> Facts:
    """The real facts, read once for all tests."""
    return load()


def host(name: str, roles: str, zone: str | None = "lan", **fields: Any) -> dict[str, Any]:
    """A server: `host("EX1", "CAS HT MBX", version="2010")`; Exchange servers but Edge are members in site HQ."""
    words = roles.split()
    server: dict[str, Any] = {"name": name, "roles": words}
    if zone is not None:
        server["zone"] = zone
    if fields.get("version") and "ET" not in words:
        server |= {"site": "HQ", "domain_joined": True}
    if "DC" in words:
        server["site"] = "HQ"
    return {key: value for key, value in (server | fields).items() if value is not ...}


def line(source: str, target: str, *ports: str) -> dict[str, Any]:
    """A line of a firewall."""
    return {"from": source, "to": target, "ports": list(ports)}


def wall(name: str, *between: str, **fields: Any) -> dict[str, Any]:
    """A firewall between zones."""
    return {"name": name, "between": list(between), "kind": "network", **fields}


def topology(*servers: dict[str, Any], **sections: Any) -> Topology:
    """A topology with the zones internet, dmz, lan and more as named, and the sites HQ and Branch."""
    zones = [
        {"name": "internet", "kind": "internet"},
        {"name": "dmz", "kind": "perimeter"},
        {"name": "lan", "kind": "internal"},
        {"name": "back", "kind": "internal"},
        {"name": "branch", "kind": "internal"},
        {"name": "repl", "kind": "replication"},
    ]
    base = {"customer": "Contoso", "zones": zones, "ad_sites": [{"name": "HQ"}, {"name": "Branch"}]}
    return Topology.model_validate({**base, "servers": list(servers), **sections})


def day_for(*servers: dict[str, Any]) -> date:
    """The day that tests judge for when they name none: no version is judged before it was out, but SE."""
    newer = any(str(server.get("version") or "2010") > "2010" for server in servers)
    return NEWER_DAY if newer else DAY


def advice(*servers: dict[str, Any], as_of: date | None = None, **sections: Any) -> Advice:
    """What the real facts say of such a topology; every finding is whole."""
    day = as_of or day_for(*servers)
    made = advise(topology(*servers, **sections), facts(), day)
    for finding in made.findings:
        check_whole(made.topology, finding)
    case = Case(made.topology, facts(), day)
    for rule, match in ((one, match) for one in RULES for match in one.check(case)):
        check_match(case, rule, match)
    return made


def check_match(case: Case, rule: Rule, match: Match) -> None:
    """What a rule found is a statement of its own, and names versions where that has rows for some: else the first row
    would decide."""
    assert match.statement in rule.statements, match
    by_version = any(row.versions for row in facts().statements_called(match.statement))
    assert isinstance(match.versions, tuple), match
    nowhere = any(not set(one.targets or ()) & set(names(case.inside)) for one in case.topology.publishing)
    assert match.versions or not by_version or not case.exchange or nowhere, match


def field_at(made: Topology, path: str) -> object:
    """The value of a field path as findings write it: `servers.CAS1.zone`, `mail_flow.0.path`, `deployment`."""
    value: Any = made
    for step in path.split("."):
        if not isinstance(value, tuple):
            value = getattr(value, step)
        elif step.isdecimal() and not any(getattr(one, "name", None) == step for one in value):
            value = value[int(step)]
        else:
            (value,) = [one for one in value if one.name == step]
    return value


def _plain(value: Any) -> Any:
    """What YAML 1.2 makes of words: `off` is a word, `true` is not."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {"true": True, "false": False}.get(value, value)


def check_answers(made: Topology, question: Question) -> None:
    """The field that a question asks for takes each answer it offers; a field with a list of words offers some."""
    owner, _, name = question.field.rpartition(".")
    field_at(made, question.field)
    if not owner or name.isdecimal():
        assert all(isinstance(one, str) and one for one in question.allowed), question
        return
    holder = type(field_at(made, owner))
    assert issubclass(holder, BaseModel), question
    adapter = TypeAdapter(holder.model_fields[name].rebuild_annotation())
    many = "tuple" in str(holder.model_fields[name].annotation)
    for answer in question.allowed:
        told = _plain(yaml.load(answer, Loader=yaml.BaseLoader))
        adapter.validate_python([told] if many and told != "any" and not isinstance(told, list) else told)
    assert question.allowed or not re.search("Literal|bool", str(holder.model_fields[name].annotation)), question


# Fields whose evidence tells what the rule saw in them, or that the topology need not hold.
RETOLD = (
    "allow",
    "hybrid",
    "as_of",
    "mail_flow",
    "firewalls",
    "servers",
    "publishing",
    "finding",
    "expires",
    "subjects",
)


def check_whole(made: Topology, finding: Finding) -> None:
    """What holds for every finding: sentences, known subjects, evidence that the topology bears out, one question."""
    known = {one.name for one in (*made.servers, *made.firewalls, *made.publishing, *made.dags, *made.forests)}
    known |= {"hybrid", *made.outlook}
    assert finding.subjects and (set(finding.subjects) <= known or finding.family == "model_gaps"), finding
    assert len(set(finding.subjects)) == len(finding.subjects), finding
    sentences = (finding.summary, *([finding.question.text] if finding.question else []))
    assert all(text and text[-1] in ".?" and "None" not in text and "=" not in text for text in sentences), finding
    assert finding.evidence and finding.sources and finding.why, finding
    for item in finding.evidence:
        value = field_at(made, item.path)
        last = item.path.rpartition(".")[2]
        told = (
            written(value),
            *(map(str, value) if isinstance(value, tuple) else ()),
            *([] if value else ["not written"]),
        )
        assert last in RETOLD or last.isdecimal() or item.value in told, (item, value)
        assert item.value and "None" not in item.value, item
    if finding.question is not None and not finding.question.field.startswith("waivers"):
        check_answers(made, finding.question)
    assert (finding.condition is not None) == (finding.verdict is Verdict.CONDITIONAL), finding
    assert (finding.question is not None) == (finding.verdict is Verdict.UNKNOWN), finding


NAMES = ("name", "zone", "site", "forest", "also_in", "subscribed_to", "host", "from", "to", "between", "targets",
         "members", "witness", "path", "mail_path", "agent")  # fmt: skip


def renamed(value: Any, new: dict[str, str], key: str = "") -> Any:
    """A plain topology under other names."""
    if isinstance(value, dict):
        return {field: renamed(one, new, field) for field, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, new, key) for one in value]
    return new.get(value, value) if key in NAMES else value


def names_in(topology: Topology) -> list[str]:
    lists = (topology.zones, topology.ad_sites, topology.forests, topology.servers, topology.firewalls,
             topology.publishing, topology.dags)  # fmt: skip
    return sorted({one.name for many in lists for one in many})


def found(result: Advice, statement: str) -> list[Finding]:
    """The findings of one statement."""
    return [finding for finding in result.findings if finding.statement == statement]


def verdicts(result: Advice, statement: str) -> list[str]:
    """The verdicts of the findings of one statement."""
    return [finding.verdict.value for finding in found(result, statement)]
