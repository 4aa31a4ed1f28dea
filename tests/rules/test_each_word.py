"""Each word of the small tables that rules carry: protocols, products, roles and versions, one after the other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exkit.builds import build_number
from exkit.rules import levels, since_2013, updates
from exkit.topology import Version
from tests.build import advice, facts, found, host, line, wall
from tests.rules.rows import CAS10, DC, EX10, TMG, WORKGROUP_TMG, rule_of

EX19 = host("EX1", "MBX", version="2019")
CLASSIC = {"topology": "classic"}
ROLES = {"2000": "BE", "2003": "BE", "2007": "CAS HT MBX", "2010": "CAS HT MBX", "2013": "CAS MBX"}
LATE = date(2026, 7, 1)


def ex(version: str, name: str = "EX1", **fields: Any) -> dict[str, Any]:
    return host(name, ROLES.get(version, "MBX"), version=version, **fields)


def one(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


def statements(*servers: dict[str, Any], **sections: Any) -> set[str]:
    return {finding.statement for finding in advice(*servers, **sections).findings}


# versions side by side


@pytest.mark.parametrize("old, new", since_2013.TOGETHER, ids=lambda version: str(version))
def test_two_versions_in_one_organization_have_a_statement(old: Version, new: Version) -> None:
    result = advice(ex(old), ex(new, "EX2"), as_of=LATE)
    assert [one.id for one in found(result, since_2013.TOGETHER[old, new])] == [
        f"{since_2013.TOGETHER[old, new]}@{old}+{new}"
    ]


def around(version: Version, level: str) -> tuple[str | None, str]:
    """The last build of a version before a level, when there is one, and the first that reaches it."""
    rows = facts().updates(version, LATE)
    reaching = [row.build for row in rows if build_number(row.build) >= build_number(level)]
    before = [row.build for row in rows if build_number(row.build) < build_number(level)]
    return before[-1] if before else None, reaching[0]


@pytest.mark.parametrize("old, new", levels.BESIDE, ids=lambda version: str(version))
def test_builds_settle_whether_two_versions_go_together(old: Version, new: Version) -> None:
    wanted = [around(one, level or "1") for one, level in zip((old, new), levels.BESIDE[old, new], strict=True)]
    (before, reached), (new_before, new_reached) = wanted
    met = since_2013.TOGETHER[old, new] if (old, new) in since_2013.FOR_THE_MOVE else "coexistence-levels-met"

    def told(build: str | None, other: str | None) -> set[str]:
        result = advice(ex(old, build=build or ...), ex(new, "EX2", build=other or ...), as_of=LATE)
        return {one.statement for one in result.findings if one.id.endswith(f"@{old}+{new}")}

    assert told(reached, new_reached) == {met}
    assert told(before, new_reached) == {"coexistence-level-too-low"}
    assert told(None, new_reached) == {since_2013.TOGETHER[old, new]}
    assert new is Version.V2013 or told(reached, None) == {met}, "any build of a newer one will do"
    assert new_before is None or told(reached, new_before) == {"coexistence-level-too-low"}


@pytest.mark.parametrize("old, new", since_2013.EDGE_BEFORE, ids=lambda version: str(version))
def test_an_older_edge_server_has_a_statement_and_its_build_settles_it(old: Version, new: Version) -> None:
    statement = since_2013.EDGE_BEFORE[old, new]
    before, reached = around(old, levels.BESIDE[old, new][0]) if (old, new) in levels.BESIDE else (None, None)

    def told(build: str | None) -> set[str]:
        edge = host("EDGE1", "ET", "dmz", version=old, domain_joined=False, subscribed_to=["HQ"], build=build or ...)
        result = advice(edge, ex(new, "EX2"), as_of=LATE)
        return {one.statement for one in result.findings if one.id.endswith(f"@EDGE1+{new}")}

    assert told(None) == {statement}
    assert before is None or told(before) == {"coexistence-level-too-low"}
    settled = statement if (old, new) in since_2013.FOR_THE_MOVE else "coexistence-levels-met"
    assert reached is None or told(reached) == {settled}


@pytest.mark.parametrize(
    ("version", "build", "statement"),
    [
        ("2003", "6.5.7226.0", "coexistence-level-too-low"),
        ("2003", "6.5.7638.1", "coexistence-levels-met"),
        ("2007", "8.1.240.6", "coexistence-level-too-low"),
        ("2007", "8.2.176.2", "coexistence-levels-met"),
        ("2003", "6.5.7638", "coexistence-levels-met"),
        ("2007", "8.2", "coexistence-levels-met"),
        ("2003", None, "coexistence-levels"),
        ("2007", None, "coexistence-levels"),
    ],
)
def test_2003_and_2007_need_service_pack_2_beside_2010(version: str, build: str | None, statement: str) -> None:
    result = advice(ex(version, build=build or ...), ex("2010", "EX2"))
    assert [one.id for one in found(result, statement)] == [f"{statement}@{version}+2010"]


@pytest.mark.parametrize(("table", "statement"), [("READS_MITIGATIONS", "em-old-build"), ("MODERN_OWA", "hyb-hma-owa")])
def test_only_the_update_itself_or_a_later_one_of_its_line_reads_what_came_with_it(table: str, statement: str) -> None:
    for version, builds in getattr(updates, table).items():
        for build in builds:
            line = facts().level(version, build)
            rows = [row.build for row in facts().updates(version, LATE) if facts().level(version, row.build) == line]
            for runs in rows[max(0, rows.index(build) - 1) : rows.index(build) + 1]:
                result = advice(
                    ex(version, build=runs),
                    TMG,
                    as_of=LATE,
                    hybrid=CLASSIC | {"modern_auth": True},
                    **one(preauth="none"),
                )
                assert bool(found(result, statement)) == (runs != build), (version, runs)


# products


@pytest.mark.parametrize(
    ("product", "version", "statement"),
    [
        ("isa-2000", "2007", "isa2000-for-2007"),
        ("isa-2000", "2010", "isa2000-for-2007"),
        ("isa-2004", "2007", "isa2004-for-2007-2010"),
        ("isa-2004", "2010", "isa2004-for-2007-2010"),
        ("isa-2006", "2010", "isa2006-for-2010"),
        ("isa-2006-sp1", "2010", "isa2006-for-2010"),
    ],
)
def test_an_older_isa_server_has_a_statement_of_its_own(product: str, version: str, statement: str) -> None:
    assert statement in statements(TMG, ex(version), **one(product=product))


OWN = ["isa-2006", "tmg-2010", "uag-2010", "iag-2007", "wap-2016"]


@pytest.mark.parametrize("product", OWN)
def test_kerberos_by_a_product_of_microsoft_needs_the_domain(product: str) -> None:
    told = statements(WORKGROUP_TMG, ex("2010"), **one(product=product, delegation="kcd", target_auth=["windows"]))
    assert "preauth-kcd-needs-domain" in told and "delegation-by-appliance" not in told


@pytest.mark.parametrize("product", [*OWN, "entra-application-proxy"])
def test_a_product_of_microsoft_is_no_third_party_and_its_page_has_its_own_statements(product: str) -> None:
    fields = {"product": product, "preauth": "forms", "protocols": ["owa", "ews"]}
    for version in ("2013", "2016"):
        assert not {"rp-third-party", "preauth-page-rich-clients"} & statements(TMG, ex(version), **one(**fields))


@pytest.mark.parametrize("product", ["kemp", "f5-apm", "arr", "other"])
def test_a_page_of_any_other_product_stops_what_is_no_browser(product: str) -> None:
    fields = {"product": product, "preauth": "forms", "protocols": ["owa", "ews"]}
    told = statements(TMG, ex("2013"), **one(**fields))
    assert "preauth-page-rich-clients" in told
    assert ("rp-arr" if product == "arr" else "rp-third-party") in told


@pytest.mark.parametrize("product", ["windows-nlb", "f5-ltm"])
def test_a_product_that_only_balances_is_a_balancer(product: str) -> None:
    fields = {"kind": ..., "host": ..., "preauth": ..., "validation": ..., "product": product}
    assert "loadbalancer-before-cas" in statements(ex("2010"), **one(**fields))


@pytest.mark.parametrize("product", ["tmg-2010", "uag-2010", "iag-2007"])
@pytest.mark.parametrize(("version", "refused"), [("2007", True), ("2010", True), ("2013", False)])
def test_exchange_shares_no_host_with_a_sealed_product(product: str, version: str, refused: bool) -> None:
    told = statements(ex(version, also_runs=[product]))
    assert ("exchange-beside-proxy" in told) is refused


@pytest.mark.parametrize(
    "name", ["sharepoint-2010", "lync-2013", "Skype_2015", "ocs-2007", "Office-2010", "oos", "project-2013"]
)
def test_no_office_server_shares_a_host_with_exchange(name: str) -> None:
    assert "sw-office-servers" in statements(ex("2010", also_runs=["backup", name]))
    assert "sw-office-servers" not in statements(ex("2003", also_runs=[name]))


def test_a_word_that_only_contains_the_name_of_an_office_server_is_none() -> None:
    assert "sw-office-servers" not in statements(ex("2010", also_runs=["officescan", "projector"]))


# protocols

CLAIMED = {
    "owa": "wap-owa-adfs",
    "ecp": "wap-ecp-adfs",
    "outlook-anywhere": "wap-outlook-anywhere",
    "mapi": "wap-mapi-http",
    "activesync": "wap-eas",
    "ews": "wap-ews-autod-oab",
    "autodiscover": "wap-ews-autod-oab",
    "oab": "wap-ews-autod-oab",
}


@pytest.mark.parametrize("protocol", CLAIMED)
def test_web_application_proxy_has_a_statement_for_each_protocol(protocol: str) -> None:
    rule = one(product="wap-2016", preauth="adfs", validation="adfs", protocols=[protocol])
    assert CLAIMED[protocol] in statements(TMG, ex("2013"), **rule)


RICH = ["outlook-anywhere", "mapi", "ews", "autodiscover", "activesync", "oab", "mrsproxy"]


@pytest.mark.parametrize("protocol", ["owa", "ecp", *RICH, "federation"])
def test_the_proxy_of_entra_serves_browsers_and_passes_the_others_on(protocol: str) -> None:
    rule = {"product": "entra-application-proxy", "kind": "cloud-connector", "protocols": [protocol]}
    browser = protocol in ("owa", "ecp")
    signed = statements(TMG, ex("2013"), **one(**rule, preauth="entra", validation="entra"))
    assert ("entra-proxy-owa" in signed, "entra-proxy-rich-clients" in signed) == (browser, not browser)
    passed = statements(TMG, ex("2013"), **one(**rule, preauth="none", validation=...))
    assert ("entra-proxy-passthrough" in passed) is not browser


@pytest.mark.parametrize("page", ["forms", "adfs", "entra"])
@pytest.mark.parametrize("protocol", RICH)
def test_a_sign_on_page_meets_what_is_no_browser(page: str, protocol: str) -> None:
    assert "preauth-page-rich-clients" in statements(TMG, ex("2013"), **one(preauth=page, protocols=[protocol]))


@pytest.mark.parametrize("method", ["basic", "ntlm", "kerberos", "certificate"])
def test_what_needs_no_page_stops_nobody(method: str) -> None:
    assert "preauth-page-rich-clients" not in statements(TMG, ex("2013"), **one(preauth=method, protocols=["ews"]))


@pytest.mark.parametrize("protocol", ["owa", "ecp", "imap", "calendar"])
def test_browsers_and_mail_clients_meet_no_page_in_their_way(protocol: str) -> None:
    assert "preauth-page-rich-clients" not in statements(TMG, ex("2013"), **one(protocols=[protocol]))


CALLED = {"autodiscover": "hyb-preauth-autodiscover", "ews": "hyb-preauth-ews", "mrsproxy": "hyb-preauth-mrsproxy"}


@pytest.mark.parametrize("protocol", CALLED)
def test_what_exchange_online_calls_is_never_pre_authenticated(protocol: str) -> None:
    told = statements(TMG, ex("2016"), hybrid=CLASSIC, **one(protocols=[protocol], preauth="basic"))
    assert CALLED[protocol] in told
    passed = statements(TMG, ex("2016"), hybrid=CLASSIC, **one(protocols=[protocol], preauth="none"))
    assert "hyb-endpoints-passed-on" in passed and CALLED[protocol] not in passed


@pytest.mark.parametrize("protocol", ["mapi", "oab", "ews", "autodiscover"])
def test_tokens_of_modern_clients_are_passed_on(protocol: str) -> None:
    rule = one(protocols=[protocol], preauth="basic")
    assert "hyb-preauth-oauth" in statements(TMG, ex("2016"), hybrid=CLASSIC | {"modern_auth": True}, **rule)
    assert "hyb-preauth-oauth" not in statements(TMG, ex("2016"), hybrid=CLASSIC | {"modern_auth": False}, **rule)


@pytest.mark.parametrize("protocol", ["ews", "autodiscover", "mrsproxy"])
def test_tokens_of_exchange_online_rule_offload_out(protocol: str) -> None:
    rule = one(protocols=[protocol], preauth="none", tls="offload")
    assert "ssl-offload-oauth" in statements(TMG, ex("2016"), hybrid=CLASSIC | {"modern_auth": False}, **rule)
    assert "ssl-offload-oauth" not in statements(TMG, ex("2016"), hybrid={"topology": "modern"}, **rule)


@pytest.mark.parametrize("protocol", ["ews", "autodiscover", "mrsproxy", "federation"])
def test_the_agent_carries_free_busy_and_moves(protocol: str) -> None:
    agent = host("AG1", "HybridAgent")
    rule = one(host="AG1", protocols=[protocol], preauth="none")
    told = statements(agent, EX19, hybrid={"topology": "modern", "agent": "AG1", "targets": ["EX1"]}, **rule)
    assert "hyb-agent-publishes" in told and "hyb-agent-scope" not in told


@pytest.mark.parametrize("protocol", ["imap", "pop", "smtp"])
def test_a_proxy_never_sees_the_logon_of_a_mail_protocol(protocol: str) -> None:
    assert "pop-imap-no-preauth" in statements(TMG, CAS10, publishing=[rule_of(protocols=["owa", protocol])])
    uag = rule_of(product="uag-2010", protocols=[protocol], preauth="none")
    assert "uag-no-pop-imap-smtp" in statements(TMG, CAS10, publishing=[uag])


@pytest.mark.parametrize(("protocol", "refused"), [("imap", True), ("pop", True), ("smtp", False), ("owa", False)])
def test_mail_clients_of_2013_from_the_internet(protocol: str, refused: bool) -> None:
    told = statements(TMG, ex("2013"), **one(protocols=[protocol], preauth="none"))
    assert ("pop-imap-from-internet" in told) is refused


# how logons are checked


@pytest.mark.parametrize(
    ("validation", "by"),
    [
        ("active-directory", "Active Directory"),
        ("ldap", "LDAP"),
        ("radius", "RADIUS"),
        ("adfs", "AD FS"),
        ("entra", "Entra"),
        (..., None),
    ],
)
def test_it_is_told_by_what_logons_are_validated(validation: str, by: str | None) -> None:
    result = advice(TMG, CAS10, publishing=[rule_of(product="other", validation=validation)])
    (told,) = [one.summary for one in result.findings if one.statement in ("preauth-on-proxy", "preauth-ldap",
               "preauth-radius")]  # fmt: skip
    assert told.endswith(f"(forms, validated by {by})." if by else "(forms).")


@pytest.mark.parametrize(("delegation", "accepted"), [("basic", "basic"), ("ntlm", "windows"), ("kcd", "windows")])
@pytest.mark.parametrize("asked", ["basic", "windows", "adfs"])
def test_a_target_must_ask_for_what_the_proxy_hands_on(delegation: str, accepted: str, asked: str) -> None:
    told = statements(TMG, CAS10, publishing=[rule_of(delegation=delegation, target_auth=[asked])])
    assert ("delegation-not-accepted" in told) == (asked != accepted)
    both = statements(TMG, CAS10, publishing=[rule_of(delegation=delegation, target_auth=[asked, accepted])])
    assert "delegation-not-accepted" not in both


@pytest.mark.parametrize(
    ("validation", "role"),
    [
        ("active-directory", "DC"),
        ("active-directory", "RODC"),
        ("ldap", "DC"),
        ("ldap", "RODC"),
        ("radius", "RadiusServer"),
    ],
)
def test_a_firewall_that_shuts_out_the_server_that_checks_logons_is_found(validation: str, role: str) -> None:
    walls = [wall("inner", "dmz", "lan", allow=[line("TMG1", "CAS1", "443/tcp")])]
    result = advice(TMG, CAS10, host("CHECK1", role), firewalls=walls, publishing=[rule_of(validation=validation)])
    assert [one.subjects for one in found(result, "proxy-path-ports-missing")] == [("owa", "TMG1", "CHECK1", "inner")]


# roles


@pytest.mark.parametrize(
    ("version", "roles"),
    [
        ("2007", "UM"),
        ("2010", "UM"),
        ("2013", "MBX"),
        ("2013", "CAS"),
        ("2016", "MBX"),
    ],
)
@pytest.mark.parametrize("gateway", ["IPGateway", "SessionBorderController"])
def test_calls_reach_the_servers_that_take_them(version: str, roles: str, gateway: str) -> None:
    servers = (host("UM1", roles, version=version), host("GATE1", gateway, "dmz"))
    told = statements(*servers, firewalls=[wall("voice", "dmz", "lan", allow=[], nat=True)])
    assert {"um-gateway-firewall", "um-nat"} <= told


@pytest.mark.parametrize(("version", "roles"), [("2007", "MBX"), ("2010", "CAS"), ("2019", "MBX"), ("SE", "MBX")])
def test_calls_reach_nobody_else(version: str, roles: str) -> None:
    servers = (host("EX1", roles, version=version), host("GATE1", "IPGateway", "dmz"))
    told = statements(*servers, firewalls=[wall("voice", "dmz", "lan", allow=[], nat=True)])
    assert not {"um-gateway-firewall", "um-nat"} & told


HAD = {
    "FE": ("2000", "2003"),
    "BE": ("2000", "2003"),
    "CAS": ("2007", "2010", "2013"),
    "HT": ("2007", "2010"),
    "UM": ("2007", "2010"),
    "ET": ("2007", "2010", "2013", "2016", "2019", "SE"),
    "MBX": tuple(Version),
}


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("role", HAD)
def test_a_role_that_a_version_does_not_have_is_a_question(version: str, role: str) -> None:
    result = advice(host("EX1", role, version=version), as_of=LATE)
    assert bool(found(result, "role-not-in-version")) == (version not in HAD[role])


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("CAS", "cas-in-perimeter"),
        ("HT", "hub-in-perimeter"),
        ("MBX", "mbx-in-perimeter"),
        ("UM", "um-in-perimeter"),
    ],
)
def test_each_internal_role_in_the_perimeter_has_its_statement(role: str, statement: str) -> None:
    result = advice(EX10, host("EX2", role, "dmz", version="2010"))
    assert [one.id for one in found(result, statement)] == [f"{statement}@EX2"]


@pytest.mark.parametrize("role", ["LoadBalancer", "ReverseProxy"])
def test_what_only_passes_mail_on_is_no_first_host(role: str) -> None:
    servers = (host("PASS1", role, "dmz"), EX10, DC)
    result = advice(*servers, mail_flow=[{"path": ["internet", "PASS1", "EX1"]}])
    assert [one.id for one in found(result, "smtp-direct-to-hub")] == ["smtp-direct-to-hub@EX1"]
    gateway = servers[0] | {"roles": [role, "SMTPGateway"]}
    result = advice(gateway, EX10, DC, mail_flow=[{"path": ["internet", "PASS1", "EX1"]}])
    assert not found(result, "smtp-direct-to-hub")
