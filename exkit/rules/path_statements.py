"""What a way means: the statement for what lies between two Exchange servers, or before a domain controller."""

from __future__ import annotations

from exkit.paths import Passage, PortSet
from exkit.rules.base import Case, modern
from exkit.topology import Role, Server, Version

# What each passage means for two Exchange servers, and for an Exchange server and a domain controller.
# What is filtered is told apart further: see `between_exchange` and `to_directory`.
SAME_FOR_BOTH = {
    Passage.NO_ROUTE: "no-route-known",
    Passage.INSPECTION_UNKNOWN: "inspection-not-known",
    Passage.TRANSLATED: "nat-between-exchange",
    Passage.OPEN: "network-device-any-any",
    Passage.VPN: "vpn-between-exchange",
}
BETWEEN_EXCHANGE = {
    **SAME_FOR_BOTH,
    Passage.DIRECT: "open-path-between-exchange",
    Passage.INSPECTED: "device-inspects-between-exchange",
    Passage.DIFFERS: "exchange-paths-differ",
    Passage.RULES_UNKNOWN: "exchange-path-not-known",
}
TO_DIRECTORY = {
    **SAME_FOR_BOTH,
    Passage.DIRECT: "open-path-to-dc",
    Passage.INSPECTED: "device-inspects-to-dc",
    Passage.DIFFERS: "dc-paths-differ",
    Passage.RULES_UNKNOWN: "dc-path-not-known",
}
# The ground rule since 2013 names internal Lync and Skype for Business servers in the same breath.
TO_SKYPE = {
    **dict.fromkeys((Passage.FILTERED, Passage.INSPECTED, Passage.TRANSLATED), "fw-restrict-exchange-sfb"),
    **dict.fromkeys((Passage.DIFFERS, Passage.RULES_UNKNOWN), "skype-path-not-known"),
    **dict.fromkeys((Passage.DIRECT, Passage.OPEN, Passage.VPN), "skype-path-open"),
    Passage.NO_ROUTE: "no-route-known",
    Passage.INSPECTION_UNKNOWN: "inspection-not-known",
}
LIMITS = (Passage.FILTERED, Passage.INSPECTED, Passage.DIFFERS, Passage.RULES_UNKNOWN)
# By these ports an Exchange server finds out whether a domain controller answers, and so whether it may use it.
DIRECTORY = (PortSet.of(["389/tcp"]), PortSet.of(["3268/tcp"]))
FREE = (Passage.DIRECT, Passage.OPEN, Passage.VPN)


def between_exchange(case: Case, server: Server, other: Server, passage: Passage) -> str | None:
    """The statement for the way between two Exchange servers, neither an Edge; None where they have no business."""
    front_ends = server.holds(Role.FRONT_END), other.holds(Role.FRONT_END)
    if not modern(server) and not modern(other):
        if all(front_ends):
            return None  # front-ends do not talk to each other
        if passage in LIMITS:
            return "fe-be-firewall-allowed" if any(front_ends) else "firewall-between-legacy-servers"
        return BETWEEN_EXCHANGE[passage]
    if passage in LIMITS and any(map(_only_front_end, (server, other))):
        return "fe-beside-newer-servers"
    if passage is not Passage.FILTERED:
        return BETWEEN_EXCHANGE[passage]
    versions_with_dags = all(one.version and one.version.age >= Version.V2010.age for one in (server, other))
    if versions_with_dags and any(
        dag.kind == "dag" and {server.name, other.name} <= set(dag.members) for dag in case.topology.dags
    ):
        return "dag-firewall-between-members"
    if server.site is not None and other.site is not None and server.site != other.site:
        return "firewall-between-exchange-cross-site"
    for one, two in ((server, other), (other, server)):
        if one.holds(Role.CLIENT_ACCESS) and not one.holds(Role.MAILBOX) and two.holds(Role.MAILBOX) and modern(two):
            return "firewall-between-cas-and-mbx"
    return "firewall-between-exchange-same-site"


def _only_front_end(server: Server) -> bool:
    """A front-end of 2000 or 2003 without mailboxes: it hands clients to back-ends of its own generation."""
    return not modern(server) and server.holds(Role.FRONT_END) and not server.holds(Role.BACK_END, Role.MAILBOX)


def _forest_matters(case: Case, server: Server, controller: Server) -> bool:
    """Whether one of two hosts has no forest although the file names several: they may be of one or of two."""
    named = {forest.name for forest in case.topology.forests} | {one.forest for one in case.servers if one.forest}
    return (server.forest is None) != (controller.forest is None) and len(named) > 1


def to_directory(case: Case, server: Server, controller: Server, passage: Passage) -> str | None:
    """The statement for the way from an Exchange server to a domain controller; None where nothing is to be said."""
    if passage in LIMITS and _forest_matters(case, server, controller):
        return "dc-forest-not-known"
    if not case.same_forest(server, controller):
        return "dc-of-another-forest" if passage in LIMITS else None
    own = server.site is None or controller.site is None or server.site == controller.site
    has_own = any(
        dc.site == server.site and dc.global_catalog is not False and case.same_forest(server, dc)
        for dc in case.domain_controllers
    )
    if not own and has_own:
        # The servers use the controllers of their site; those of others are a statement of their own, and what
        # nobody wrote about the way to them is no question.
        if passage in LIMITS:
            return _other_site_statement(case, server, controller, passage)
        return None if passage in (Passage.NO_ROUTE, Passage.INSPECTION_UNKNOWN) else TO_DIRECTORY[passage]
    if modern(server) and passage is Passage.FILTERED:
        return "dc-site-not-known" if _site_matters(case, server, controller) else "firewall-exchange-to-dc"
    if modern(server):
        return TO_DIRECTORY[passage]
    if passage is Passage.FILTERED:
        wanted = _legacy_logon_ports(case, server, controller)
        complete = case.network.passes(server, controller, wanted)
        return "fe-dc-ports-incomplete" if complete is False else "firewall-exchange-to-dc-legacy"
    return "firewall-exchange-to-dc-legacy" if passage in LIMITS else TO_DIRECTORY[passage]


def _reaches_directory(case: Case, server: Server, controller: Server) -> bool:
    return any(case.network.passes(server, controller, ports) for ports in DIRECTORY)


def _other_site_statement(case: Case, server: Server, controller: Server, passage: Passage) -> str | None:
    """What Exchange can reach it may use at any time; what answers nothing is as good as not there."""
    if not modern(server):
        return None
    known = passage in (Passage.FILTERED, Passage.INSPECTED)
    used = known and _reaches_directory(case, server, controller)
    return "firewall-exchange-to-other-site-dc" if used else "firewall-to-other-site-dc"


def _site_matters(case: Case, server: Server, controller: Server) -> bool:
    """Whether a controller that answers nothing may be of another site: a site is not written, and one of the own site
    is reached freely."""
    if (server.site and controller.site) or _reaches_directory(case, server, controller):
        return False
    return any(
        dc.global_catalog is not False
        and case.same_forest(server, dc)
        and case.network.way(server, dc).passage in FREE
        and (dc.site == server.site or dc.site is None)
        for dc in case.domain_controllers
    )


def _legacy_logon_ports(case: Case, server: Server, controller: Server) -> PortSet:
    """What the old guide lists towards a domain controller, but for the port that each customer maps himself."""
    return PortSet.of(
        text
        for need in case.flows.needs(server, controller)
        if need.row.need != "optional" and need.row.target != "DNS"
        for text in need.ports.texts
        if "-" not in text and text != "icmp"
    )
