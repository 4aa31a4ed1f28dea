"""The witness of a database availability group: which host it may be, and where it may stand."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, Question, facts_of, from_2013, listed, modern, names, rule, versions
from exkit.rules.dag import clusters
from exkit.topology import DAG, Role, Server, ZoneKind

FAULTS = {
    "dag-witness-member": "it is a member itself",
    "dag-witness-perimeter": "it stands in a perimeter network",
    "dag-witness-dc": "it is a domain controller",
    "dag-witness-cloud": "it is a cloud witness",
    "dag-witness-other-forest": "it is in no domain of the forest",
    "dag-witness-os": "it does not run Windows Server, or one that is too old",
}
OF_CCR = ("dag-witness-member", "dag-witness-perimeter")  # what holds for the file share witness of 2007 too


def _witnessed(case: Case, *kinds: str) -> Iterator[tuple[DAG, list[Server], Server]]:
    """Each cluster of some kinds whose members' version is known, with its members and its witness."""
    for dag, members in clusters(case, *kinds):
        if dag.witness is not None and members and all(map(modern, members)):
            yield dag, members, case.by_name[dag.witness]


def _too_old(case: Case, witness: Server, members: list[Server]) -> bool:
    """Any Windows Server will do for 2010, one of 2008 or later since 2013."""
    if witness.os is None:
        return False
    system = case.facts.system(witness.os)
    of_2003 = system.startswith("windows-server-2003") and any(map(from_2013, members))
    return of_2003 or not system.startswith("windows-server")


def _faults(case: Case, dag: DAG, members: list[Server], witness: Server) -> list[str]:
    forests = {member.forest for member in members if member.forest}
    at_fault = {
        "dag-witness-member": witness.name in dag.members,
        # Where the members stand there too, that is what is judged.
        # A cloud witness is outside by nature, and no witness at all: that is said, and not a second time as its place.
        "dag-witness-perimeter": case.outside_zone(witness) is not None
        and not witness.holds(Role.CLOUD_WITNESS)
        and not all(map(case.in_perimeter, members)),
        "dag-witness-dc": witness.holds(Role.DOMAIN_CONTROLLER),
        "dag-witness-cloud": witness.holds(Role.CLOUD_WITNESS),
        "dag-witness-other-forest": bool(witness.forest and forests and witness.forest not in forests)
        or (witness.domain_joined is False and not witness.holds(Role.CLOUD_WITNESS)),
        "dag-witness-os": _too_old(case, witness, members),
    }
    return [statement for statement, faulty in at_fault.items() if faulty]


def _evidence(dag: DAG, witness: Server, *fields: str) -> tuple[Evidence, ...]:
    return (Evidence(f"dags.{dag.name}.witness", witness.name), *facts_of([witness], *fields))


@rule(*FAULTS)
def unfit_witness(case: Case) -> Iterator[Match]:
    """The witness of a cluster is a member, a DC, a cloud witness, no Windows Server, outside, or in another forest."""
    for dag, members, witness in _witnessed(case, "dag", "ccr"):
        for statement in _faults(case, dag, members, witness):
            if dag.kind == "ccr" and statement not in OF_CCR:
                continue
            summary = f"{witness.name} is the witness of {dag.name}: {FAULTS[statement]}."
            extra = ("os",) if statement == "dag-witness-os" else ("domain_joined",)
            evidence = _evidence(dag, witness, "zone", "roles", *extra)
            yield Match(statement, (dag.name, witness.name), summary, evidence, versions(*members),
                        choice=f"{statement} of {dag.name}")  # fmt: skip


@rule("dag-witness-fit", "dag-witness-third-site", "dag-witness-away", "dag-witness-azure-vm")
def witness_that_will_do(case: Case) -> Iterator[Match]:
    """A witness without fault: beside the members, in a third site, in another site, or in a cloud."""
    for dag, members, witness in _witnessed(case, "dag"):
        if _faults(case, dag, members, witness):
            continue
        sites = sorted({member.site for member in members if member.site})
        elsewhere = witness.site is not None and witness.site not in sites and all(one.site for one in members)
        # A server that shares the members' forest, or is an Exchange server inside, is a member of the domain.
        member = witness.domain_joined or (witness.forest and witness.forest == members[0].forest)
        kind, stands = case.zone_kind(witness), f"{witness.name}, the witness of {dag.name}, stands"
        if kind is ZoneKind.CLOUD:
            statement, summary = "dag-witness-azure-vm", f"{stands} in {witness.zone}, a cloud."
        elif elsewhere:
            statement = "dag-witness-third-site" if len(sites) > 1 else "dag-witness-away"
            summary = f"{stands} in {witness.site}; the members are in {listed(sites)}."
        elif member and kind is ZoneKind.INTERNAL:
            statement, summary = "dag-witness-fit", f"{stands} inside, in {witness.zone}, and is no member of it."
        else:
            continue  # where it stands, or whether it is a domain member, is asked of all hosts together
        evidence = (*_evidence(dag, witness, "zone", "site"), *facts_of(members if elsewhere else (), "site"))
        yield Match(statement, (dag.name, witness.name), summary, evidence, versions(*members),
                    choice=f"witness of {dag.name}")  # fmt: skip


@rule("dag-witness-not-written")
def no_witness_written(case: Case) -> Iterator[Match]:
    """A DAG with an even number of members, which must have a witness, names none."""
    for dag, members in clusters(case, "dag"):
        if dag.witness is None and members and len(members) % 2 == 0:
            asked = Question(f"dags.{dag.name}.witness", f"Which host is the witness of {dag.name}?")
            summary = f"{dag.name} has {len(members)} members, an even number, and no witness is written."
            evidence = (Evidence(f"dags.{dag.name}.witness", "not written"),)
            subjects = (dag.name, *names(members))
            yield Match("dag-witness-not-written", subjects, summary, evidence, versions(*members), question=asked)


RULES = (unfit_witness, witness_that_will_do, no_witness_written)
