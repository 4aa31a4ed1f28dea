"""Who may be a member of a cluster or database availability group, and how many."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, facts_of, listed, modern, names, rule, versions, written
from exkit.rules.dag import clusters
from exkit.topology import Role

MOST = {"dag": 16, "ccr": 2}  # a DAG is a cluster of up to 16 nodes, CCR one of two


@rule("dag-member-role")
def member_without_mailboxes(case: Case) -> Iterator[Match]:
    """A member of a DAG is no Mailbox server; one whose roles nobody wrote is asked about elsewhere."""
    for dag, members in clusters(case, "dag"):
        for node in members:
            if node.roles and not node.holds(Role.MAILBOX):
                summary = f"{node.name}, a member of {dag.name}, does not hold the Mailbox role."
                evidence = (*facts_of([node], "roles"), Evidence(f"dags.{dag.name}.members", written(dag.members)))
                yield Match("dag-member-role", (dag.name, node.name), summary, evidence, versions(*members))


@rule("dag-member-of-one")
def member_of_two_groups(case: Case) -> Iterator[Match]:
    """A server is a member of more than one DAG."""
    groups = [(dag, member) for dag, members in clusters(case, "dag") for member in members]
    for server in case.exchange:
        joined = [dag for dag, member in groups if member is server]
        if len(joined) > 1:
            summary = f"{server.name} is a member of {listed([dag.name for dag in joined])}."
            evidence = tuple(Evidence(f"dags.{dag.name}.members", written(dag.members)) for dag in joined)
            yield Match("dag-member-of-one", (server.name,), summary, evidence, versions(server))


@rule("cluster-too-many-members")
def too_many_members(case: Case) -> Iterator[Match]:
    """A DAG has more than 16 members, or a CCR cluster more than two nodes."""
    for dag, members in clusters(case, *MOST):
        if len(members) > MOST[dag.kind]:
            summary = f"{dag.name} has {len(members)} members; {MOST[dag.kind]} is the most."
            evidence = (Evidence(f"dags.{dag.name}.members", written(dag.members)),)
            yield Match("cluster-too-many-members", (dag.name,), summary, evidence, versions(*members))


@rule("dag-one-domain")
def members_of_two_forests(case: Case) -> Iterator[Match]:
    """Members of a DAG are in different forests, and so in different domains."""
    for dag, members in clusters(case, "dag"):
        forests = sorted({node.forest for node in members if node.forest})
        if len(forests) > 1 and all(map(modern, members)):
            summary = f"Members of {dag.name} are in the forests {listed(forests)}."
            evidence = facts_of(members, "forest")
            yield Match("dag-one-domain", (dag.name, *names(members)), summary, evidence, versions(*members), dag.name,
                        choice=f"domain of {dag.name}")  # fmt: skip


RULES = (member_without_mailboxes, member_of_two_groups, too_many_members, members_of_two_forests)
