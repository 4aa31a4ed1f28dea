"""Words for the picture: readable roles and firewalls, and customers' names made safe, cut and wrapped."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from exkit.topology import Firewall, FirewallKind, Protocol, Role, Server, Version, ZoneKind

NAME_LIMIT = 48  # characters of a customer's name that the picture shows; the tooltip has all of them

_ROLE_WORDS = {
    Role.FRONT_END: "Front-end",
    Role.BACK_END: "Back-end",
    Role.ADFS: "AD FS",
    Role.SMTP_GATEWAY: "SMTP gateway",
    Role.IP_GATEWAY: "IP gateway",
    Role.READ_ONLY_DOMAIN_CONTROLLER: "Read-only domain controller",
    Role.RADIUS_SERVER: "RADIUS server",
    Role.EDGE_TRANSPORT: "Edge Transport",
    Role.CLIENT_ACCESS: "Client Access",
    Role.HUB_TRANSPORT: "Hub Transport",
    Role.UNIFIED_MESSAGING: "Unified Messaging",
}
PROTOCOL_WORDS = {
    Protocol.OWA: "OWA",
    Protocol.ACTIVESYNC: "ActiveSync",
    Protocol.OUTLOOK_ANYWHERE: "Outlook Anywhere",
    Protocol.MAPI: "MAPI over HTTP",
    Protocol.AUTODISCOVER: "Autodiscover",
    Protocol.MRSPROXY: "MRSProxy",
    Protocol.FEDERATION: "federation",
    Protocol.CALENDAR: "calendar",
    Protocol.POWERSHELL: "PowerShell",
}
_ZONE_WORDS = {
    ZoneKind.INTERNET: "Internet",
    ZoneKind.PERIMETER: "perimeter network",
    ZoneKind.INTERNAL: "internal network",
    ZoneKind.REPLICATION: "replication network",
    ZoneKind.CLOUD: "cloud",
}
_DEVICE_WORDS = {
    FirewallKind.NETWORK: "firewall",
    FirewallKind.ROUTER_ACL: "router ACL",
    FirewallKind.SECURITY_GROUP: "security group",
    FirewallKind.APPLICATION_FIREWALL: "application firewall",
    FirewallKind.SITE_TO_SITE_VPN: "site-to-site VPN",
}


def finding_anchor(finding_id: str) -> str:
    """The id of a finding's section in a report, safe in HTML and in a URL; unique, as a hash marks what was replaced.

    >>> finding_anchor("plain-id")
    'finding-plain-id'
    >>> finding_anchor("cas-in-perimeter@CAS1")
    'finding-cas-in-perimeter-CAS1-02fee5'
    """
    slug = re.sub(r"[^A-Za-z0-9-]+", "-", finding_id).strip("-")[:80]
    if slug == finding_id:
        return f"finding-{slug}"
    return f"finding-{slug}-{hashlib.sha256(finding_id.encode(errors='replace')).hexdigest()[:6]}"


def clean(text: str) -> str:
    """Text on one line; control characters and marks that turn the reading direction become a visible sign.

    >>> clean("CAS\\n1\\x00\\u202egnp")
    'CAS 1��gnp'
    """
    one_line = " ".join(text.split())
    return "".join(
        # XML takes no control characters, surrogates or non-characters; Cf holds the direction overrides.
        # Joiners are letters' business: Persian and Indian names need them.
        "\ufffd"
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn", "Co") and char not in "\u200c\u200d"
        else char
        for char in one_line
    )


def cut(text: str, limit: int = NAME_LIMIT) -> str:
    """`clean` text, cut to a number of characters.

    >>> cut("Contoso", 5)
    'Cont…'
    """
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which EX2 comes before EX10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def text_width(text: str, size: float, weight: float = 1.0) -> float:
    """About how wide text is in the widest font that a browser may take (DejaVu Sans), rather too much than too little.

    In units of the picture. The engine measures Arial; a machine without it shows wider letters in the same boxes.
    """
    return size * weight * sum(_advance(char) for char in text)


def _advance(char: str) -> float:
    if char in "ijl.,:;'|! ()[]/-ftrI":
        return 0.41 if char in "rt()[]" else 0.36
    if char in "mwMW@%" or unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if unicodedata.combining(char):
        return 0.0
    if char in "csvxyz":
        return 0.58
    if char.isascii():
        return 0.76 if char.isupper() else 0.63
    return 0.9


def wrap(text: str, width: float, size: float, weight: float = 1.0, most: int = 3) -> list[str]:
    """Lines no wider than `width`; words too long are broken, and what passes `most` lines ends in an ellipsis.

    >>> wrap("Client Access, Hub Transport", 110, 11)
    ['Client Access, Hub', 'Transport']
    >>> wrap("datacenter-zone", 75, 13)
    ['datacenter', '-zone']
    """
    lines: list[str] = []
    for word in clean(text).split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size, weight) <= width:
            lines[-1] += f" {word}"
        elif text_width(word, size, weight) <= width:
            lines.append(word)
        else:
            lines += _broken(word, width, size, weight)
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + " …", size, weight) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip(" ,") + " …"]
    return lines


def _broken(word: str, width: float, size: float, weight: float) -> list[str]:
    """A word too long for a line, broken after hyphens, dots and the like where it has them, else anywhere."""
    lines = [""]
    for part in re.findall(r"[^-._/@]*[-._/@]+|[^-._/@]+", word):
        if text_width(lines[-1] + part, size, weight) <= width:
            lines[-1] += part
            continue
        lines.append("")
        for char in part:
            if text_width(lines[-1] + char, size, weight) > width and lines[-1]:
                lines.append("")
            lines[-1] += char
    return [line for line in lines if line]


def role_words(role: Role) -> str:
    """A role as people write it.

    >>> role_words(Role.HUB_TRANSPORT), role_words(Role.DOMAIN_CONTROLLER)
    ('Hub Transport', 'Domain controller')
    """
    return _ROLE_WORDS.get(role) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", role.value).capitalize()


def roles_words(server: Server) -> str:
    """All roles of a server in one line."""
    return ", ".join(role_words(role) for role in sorted(server.roles, key=list(Role).index))


def version_words(server: Server) -> str:
    """`Exchange 2010 SP1` where the build tells the service pack, `Exchange 2010` otherwise; empty for other hosts.

    Builds of 2007 and 2010 carry the service pack as their second number; those of 2003 do not.

    >>> version_words(Server(name="A", version="2010", build="14.3.123.4"))
    'Exchange 2010 SP3'
    """
    if server.version is None:
        return "Exchange, version not known" if server.is_exchange else ""
    words = "Exchange Server SE" if server.version is Version.SE else f"Exchange {server.version}"
    pack = re.match(r"\d+\.0*(\d)\.", server.build or "")
    if pack and pack[1] != "0" and server.version in (Version.V2007, Version.V2010):
        words += f" SP{pack[1]}"
    return words


def zone_words(kind: ZoneKind | None) -> str:
    """What a zone is."""
    return _ZONE_WORDS[kind] if kind else "zone not known"


def device_words(device: Firewall) -> str:
    """What stands between zones; a firewall when nobody told the kind."""
    return _DEVICE_WORDS[device.kind] if device.kind else "firewall"


def passes_words(device: Firewall) -> str:
    """What a firewall lets through, in short: `3 rules`, `everything passes`, `nothing passes`, `rules not known`."""
    if device.allow is None:
        return "rules not known"
    if not device.allow:
        return "nothing passes"
    if any((line.source, line.target) == ("any", "any") and "any" in line.ports for line in device.allow):
        return "everything passes"
    return "1 rule" if len(device.allow) == 1 else f"{len(device.allow)} rules"


def protocol_words(protocols: tuple[Protocol, ...] | None, most: int = 99) -> str:
    """Published protocols as people write them, at most so many by name.

    >>> protocol_words((Protocol.OWA, Protocol.EWS, Protocol.ECP), 2)
    'OWA, EWS + 1'
    """
    if not protocols:
        return "protocols not known"
    order = list(Protocol)
    words = [PROTOCOL_WORDS.get(one, one.value.upper()) for one in sorted(protocols, key=order.index)]
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" + {rest}" if rest > 0 else "")
