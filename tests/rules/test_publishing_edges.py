"""Publishing and pre-authentication: what is nearly a case and is none, and a second rule behind a first."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.rules.base import Case
from exkit.rules.publishing import behind
from tests.build import DAY, advice, facts, found, host, line, topology, wall
from tests.rules.rows import (
    BE03,
    CAS07,
    CAS10,
    DC,
    EDGE10,
    EX10,
    FE03,
    TMG,
    WORKGROUP_TMG,
    Row,
    asks,
    fires,
    rule_of,
    silent,
)

FE_IN = FE03 | {"zone": "lan"}
EX13 = host("EX1", "CAS MBX", version="2013")
EX19 = host("EX1", "MBX", version="2019")
EDGE_AND_PROXY = EDGE10 | {"roles": ["ET", "ReverseProxy"]}
UNKNOWN_TMG = host("TMG1", "ReverseProxy", "dmz")
LB = host("LB1", "LoadBalancer", "dmz")
MBX = host("MBX1", "MBX", version="2010")
BARE: dict[str, Any] = {"host": ..., "product": ..., "preauth": ..., "validation": ..., "delegation": ...}
CLASSIC = {"topology": "classic", "modern_auth": False}
AD = "preauth-ad-needs-membership"
KCD = "preauth-kcd-needs-domain"
BY_KCD = {"delegation": "kcd", "target_auth": ["windows"]}


def one(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**fields)]}


def two(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {"publishing": [rule_of("a", **first), rule_of("b", **second)]}


ROWS: list[Row] = [
    # whether it pre-authenticates
    fires("a rule behind one that carries nobody knows what", "preauth-on-proxy", "supported", TMG, CAS10,
          **two({"protocols": ...}, {})),
    fires("federation and browsers by one rule", "proxy-no-preauth", "supported", TMG, CAS10,
          **one(protocols=["owa", "federation"], preauth="none")),
    silent("federation and browsers are no rule of its own", "federation-split-rule", TMG, CAS10,
           **one(protocols=["owa", "federation"], preauth="none")),
    fires("devices passed through UAG", "proxy-no-preauth", "supported", TMG, CAS10,
          **one(product="uag-2010", protocols=["activesync"], preauth="none")),
    fires("a proxy without a product passes on", "proxy-no-preauth", "supported", TMG, CAS10,
          **one(product=..., preauth="none")),
    silent("a rule that pre-authenticates carries no federation", "federated-sharing-no-preauth", TMG, CAS10, **one()),
    silent("a port that pre-authenticates nobody", "proxy-no-preauth", CAS10, **one(**BARE | {"kind": "port-forward"})),
    fires("a balancer that pre-authenticates", "preauth-on-proxy", "supported", LB, CAS10,
          **one(host="LB1", kind="load-balancer", product="other")),
    fires("an Edge server that is a proxy too, by a product that nobody wrote", AD, "unsupported", EDGE_AND_PROXY,
          CAS10, **one(host="EDGE1", product=...)),
    silent("client traffic through it passes a proxy", "edge-does-not-proxy-cas", EDGE_AND_PROXY, CAS10,
           **one(host="EDGE1", product=...)),
    fires("an Edge server on a host that ISA is installed on by a rule", "edge-on-isa-or-uag", "not-recommended",
          EDGE10, CAS10, **one(host="EDGE1", product="isa-2006")),
    silent("a balancer that nobody said pre-authenticates", "preauth-not-known", LB, CAS10,
           **one(host="LB1", kind="load-balancer", product="other", preauth=...)),
    # Active Directory from outside a domain
    fires("no word on the product", AD, "unsupported", WORKGROUP_TMG, CAS10, **one(product=...)),
    silent("it pre-authenticates nobody", AD, WORKGROUP_TMG, CAS10, **one(preauth="none")),
    silent("it validates by RADIUS", AD, WORKGROUP_TMG, CAS10, **one(validation="radius")),
    fires("the second of two rules, the first by LDAP", AD, "unsupported", WORKGROUP_TMG, CAS10,
          **two({"validation": "ldap"}, {})),
    asks("neither host nor rule tells, and there is no host", AD, CAS10, **one(host=...)),
    fires("the rule tells for a host that does not", AD, "unsupported", UNKNOWN_TMG, CAS10, **one(domain_joined=False)),
    silent("the rule tells of a member", AD, UNKNOWN_TMG, CAS10, **one(domain_joined=True)),
    silent("the host tells, whatever the rule says", AD, TMG, CAS10, **one(domain_joined=False)),
    # Kerberos, certificates, NTLM
    fires("certificates from a workgroup", KCD, "unsupported", WORKGROUP_TMG, CAS10, **one(preauth="certificate")),
    fires("NTLM of Outlook from a workgroup", KCD, "unsupported", WORKGROUP_TMG, CAS10,
          **one(preauth="ntlm", protocols=["outlook-anywhere"])),
    silent("NTLM of browsers", KCD, WORKGROUP_TMG, CAS10, **one(preauth="ntlm")),
    silent("Kerberos for nobody", KCD, WORKGROUP_TMG, CAS10, **one(preauth="none", **BY_KCD)),
    silent("Kerberos by the proxy of Entra", KCD, host("TMG1", "", domain_joined=False), EX13,
           **one(product="entra-application-proxy", kind="cloud-connector", preauth="entra", validation="entra",
                 targets=["EX1"], **BY_KCD)),
    fires("a rule behind one of Entra", KCD, "unsupported", WORKGROUP_TMG, EX13,
          **two({"product": "entra-application-proxy", "kind": "cloud-connector", "preauth": "entra",
                 "validation": "entra", "targets": ["EX1"], **BY_KCD}, {"targets": ["EX1"], **BY_KCD})),
    fires("an appliance whose membership nobody wrote", "delegation-by-appliance", "conditional", UNKNOWN_TMG, CAS10,
          **one(product="f5-apm", **BY_KCD)),
    silent("an appliance that is a member", "delegation-by-appliance", TMG, CAS10, **one(product="f5-apm", **BY_KCD)),
    fires("certificates by an appliance that is a member", "eas-certificate-auth", "conditional", TMG, CAS10,
          **one(product="f5-apm", preauth="certificate")),
    fires("certificates handed on as Basic", "logon-not-delegable", "unsupported", TMG, CAS10,
          **one(protocols=["activesync"], preauth="certificate")),
    fires("NTLM handed on as NTLM", "logon-not-delegable", "unsupported", TMG, CAS10,
          **one(preauth="ntlm", delegation="ntlm", target_auth=["windows"])),
    fires("certificates handed on as Basic, membership not written", "logon-not-delegable", "unsupported", UNKNOWN_TMG,
          CAS10, **one(preauth="certificate")),
    silent("then membership is no question", KCD, UNKNOWN_TMG, CAS10, **one(preauth="certificate")),
    silent("nor is it fine as a member", "eas-certificate-auth", TMG, CAS10, **one(preauth="certificate")),
    asks("by a product that nobody wrote", "logon-not-delegable", TMG, CAS10,
         **one(product=..., preauth="certificate")),
    silent("certificates handed on by Kerberos", "logon-not-delegable", TMG, CAS10,
           **one(preauth="certificate", **BY_KCD)),
    silent("how they are handed on is not written", "logon-not-delegable", TMG, CAS10,
           **one(preauth="certificate", delegation=...)),
    silent("Basic handed on as Basic", "logon-not-delegable", TMG, CAS10, **one(preauth="basic")),
    silent("certificates and Basic by an appliance", "logon-not-delegable", TMG, CAS10,
           **one(product="f5-apm", preauth="certificate")),
    silent("Kerberos alone is no certificate", "eas-certificate-auth", TMG, CAS10, **one(**BY_KCD)),
    silent("Kerberos alone is no NTLM", "oa-ntlm-preauth", TMG, CAS10, **one(**BY_KCD)),
    # against what logons are checked
    asks("certificates by TMG of a workgroup", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, CAS10,
         **one(preauth="certificate", validation=...)),
    silent("certificates by an appliance", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, CAS10,
           **one(product="f5-apm", preauth="certificate", validation=...)),
    silent("AD FS tells itself", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, EX13,
           **one(product="wap-2016", preauth="adfs", validation=..., targets=["EX1"])),
    silent("Entra tells itself", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, EX13,
           **one(product="other", preauth="entra", validation=..., targets=["EX1"])),
    silent("a member checks against its domain", "preauth-proxy-workgroup-limited", TMG, CAS10, **one(validation=...)),
    silent("a product that cannot at all", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, CAS10,
           **one(product="arr", validation=...)),
    silent("nobody is checked", "preauth-proxy-workgroup-limited", WORKGROUP_TMG, CAS10,
           **one(preauth="none", validation=...)),
    # what a product can
    silent("what is only recalled of a product refuses no method", "product-lacks-preauth", TMG, EX13,
           **one(product="fortinet", preauth="certificate", targets=["EX1"])),
    silent("no product, no lack", "product-lacks-preauth", TMG, CAS10, **one(product=..., preauth="certificate")),
    silent("no pre-authentication, no lack", "product-lacks-preauth", TMG, CAS10, **one(product="arr", preauth="none")),
    fires("RADIUS by Web Application Proxy", "product-lacks-validation", "unsupported", TMG, EX13,
          **one(product="wap-2016", preauth="adfs", validation="radius", targets=["EX1"])),
    fires("AD FS by an appliance that knows LDAP", "product-lacks-validation", "unsupported", TMG, EX13,
          **one(product="sophos-utm", preauth="forms", validation="adfs", targets=["EX1"])),
    silent("what is only recalled of a product refuses no validation", "product-lacks-validation", TMG, EX13,
           **one(product="fortinet", preauth="forms", validation="adfs", targets=["EX1"])),
    silent("LDAP for nobody", "product-lacks-validation", TMG, CAS10,
           **one(product="arr", preauth="none", validation="ldap")),
    silent("Kerberos by the proxy of Entra needs no appliance", "delegation-by-appliance",
           host("TMG1", "", domain_joined=False), EX13,
           **one(product="entra-application-proxy", kind="cloud-connector", preauth="entra", validation="entra",
                 targets=["EX1"], **BY_KCD)),
    fires("a page before a server that the hybrid does not call", "preauth-page-rich-clients", "conditional", TMG, EX19,
          host("EX2", "MBX", version="2019"), hybrid={**CLASSIC, "targets": ["EX2"]},
          **one(product="other", protocols=["ews"], targets=["EX1"])),
    fires("behind a proxy in the zones of Hosted Messaging", "cas-on-intranet-behind-proxy", "supported",
          CAS07 | {"zone": "proxy"}, TMG, MBX | {"version": "2007"}, **one(), deployment="hmc-4.5",
          zones=[{"name": "internet", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"},
                 {"name": "proxy", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}],
          firewalls=[wall("outer", "internet", "dmz", allow=[line("internet", "TMG1", "443/tcp")]),
                     wall("middle", "dmz", "proxy", allow=[line("TMG1", "CAS1", "443/tcp")]),
                     wall("inner", "proxy", "lan", allow=[])]),
    silent("no validation written", "product-lacks-validation", TMG, EX13,
           **one(product="wap-2016", preauth="adfs", validation=..., targets=["EX1"])),
    silent("an appliance reaches Active Directory by LDAP", "product-lacks-validation", TMG, EX13,
           **one(product="citrix-netscaler", preauth="basic", validation="active-directory", targets=["EX1"])),
    fires("the second of two products", "product-lacks-preauth", "unsupported", TMG, CAS10,
          **two({"product": ...}, {"product": "arr"})),
    # a page in front of what is no browser
    silent("what Exchange Online calls is told by the hybrid", "preauth-page-rich-clients", TMG, EX19, hybrid=CLASSIC,
           **one(product="other", protocols=["ews"], targets=["EX1"])),
    fires("what a hybrid does not call", "preauth-page-rich-clients", "conditional", TMG, EX19, hybrid=CLASSIC,
          **one(product="other", protocols=["mapi"], targets=["EX1"])),
    fires("a hybrid by the agent calls nothing here", "preauth-page-rich-clients", "conditional", TMG, EX19,
          hybrid={"topology": "modern"}, **one(product="other", protocols=["ews"], targets=["EX1"])),
    silent("a page before 2010", "preauth-page-rich-clients", TMG, CAS10, **one(product="other", protocols=["ews"])),
    fires("a page behind a rule without one", "preauth-page-rich-clients", "conditional", TMG, EX19,
          **two({"product": "other", "preauth": "basic", "protocols": ["ews"], "targets": ["EX1"]},
                {"product": "other", "protocols": ["ews"], "targets": ["EX1"]})),
    fires("no word on the product of a page", "preauth-page-rich-clients", "conditional", TMG, EX19,
          **one(product=..., protocols=["ews"], targets=["EX1"])),
    # forms on both sides
    fires("forms on both sides of the administration pages", "owa-fba-double", "unsupported", TMG, CAS10,
          **one(protocols=["ecp"], target_auth=["forms"])),
    fires("forms on both sides of OWA alone", "owa-fba-double", "unsupported", TMG, CAS07,
          **one(protocols=["owa"], target_auth=["forms"])),
    silent("devices see no forms", "owa-fba-double", TMG, CAS10,
           **one(protocols=["activesync"], target_auth=["forms"])),
    silent("Basic on the proxy", "owa-fba-double", TMG, CAS10, **one(preauth="basic", target_auth=["forms"])),
    silent("forms of 2003", "owa-fba-double", TMG, FE_IN, BE03, **one(targets=["FE1"], target_auth=["forms"])),
    silent("no question for 2013 alone", "owa-fba-double", TMG, EX13, **one(targets=["EX1"], target_auth=...)),
    fires("forms on both sides since 2013", "owa-fba-double", "conditional", TMG, EX13,
          **one(targets=["EX1"], target_auth=["forms"])),
    fires("forms on both sides, behind a rule of 2013 that asks nothing", "owa-fba-double", "unsupported", TMG, CAS10,
          EX13, **two({"targets": ["EX1"], "target_auth": ...}, {"target_auth": ["forms"]})),
    # a proxy, a balancer, a port
    silent("the Hybrid Agent is no proxy for clients", "cas-on-intranet-behind-proxy", host("AG1", "HybridAgent"), EX19,
           **one(host="AG1", product=..., targets=["EX1"], preauth="none")),
    silent("an agent on a host that is a proxy too", "cas-on-intranet-behind-proxy",
           host("AG1", "HybridAgent ReverseProxy"), EX19,
           **one(host="AG1", kind=..., product=..., targets=["EX1"], preauth="none")),
    fires("a proxy without a product or a host", "cas-on-intranet-behind-proxy", "supported", CAS10,
          **one(host=..., product=..., zone="dmz")),
    fires("a product alone says what it is", "cas-on-intranet-behind-proxy", "supported", CAS10,
          **one(host=..., kind=...)),
    fires("a host alone says what it is", "cas-on-intranet-behind-proxy", "supported", TMG, CAS10,
          **one(kind=..., product=...)),
    fires("a balancer alone says what it is", "loadbalancer-before-cas", "supported", LB, CAS10,
          **one(**BARE | {"host": "LB1", "kind": ...})),
    fires("a balancer is one whatever its product", "loadbalancer-before-cas", "supported", LB, CAS10,
          **one(**BARE | {"host": "LB1", "kind": ..., "product": "kemp"})),
    silent("a rule on a bare host is not called anything", "loadbalancer-before-cas", host("X1", "", "dmz"), CAS10,
           **one(**BARE | {"host": "X1", "kind": ...})),
    silent("a target whose version nobody wrote", "cas-on-intranet-behind-proxy", TMG, CAS10 | {"version": None},
           **one()),
    silent("Edge behind a proxy", "cas-on-intranet-behind-proxy", TMG, EDGE10 | {"zone": "lan"}, EX10,
           **one(protocols=["smtp"], preauth="none", targets=["EDGE1"])),
    fires("mail published to a Mailbox server of 2010", "cas-on-intranet-behind-proxy", "supported", TMG, MBX,
          **one(protocols=["smtp"], preauth="none", targets=["MBX1"])),
    fires("a front-end and a CAS behind one proxy", "reverse-proxy-in-perimeter", "supported", TMG | {"zone": "lan"},
          FE_IN, CAS07, BE03, **one(product="isa-2006", targets=["CAS1", "FE1"])),
    fires("a CAS with a card in the perimeter beside one without", "cas-on-intranet-behind-proxy", "supported", TMG,
          CAS10 | {"also_in": ["dmz"]}, CAS10 | {"name": "CAS2"}, **one(targets=["CAS1", "CAS2"])),
    asks("a version that the product is not known for, beside one that it is", "product-version-not-covered", TMG,
         CAS10, EX19, **one(targets=["CAS1", "EX1"])),
    fires("IMAP of 2010 by a forwarded port", "direct-443-to-cas", "supported", CAS10,
          **one(**BARE | {"kind": "port-forward", "protocols": ["imap"]})),
    silent("IMAP of 2013 by a forwarded port", "direct-443-to-cas", EX13,
           **one(**BARE | {"kind": "port-forward", "protocols": ["imap"], "targets": ["EX1"]})),
    silent("all that mail clients speak, of 2013", "direct-443-to-cas", EX13,
           **one(**BARE | {"kind": "port-forward", "protocols": ["imap", "pop", "smtp"], "targets": ["EX1"]})),
    fires("IMAP of 2010 and 2013 by one port", "direct-443-to-cas", "conditional", CAS10, EX13,
          **one(**BARE | {"kind": "port-forward", "protocols": ["imap"], "targets": ["CAS1", "EX1"]})),
    fires("nobody knows what by a port to 2013", "direct-443-to-cas", "conditional", EX13,
          **one(**BARE | {"kind": "port-forward", "protocols": ..., "targets": ["EX1"]})),
    fires("browsers and IMAP by a port to 2013", "direct-443-to-cas", "conditional", EX13,
          **one(**BARE | {"kind": "port-forward", "protocols": ["owa", "imap"], "targets": ["EX1"]})),
    fires("IMAP of 2013 by a balancer", "loadbalancer-before-cas", "supported", EX13,
          **one(**BARE | {"kind": "load-balancer", "protocols": ["imap"], "targets": ["EX1"]})),
    Row("a port forwarded to a proxy, which publishes 2013", "cas-on-intranet-behind-proxy", ("supported", "supported"),
        (TMG | {"zone": "lan"}, EX13), two(BARE | {"kind": "port-forward", "host": ..., "targets": ["TMG1"]},
        {"product": "nginx-plus", "preauth": "none", "targets": ["EX1"]})),
    silent("then nothing stands open without a proxy", "direct-443-to-cas", TMG | {"zone": "lan"}, EX13,
           **two(BARE | {"kind": "port-forward", "host": ..., "targets": ["TMG1"]},
           {"product": "nginx-plus", "preauth": "none", "targets": ["EX1"]})),
    Row("a port forwarded to a balancer", "loadbalancer-before-cas", ("supported", "supported"),
        (LB | {"zone": "lan"}, EX13), two(BARE | {"kind": "port-forward", "host": ..., "targets": ["LB1"]},
        BARE | {"kind": "load-balancer", "host": "LB1", "targets": ["EX1"]})),
    fires("browsers behind a port for IMAP", "direct-443-to-cas", "conditional", EX13,
          **two(BARE | {"kind": "port-forward", "protocols": ["imap"], "targets": ["EX1"]},
                BARE | {"kind": "port-forward", "protocols": ["owa"], "targets": ["EX1"]})),
    fires("a front-end and a CAS behind one port", "direct-443-to-fe", "supported", CAS07, FE_IN, BE03,
          **one(**BARE | {"kind": "port-forward", "targets": ["CAS1", "FE1"]})),
    silent("a back-end behind a port is no front-end", "direct-443-to-fe", BE03, FE_IN,
           **one(**BARE | {"kind": "port-forward", "targets": ["BE1"]})),
    # targets, products and protocols
    silent("a Mailbox server, and nobody knows what is published", "target-without-client-access", TMG, MBX,
           **one(protocols=..., targets=["MBX1"])),
    silent("a Mailbox server of 2016", "target-without-client-access", TMG, EX19, **one(targets=["EX1"])),
    silent("a Mailbox server of 2013", "target-without-client-access", TMG, host("EX1", "MBX", version="2013"),
           **one(targets=["EX1"])),
    silent("what is only recalled of a product refuses no protocol", "product-lacks-protocol", TMG, EX13,
           **one(product="fortinet", protocols=["imap"], preauth="none", targets=["EX1"])),
    silent("UAG has a statement of its own", "product-lacks-protocol", TMG, CAS10,
           **one(product="uag-2010", protocols=["imap"], preauth="none")),
    silent("browsers by a product without IMAP", "product-lacks-protocol", TMG, CAS10,
           **one(product="arr", preauth="none")),
    fires("IMAP by UAG behind a rule without a product", "uag-no-pop-imap-smtp", "unsupported", TMG, CAS10,
          **two({"product": ...}, {"product": "uag-2010", "protocols": ["imap"], "preauth": "none"})),
    fires("IMAP by UAG behind a rule of TMG", "uag-no-pop-imap-smtp", "unsupported", TMG, CAS10,
          **two({}, {"product": "uag-2010", "protocols": ["imap"], "preauth": "none"})),
    silent("RPC over HTTP of 2003 by TMG", "uag-oa-versions", TMG, FE_IN, BE03,
           **one(protocols=["outlook-anywhere"], targets=["FE1"], preauth="basic")),
    silent("OWA of 2003 by UAG", "uag-oa-versions", TMG, FE_IN, BE03, **one(product="uag-2010", targets=["FE1"])),
    silent("ISA 2004 that is the firewall", "isa2004-single-nic", WORKGROUP_TMG, FE_IN, BE03,
           firewalls=[wall("isa", "internet", "dmz", "lan", host="TMG1", allow=[])],
           **one(product="isa-2004", protocols=["imap"], preauth="none", targets=["FE1"])),
    silent("ISA 2004 that is no host of the file", "isa2004-single-nic", FE_IN, BE03,
           **one(host=..., product="isa-2004", protocols=["imap"], preauth="none", targets=["FE1"])),
    silent("browsers by ISA 2004", "isa2004-single-nic", WORKGROUP_TMG, FE_IN, BE03,
           **one(product="isa-2004", targets=["FE1"])),
    silent("IMAP by ISA 2006", "isa2004-single-nic", WORKGROUP_TMG, FE_IN, BE03,
           **one(product="isa-2006", protocols=["imap"], preauth="none", targets=["FE1"])),
    asks("IMAP by ISA 2004 behind a rule of ISA 2006", "isa2004-single-nic", WORKGROUP_TMG, FE_IN, BE03,
         **two({"product": "isa-2006", "targets": ["FE1"]},
               {"product": "isa-2004", "protocols": ["imap"], "preauth": "none", "targets": ["FE1"]})),
    silent("OWA on a front-end in the perimeter", "rpchttp-proxy-in-perimeter", TMG, FE03, BE03,
           **one(product="isa-2006", targets=["FE1"])),
    silent("Outlook Anywhere on a CAS in the perimeter", "rpchttp-proxy-in-perimeter", TMG, CAS10 | {"zone": "dmz"},
           **one(protocols=["outlook-anywhere"], preauth="basic")),
    silent("MAPI of 2007 by ISA", "isa-rpc-filter-outlook", TMG, CAS07,
           **one(product="isa-2006", protocols=["mapi"], preauth="none")),
    silent("MAPI of 2003 by another product", "isa-rpc-filter-outlook", TMG, BE03,
           **one(product="tmg-2010", protocols=["mapi"], preauth="none", targets=["BE1"])),
    silent("MAPI of 2003 by a proxy without a product", "isa-rpc-filter-outlook", TMG, BE03,
           **one(product=..., protocols=["mapi"], preauth="none", targets=["BE1"])),
    silent("OWA of 2003 by ISA", "isa-rpc-filter-outlook", TMG, BE03,
           **one(product="isa-2004", protocols=["owa"], preauth="none", targets=["BE1"])),
    fires("the only back-end behind a balancer", "owa-be-direct", "not-recommended", LB, BE03,
          **one(**BARE | {"host": "LB1", "kind": "load-balancer", "targets": ["BE1"]})),
    fires("one of two back-ends behind a proxy", "owa-be-direct", "not-recommended", TMG, BE03, BE03 | {"name": "BE2"},
          **one(product="isa-2006", targets=["BE1"])),
    silent("the only back-end, beside a CAS of 2007", "owa-be-direct", TMG, BE03, CAS07,
           **one(product="isa-2006", targets=["BE1"])),
    silent("mail of a back-end", "owa-be-direct", TMG, BE03, BE03 | {"name": "BE2"},
           **one(product="isa-2006", protocols=["imap"], preauth="none", targets=["BE1"])),
    silent("a back-end that is a front-end too", "owa-be-direct", TMG, BE03 | {"roles": ["FE", "BE"]}, FE_IN,
           **one(product="isa-2006", targets=["BE1"])),
    silent("two audiences in two sites", "cas-mixed-in-site", CAS10 | {"audience": "internal"},
           CAS10 | {"name": "CAS2", "audience": "external", "site": "Branch"}),
    silent("one audience, and one that nobody wrote", "cas-mixed-in-site", CAS10 | {"audience": "internal"},
           CAS10 | {"name": "CAS2"}),
    silent("two audiences of servers whose site nobody wrote", "cas-mixed-in-site",
           CAS10 | {"audience": "internal", "site": None}, CAS10 | {"name": "CAS2", "audience": "external",
           "site": None}),
    fires("the rule tells that the proxy is a member", "preauth-proxy-domain-joined", "supported", UNKNOWN_TMG, CAS10,
          **one(domain_joined=True)),
    fires("a member that is no host of the file", "preauth-proxy-domain-joined", "supported", CAS10,
          **one(host=..., domain_joined=True)),
    silent("a connector of a cloud", "preauth-proxy-domain-joined", TMG, EX13,
           **one(kind="cloud-connector", product="entra-application-proxy", preauth="entra", validation="entra",
                 targets=["EX1"])),
    silent("a proxy of which nobody wrote it", "preauth-proxy-domain-joined", UNKNOWN_TMG, CAS10, **one()),
    # the way in
    fires("443 opened behind a line that opens nothing", "direct-443-to-cas", "supported", CAS10, BE03,
          firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "BE1", "25/tcp"),
                                                          line("internet", "CAS1", "443/tcp")])]),
    fires("443 opened past the proxy that publishes it", "direct-443-to-cas", "supported", TMG, CAS10, **one(),
          firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    fires("443 opened from anywhere past it, since 2013", "direct-443-to-cas", "conditional", TMG, EX13,
          **one(targets=["EX1"]),
          firewalls=[wall("fw", "internet", "dmz", "lan", allow=[line("any", "EX1", "443/tcp")])]),
    silent("443 opened to the zone of proxy and server", "direct-443-to-cas", TMG | {"zone": "lan"}, CAS10, **one(),
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "lan", "443/tcp")])]),
    silent("443 opened by the proxy, which is the firewall", "direct-443-to-cas", TMG, CAS10, **one(),
           firewalls=[wall("fw", "internet", "lan", host="TMG1", allow=[line("internet", "CAS1", "443/tcp")])]),
    silent("443 opened to a server behind a proxy on the Internet", "direct-443-to-cas", TMG | {"zone": "internet"},
           CAS10, **one(),
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    silent("443 opened to a server behind a proxy that is no host of the file", "direct-443-to-cas", CAS10,
           **one(host=...),
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    silent("443 opened to a server whose version nobody wrote", "direct-443-to-cas", CAS10 | {"version": None},
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    silent("443 opened to a server with a card in the perimeter", "direct-443-to-cas", CAS10 | {"also_in": ["dmz"]},
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    fires("443 opened to a front-end", "direct-443-to-fe", "supported", FE_IN, BE03,
          firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "FE1", "443/tcp")])]),
    fires("443 opened to a back-end", "owa-be-direct", "not-recommended", FE_IN, BE03,
          firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "BE1", "443/tcp")])]),
    fires("443 opened to a CAS behind a line to a Hub", "direct-443-to-cas", "supported", CAS10,
          host("HUB1", "HT", version="2010"),
          firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "HUB1", "443/tcp"),
                                                          line("internet", "CAS1", "443/tcp")])]),
    silent("RPC opened to Edge", "mapi-rpc-from-internet", EDGE10, EX10,
           firewalls=[wall("fw", "internet", "dmz", allow=[line("internet", "EDGE1", "135/tcp")])]),
    silent("RPC opened to a domain controller", "mapi-rpc-from-internet", DC, CAS10,
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "DC1", "135/tcp")])]),
    silent("a balancer keeps the addresses of clients", "lb-source-nat", LB, CAS10,
           **one(**BARE | {"host": "LB1", "kind": "load-balancer", "source_nat": False})),
    silent("a balancer before nothing", "lb-source-nat", LB, CAS10,
           **one(**BARE | {"host": "LB1", "kind": "load-balancer", "source_nat": True, "targets": []})),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()


def names_behind(*targets: str, servers: tuple[dict[str, Any], ...], **sections: Any) -> list[str]:
    case = Case(topology(*servers, **sections), facts(), DAY)
    return [server.name for server in behind(case, targets)]


BALANCERS = (LB, LB | {"name": "LB2"}, CAS10, MBX)


def balanced(*rules: tuple[str, list[str]]) -> dict[str, Any]:
    return {"publishing": [rule_of(f"r{n}", **BARE | {"host": name, "targets": targets, "kind": "load-balancer"})
                           for n, (name, targets) in enumerate(rules)]}  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "rules", "meant"),
    [
        (["CAS1"], [], ["CAS1"]),
        (["MBX1", "CAS1"], [], ["CAS1", "MBX1"]),
        (["LB1"], [], ["LB1"]),
        (["LB1"], [("LB1", ["CAS1", "MBX1"])], ["CAS1", "MBX1"]),
        (["LB1", "MBX1"], [("LB1", ["LB2"]), ("LB2", ["CAS1"])], ["CAS1", "MBX1"]),
        (["LB1"], [("LB1", ["CAS1"]), ("LB1", ["MBX1"])], ["CAS1", "MBX1"]),
        (["LB1"], [("LB1", [])], ["LB1"]),
        (["LB1"], [("LB1", ["LB2"]), ("LB2", ["LB1"])], []),
        (["CAS1"], [("CAS1", ["MBX1"])], ["CAS1"]),
        (["CAS1", "eop", "internet"], [], ["CAS1"]),
        (["CAS1", "CAS1"], [], ["CAS1"]),
    ],
)
def test_what_stands_behind_a_balancer_is_meant_in_its_place(
    targets: list[str], rules: list[tuple[str, list[str]]], meant: list[str]
) -> None:
    assert names_behind(*targets, servers=BALANCERS, **balanced(*rules)) == meant


@pytest.mark.parametrize(
    ("known", "statement"),
    [
        ({}, "proxy-path-open"),
        ({"allow": []}, "proxy-path-ports-missing"),
        ({"allow": [line("TMG1", "CAS1", "443/tcp")]}, "proxy-path-ports-missing"),
        ({"allow": [line("TMG1", "EX1", "443/tcp")]}, "proxy-path-open"),
    ],
)
def test_the_way_to_each_target_is_judged_whatever_lies_before_another(known: dict, statement: str) -> None:
    """CAS1 stands beside the proxy, or has no way that is known; EX1 is the one that is told of."""
    servers = (TMG, CAS10 | {"zone": "dmz"}, EX10)
    walls = [wall("inner", "dmz", "lan", **({"allow": [line("TMG1", "EX1", "443/tcp")]} | known))]
    result = advice(*servers, firewalls=walls, publishing=[rule_of(targets=["CAS1", "EX1"])])
    told = [one for one in result.findings if one.statement.startswith("proxy-path")]
    assert [(one.statement, one.subjects) for one in told] == [(statement, ("owa", "TMG1", "EX1", "inner"))]


def test_a_rule_without_a_host_hides_no_way_of_the_next() -> None:
    walls = [wall("inner", "dmz", "lan", allow=[line("TMG1", "CAS1", "443/tcp")])]
    rules = [rule_of("a", host=...), rule_of("b", protocols=...), rule_of("c", targets=[]), rule_of("d")]
    result = advice(TMG, CAS10, firewalls=walls, publishing=rules)
    assert [one.subjects[0] for one in found(result, "proxy-path-open")] == ["d"]


def test_a_product_beside_edge_is_shown_by_the_rule_that_tells_of_it_alone() -> None:
    rules = [rule_of("a", host="EDGE1"), rule_of("b", host="EDGE1", product="isa-2006"),
             rule_of("c", host="EDGE1", product="unheard-of")]  # fmt: skip
    (one,) = found(advice(EDGE10, CAS10, publishing=rules), "edge-on-isa-or-uag")
    assert [str(item) for item in one.evidence] == [
        "publishing.b.product = isa-2006",
        "servers.EDGE1.roles = [EdgeTransport]",
    ]
