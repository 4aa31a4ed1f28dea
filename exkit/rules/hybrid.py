"""The link to Exchange Online: what it calls here, what may be pre-authenticated, the Hybrid Agent, which versions."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.flows import HTTP
from exkit.paths import PortSet
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    fact,
    facts_of,
    from_2013,
    gap,
    listed,
    names,
    rule,
    serves_clients,
    versions,
    written,
)
from exkit.rules.publishing import Published, behind, gatekeepers, published
from exkit.topology import Hybrid, Protocol, Role, Server

NO_PREAUTH = {
    Protocol.AUTODISCOVER: "hyb-preauth-autodiscover",
    Protocol.EWS: "hyb-preauth-ews",
    Protocol.MRSPROXY: "hyb-preauth-mrsproxy",
}
ENDPOINTS = tuple(NO_PREAUTH)
MODERN_CLIENTS = (Protocol.MAPI, Protocol.OAB, Protocol.EWS, Protocol.AUTODISCOVER)  # they bring OAuth tokens
AGENT_CARRIES = (*ENDPOINTS, Protocol.FEDERATION)
PASSING = ("load-balancer", "port-forward")  # they pre-authenticate only where somebody wrote so
HTTPS = PortSet.of(["443/tcp"])


def hybrid_of(case: Case) -> Hybrid | None:
    """The hybrid configuration when there is one; none and not known are no hybrid to judge."""
    found = case.topology.hybrid
    return found if found is not None and found.topology != "none" else None


def _with_agent(hybrid: Hybrid) -> bool:
    return hybrid.topology.startswith("modern")


def _agent(hybrid: Hybrid) -> tuple[str, ...]:
    return (hybrid.agent,) if hybrid.agent else ("hybrid",)


def _kind(hybrid: Hybrid) -> Evidence:
    return Evidence("hybrid.topology", hybrid.topology)


def reached_by_hybrid(case: Case, one: Published) -> bool:
    """Whether Exchange Online comes through a publishing rule: it leads to a server of the hybrid."""
    hybrid = hybrid_of(case)
    if hybrid is None or _with_agent(hybrid):
        return False
    if hybrid.targets is None:
        return True
    called = {*hybrid.targets, *(server.name for server in behind(case, hybrid.targets))}
    return bool(called & {*(one.rule.targets or ()), *(target.name for target in one.targets), one.rule.host})


def _participants(case: Case, hybrid: Hybrid) -> list[Server]:
    """Servers named as ends of the hybrid: those Exchange Online calls, and those on its mail path, but Edge."""
    named = behind(case, [*(hybrid.targets or ()), *(hybrid.mail_path or ())])
    return [server for server in case.inside if server in named]


@rule("perim-mailbox-hybrid")
def hybrid_server_in_the_perimeter(case: Case) -> Iterator[Match]:
    """A Mailbox or Client Access server of a hybrid organization stands in the perimeter network."""
    hybrid = hybrid_of(case)
    if hybrid is None:
        return
    for server in case.inside:
        if server.holds(Role.MAILBOX, Role.CLIENT_ACCESS) and case.in_perimeter(server):
            summary = f"{server.name}, of a hybrid organization, stands in the perimeter network {server.zone}."
            evidence = (fact(server, "zone"), fact(server, "roles"), _kind(hybrid))
            yield Match("perim-mailbox-hybrid", (server.name,), summary, evidence, versions(server))


@rule(*NO_PREAUTH.values(), "hyb-hma-preauth", "hyb-preauth-oauth")
def hybrid_traffic_pre_authenticated(case: Case) -> Iterator[Match]:
    """Exchange Online and modern clients bring tokens that no proxy can check: they must be passed on."""
    hybrid = hybrid_of(case)
    for one in gatekeepers(case):
        if hybrid is None or not one.authenticates or not reached_by_hybrid(case, one):
            continue
        evidence = (*one.fact("preauth", "protocols"), _kind(hybrid))
        choice = f"publishing.{one.rule.name}"
        for protocol, statement in NO_PREAUTH.items():
            if one.carries(protocol):
                summary = f"{one.rule.name} pre-authenticates {protocol}, which Exchange Online calls too."
                yield one.match(statement, summary, *evidence, choice=f"{choice}.{protocol}")
        modern = Evidence("hybrid.modern_auth", "true")
        if hybrid.modern_auth and one.carries(Protocol.ACTIVESYNC, Protocol.AUTODISCOVER):
            summary = f"{one.rule.name} pre-authenticates clients of hybrid modern authentication."
            yield one.match("hyb-hma-preauth", summary, *evidence, modern, choice=f"{choice}.hma")
        if hybrid.modern_auth and one.carries(*MODERN_CLIENTS):
            told = listed(protocol for protocol in MODERN_CLIENTS if one.carries(protocol))
            summary = f"{one.rule.name} pre-authenticates {told}, where OAuth tokens come."
            yield one.match("hyb-preauth-oauth", summary, *evidence, modern, choice=f"{choice}.tokens")


@rule("hyb-endpoints-passed-on")
def hybrid_traffic_passed_on(case: Case) -> Iterator[Match]:
    """What Exchange Online calls is passed on without pre-authentication."""
    hybrid = hybrid_of(case)
    for one in published(case):
        passes = one.rule.preauth == "none" or (one.rule.preauth is None and one.kind in PASSING)
        if hybrid and passes and one.carries(*ENDPOINTS) and reached_by_hybrid(case, one):
            told = listed(protocol for protocol in ENDPOINTS if one.carries(protocol))
            summary = f"{one.rule.name} passes {told} on to Exchange without pre-authentication."
            evidence = (*one.fact("preauth", "protocols"), _kind(hybrid))
            choice = f"publishing.{one.rule.name}.hybrid"
            yield one.match("hyb-endpoints-passed-on", summary, *evidence, choice=choice)


@rule("hyb-hma-agent")
def modern_authentication_through_the_agent(case: Case) -> Iterator[Match]:
    """Hybrid modern authentication together with the Hybrid Agent."""
    hybrid = hybrid_of(case)
    if hybrid and hybrid.modern_auth and _with_agent(hybrid):
        evidence = (_kind(hybrid), Evidence("hybrid.modern_auth", "true"))
        summary = "Hybrid modern authentication is used with the Hybrid Agent."
        agent = _agent(hybrid)
        subjects = tuple(dict.fromkeys((*agent, *(hybrid.targets or ()))))
        yield Match("hyb-hma-agent", subjects, summary, evidence, case.flows.versions, anchor="+".join(agent))


@rule("hyb-hma-with-2010")
def modern_authentication_beside_2010(case: Case) -> Iterator[Match]:
    """Hybrid modern authentication while servers of 2010 or older are still there."""
    hybrid = hybrid_of(case)
    old = [server for server in case.inside if not from_2013(server)]
    if hybrid and hybrid.modern_auth and old:
        summary = f"Hybrid modern authentication is used, and {listed(names(old))} of 2010 or older is still there."
        evidence = (Evidence("hybrid.modern_auth", "true"), *facts_of(old, "version"))
        yield Match("hyb-hma-with-2010", names(old), summary, evidence)


@rule("hyb-hma-too-early")
def modern_authentication_on(case: Case) -> Iterator[Match]:
    """Modern authentication is on. The row is in force only for the days before Exchange knew it."""
    hybrid = hybrid_of(case)
    if hybrid and hybrid.modern_auth:
        evidence = (Evidence("as_of", case.as_of.isoformat()), Evidence("hybrid.modern_auth", "true"))
        summary = "Hybrid modern authentication is on, on a day when Exchange does not know it yet."
        yield Match("hyb-hma-too-early", ("hybrid",), summary, evidence, choice="hybrid.modern_auth")


@rule("ep-hybrid-agent")
def extended_protection_behind_the_agent(case: Case) -> Iterator[Match]:
    """Extended Protection is on at servers that the Hybrid Agent publishes, or nobody told us whether it is."""
    hybrid = hybrid_of(case)
    if not hybrid or not _with_agent(hybrid):
        return
    reached = [server for server in behind(case, hybrid.targets or ()) if from_2013(server)]
    on = [server for server in reached if server.extended_protection in ("allow", "require")]
    if on:
        summary = f"The Hybrid Agent publishes {listed(names(on))}, where Extended Protection is on."
        evidence = facts_of(on, "extended_protection")
        yield Match("ep-hybrid-agent", names(on), summary, evidence, versions(*on))
    lacking = [server for server in reached if server.extended_protection is None]
    text = "Is Extended Protection on at EWS of these servers? Setup of 2019 CU14 and later switches it on."
    yield from gap("ep-hybrid-agent", "extended_protection", lacking, text, ("off", "allow", "require"))


@rule("hyb-agent-publishes", "hyb-agent-scope")
def what_the_agent_carries(case: Case) -> Iterator[Match]:
    """The Hybrid Agent publishes free/busy and mailbox moves; mail and clients do not pass it."""
    hybrid = hybrid_of(case)
    if not hybrid or not _with_agent(hybrid):
        return
    agents = {server.name for server in case.servers if server.holds(Role.HYBRID_AGENT)} | {*_agent(hybrid)}
    agents -= {server.name for server in case.servers if server.is_exchange or server.version}  # mail is then its own
    faults: list[Evidence] = []
    for path, hops in (
        ("hybrid.mail_path", hybrid.mail_path or ()),
        *((f"mail_flow.{index}.path", flow.path) for index, flow in enumerate(case.topology.mail_flow)),
    ):
        if agents & set(hops):
            faults.append(Evidence(path, written(hops)))
    for one in published(case):
        if one.rule.host in agents and set(one.rule.protocols or ()) - set(AGENT_CARRIES):
            faults += one.fact("host", "protocols")
    does = "is to carry more than free/busy and mailbox moves" if faults else "carries free/busy and mailbox moves"
    summary = f"The Hybrid Agent{f' on {hybrid.agent}' if hybrid.agent else ''} {does}."
    statement = "hyb-agent-scope" if faults else "hyb-agent-publishes"
    yield Match(statement, _agent(hybrid), summary, (_kind(hybrid), *faults), case.flows.versions)


@rule("hyb-agent-single-cas")
def agent_on_one_server(case: Case) -> Iterator[Match]:
    """The Hybrid Agent hands on to one server alone, or nobody told us to which."""
    hybrid = hybrid_of(case)
    if not hybrid or not _with_agent(hybrid):
        return
    evidence = (Evidence("hybrid.targets", written(hybrid.targets)),)
    serving = names(server for server in case.client_access if serves_clients(server))
    targets = [case.by_name[name] for name in hybrid.targets or ()]
    if hybrid.targets is None and len(serving) > 1:
        asked = Question("hybrid.targets", "To which servers does the Hybrid Agent hand on?", serving)
        summary = "To which servers the Hybrid Agent hands on is not written."
        yield Match("hyb-agent-single-cas", _agent(hybrid), summary, evidence, case.flows.versions,
                    choice="hybrid.targets", question=asked)  # fmt: skip
    elif len(targets) == 1 and not targets[0].holds(Role.LOAD_BALANCER):
        summary = f"The Hybrid Agent hands on to {targets[0].name} alone."
        subjects = tuple(dict.fromkeys((*_agent(hybrid), targets[0].name)))
        yield Match("hyb-agent-single-cas", subjects, summary, evidence, versions(*targets))


@rule("hyb-old-org-version")
def hybrid_on_an_older_version(case: Case) -> Iterator[Match]:
    """The servers of the hybrid are older than others of the organization."""
    hybrid = hybrid_of(case)
    if not hybrid:
        return
    used = _participants(case, hybrid)
    ours = [server for server in case.inside if not used or any(case.same_forest(server, one) for one in used)]
    found = versions(*ours)
    if len(found) < 2:
        return
    evidence = (Evidence("hybrid.targets", written(hybrid.targets)), _kind(hybrid))
    if not used and hybrid.targets is None:
        asked = Question("hybrid.targets", "Which servers does Exchange Online call?", names(case.client_access))
        summary = f"Servers of {listed(found)} are there, and which of them the hybrid uses is not written."
        yield Match("hyb-old-org-version", ("hybrid",), summary, evidence, found[:1],
                    choice="hybrid.targets", question=asked)  # fmt: skip
    elif used and (newest := versions(*used)[-1]).age < found[-1].age:
        newer = [server for server in ours if server.version is found[-1]]
        built_on, left_out = listed(names(used)), listed(names(newer))
        summary = f"The hybrid is built on {newest} ({built_on}), not on {found[-1]} ({left_out})."
        seen = (*evidence, *facts_of(used, "version"), *facts_of(newer, "version"))
        yield Match("hyb-old-org-version", names(used), summary, seen, (newest,))


@rule("hybrid-not-known", "modern-auth-not-known", "hybrid-endpoints-not-known")
def hybrid_not_written(case: Case) -> Iterator[Match]:
    """What pre-authentication or offload would need to know of the hybrid, and how Exchange Online comes in."""
    hybrid = hybrid_of(case)
    if case.topology.hybrid is None:
        yield from _whether_hybrid(case)
    elif hybrid is not None and not _with_agent(hybrid):
        yield from _how_it_comes_in(case, hybrid)
    if hybrid is not None and hybrid.modern_auth is None and _tokens_matter(case, hybrid):
        asked = Question("hybrid.modern_auth", "Do clients use hybrid modern authentication?", ("true", "false"))
        summary = "Whether clients use hybrid modern authentication is not written."
        evidence = (Evidence("hybrid.modern_auth", "not written"), _kind(hybrid))
        yield Match("modern-auth-not-known", ("hybrid",), summary, evidence, question=asked)


def _whether_hybrid(case: Case) -> Iterator[Match]:
    checked = [
        one
        for one in gatekeepers(case)
        if one.authenticates and one.carries(*ENDPOINTS) and any(map(from_2013, one.targets))
    ]
    if checked:
        told = listed(one.rule.name for one in checked)
        asked = Question("hybrid", "Is there a hybrid with Exchange Online?", ("none", "{topology: classic}"))
        summary = f"{told} pre-authenticates what Exchange Online would call; whether there is a hybrid is not written."
        evidence = (Evidence("hybrid", "not written"), *checked[0].fact("preauth", "protocols"))
        yield Match("hybrid-not-known", tuple(one.rule.name for one in checked), summary, evidence,
                    anchor="hybrid", question=asked)  # fmt: skip


def _how_it_comes_in(case: Case, hybrid: Hybrid) -> Iterator[Match]:
    known = any(
        not one.rule.protocols or (one.carries(*ENDPOINTS) and reached_by_hybrid(case, one)) for one in published(case)
    )
    if not known and not any(opening.ports.covers(HTTPS) for opening in case.from_internet):
        asked = Question(
            "publishing",
            "By what does Exchange Online reach EWS and Autodiscover, and does it pre-authenticate?",
            ("- {name: hybrid, protocols: [ews, autodiscover, mrsproxy], preauth: none, targets: [HOST]}",),
        )
        summary = "How Exchange Online reaches EWS and Autodiscover is not written."
        evidence = (_kind(hybrid), Evidence("publishing", "no rule for EWS or Autodiscover"))
        yield Match("hybrid-endpoints-not-known", ("hybrid",), summary, evidence, question=asked)


def _tokens_matter(case: Case, hybrid: Hybrid) -> bool:
    """Whether the answer on modern authentication would change a verdict: the agent, a proxy that checks clients, or
    one that offloads TLS, and is not ruled out already by what Exchange Online calls."""
    if _with_agent(hybrid):
        return True
    clients = (Protocol.ACTIVESYNC, Protocol.MAPI, Protocol.OAB)
    checked = any(
        one.authenticates and one.carries(*clients) and reached_by_hybrid(case, one) for one in gatekeepers(case)
    )
    offloaded = (one for one in published(case) if one.rule.tls == "offload" and any(map(from_2013, one.targets)))
    return checked or any(one.carries(*HTTP) and not one.carries(*ENDPOINTS) for one in offloaded)


RULES = (
    hybrid_server_in_the_perimeter,
    hybrid_traffic_pre_authenticated,
    hybrid_traffic_passed_on,
    modern_authentication_through_the_agent,
    modern_authentication_beside_2010,
    modern_authentication_on,
    extended_protection_behind_the_agent,
    what_the_agent_carries,
    agent_on_one_server,
    hybrid_on_an_older_version,
    hybrid_not_written,
)
