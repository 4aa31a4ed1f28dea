"""The rules, one module a family. A rule finds where a statement applies; the statement's row says what it means."""

from __future__ import annotations

from exkit.rules import (
    client_paths,
    coexistence,
    dag,
    edge,
    host_firewall,
    hybrid,
    hybrid_mail,
    lifecycle,
    mail_flow,
    members,
    model_gaps,
    perimeter_openings,
    placement,
    platform,
    preauth,
    products,
    publishing,
    separation,
    since_2013,
    site_roles,
    tls,
    updates,
    voice,
    witness,
)
from exkit.rules.base import Rule

FAMILIES = (
    placement,
    separation,
    voice,
    edge,
    mail_flow,
    publishing,
    client_paths,
    preauth,
    products,
    tls,
    perimeter_openings,
    host_firewall,
    dag,
    members,
    witness,
    site_roles,
    platform,
    lifecycle,
    coexistence,
    since_2013,
    updates,
    hybrid,
    hybrid_mail,
    model_gaps,
)
RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)
