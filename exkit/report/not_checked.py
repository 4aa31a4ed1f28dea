"""What a report does not answer: said in each report, so that nobody takes silence for a yes."""

from __future__ import annotations

from exkit.report.judged import Judged
from exkit.rows import Statement

NOT_CHECKED = (
    "What is really built. The kit judges what the topology file says; it logs on to no server and probes no firewall.",
    "Capacity: processors, memory, disks, latency and the number of users a server can carry.",
    "Certificates: names, issuers and dates. Only whether proxy and target share one is known.",
    "DNS records, Autodiscover service connection points and the addresses that clients use.",
    "Client versions, mobile devices and other programs that log on to mailboxes.",
    "Backup, restore, and whether a failover was ever tried.",
    "Patches beyond the build number, and settings inside Exchange, Active Directory and Windows.",
    "Third-party software on the servers: virus scanners, archiving, monitoring.",
    "Licences, and what your contract with the vendor says about support.",
    "Laws and security rules of your own house, which may ask for more than the vendor does.",
)


def shown_by_no_file(judged: Judged) -> tuple[Statement, ...]:
    """Statements on the versions of this topology that no topology file can show; somebody has to look."""
    versions = {server.version for server in judged.topology.servers if server.is_exchange and server.version}
    return tuple(
        row
        for row in judged.facts.statements
        if row.use == "explain" and row.aspect == "topology" and (not row.versions or versions & set(row.versions))
    )
