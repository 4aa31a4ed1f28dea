"""How clients on the Internet reach Exchange: which product for which version, pre-authentication, TLS, membership."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exkit.flows import HTTP
from exkit.rows import Product
from exkit.rules.base import (
    BEFORE_2013,
    Case,
    Evidence,
    Match,
    Question,
    facts_of,
    from_2013,
    listed,
    modern,
    names,
    once,
    rule,
    serves_clients,
    versions,
    written,
)
from exkit.topology import Protocol, Publishing, Role, Server, Version

# A product that is no fit for a version, where the facts say more than that no wizard lists it.
MISFITS = {
    ("isa-2000", Version.V2007): "isa2000-for-2007",
    ("isa-2000", Version.V2010): "isa2000-for-2007",
    ("isa-2004", Version.V2007): "isa2004-for-2007-2010",
    ("isa-2004", Version.V2010): "isa2004-for-2007-2010",
    ("isa-2006", Version.V2010): "isa2006-for-2010",
    ("isa-2006-sp1", Version.V2010): "isa2006-for-2010",
}
MAIL_PROTOCOLS = (Protocol.IMAP, Protocol.POP, Protocol.SMTP)
MAIL_PORTS_ALONE = "Restrict the rule to the encrypted ports of these protocols and to the address of the server."
PROXIES = ("reverse-proxy", "cloud-connector")
ON_WINDOWS = ("isa-", "tmg-", "uag-")  # products that are installed on a server, maybe beside Edge
BALANCERS = ("windows-nlb", "f5-ltm")  # products that do nothing else


@dataclass(frozen=True)
class Published:
    """A publishing rule with what it refers to."""

    rule: Publishing
    product: Product | None
    host: Server | None
    targets: tuple[Server, ...]  # Exchange servers among its targets, by name
    joined: bool | None

    @property
    def kind(self) -> str | None:
        """Its kind; where none is written, what its product or its host says."""
        if self.rule.kind is not None:
            return self.rule.kind
        if self.host is not None and self.host.holds(Role.REVERSE_PROXY):
            return "reverse-proxy"
        balances = self.product is not None and self.product.id in BALANCERS
        if balances or (self.host is not None and self.host.holds(Role.LOAD_BALANCER)):
            return "load-balancer"
        return "reverse-proxy" if self.rule.product is not None else None

    @property
    def authenticates(self) -> bool:
        """Whether it pre-authenticates, as far as anybody wrote."""
        return self.rule.preauth not in (None, "none")

    def fact(self, *fields: str) -> tuple[Evidence, ...]:
        """Fields of the rule as evidence."""
        return tuple(Evidence(f"publishing.{self.rule.name}.{one}", written(getattr(self.rule, one))) for one in fields)

    @property
    def membership(self) -> Evidence:
        """Whether the host is a domain member, and where that stands."""
        if self.host is not None and self.host.domain_joined is not None:
            return Evidence(f"servers.{self.host.name}.domain_joined", written(self.host.domain_joined))
        return Evidence(f"publishing.{self.rule.name}.domain_joined", written(self.rule.domain_joined))

    def carries(self, *protocols: Protocol) -> bool:
        """Whether it carries any of these protocols."""
        return any(protocol in protocols for protocol in self.rule.protocols or ())

    def match(
        self,
        statement: str,
        summary: str,
        *evidence: Evidence,
        choice: str | None = None,
        question: Question | None = None,
    ) -> Match:
        """A match on this rule alone. A summary that begins with its name says what the name is of."""
        name = self.rule.name
        summary = f"The rule {summary}" if summary.startswith(f"{name} ") else summary
        return Match(statement, (name,), summary, evidence, versions(*self.targets), name, question, choice=choice)


def behind(case: Case, targets: Iterable[str]) -> tuple[Server, ...]:
    """The hosts that are meant by some targets, by name: what stands behind a balancer or proxy in place of it."""
    found: dict[str, Server] = {}
    waiting, seen = list(targets), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in case.by_name:
            continue
        seen.add(name)
        further = () if case.by_name[name].is_exchange else case.flows.published_by.get(name, ())
        waiting += [target for one in further for target in one.targets or ()]
        if not any(one.targets for one in further):
            found[name] = case.by_name[name]
    return tuple(found[name] for name in sorted(found))


def proxies_on(case: Case, server: Server) -> set[str]:
    """Ids of the proxy products that run on a server: written in also_runs, or by a publishing rule of it."""
    runs = {product.id for name in server.also_runs if (product := case.facts.product(name)) and product.publishes}
    by_rule = {
        product.id
        for rule in case.flows.published_by.get(server.name, ())
        if (product := case.facts.product(rule.product))
        if server.holds(Role.REVERSE_PROXY) or product.id.startswith(ON_WINDOWS)
    }
    return runs | by_rule


def is_proxy(case: Case, server: Server) -> bool:
    """Whether a server is a proxy: by its role, whatever the product, or by a product that runs on it."""
    return server.holds(Role.REVERSE_PROXY) or bool(proxies_on(case, server))


@once
def published(case: Case) -> Iterator[Published]:
    """Publishing rules by name, with what they refer to. Those whose host is a bare Edge server are left to `edge`."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        host = case.host(one.host)
        targets = behind(case, one.targets or ())
        exchange = tuple(target for target in targets if target.is_exchange and target.version and not target.is_edge)
        product = case.facts.product(one.product)
        joined = host.domain_joined if host is not None and host.domain_joined is not None else one.domain_joined
        if host is None or not host.is_edge or is_proxy(case, host):
            yield Published(one, product, host, exchange, joined)


def _serves(one: Published, target: Server) -> bool:
    """Whether a target can serve what is published: client protocols end on Client Access since 2007."""
    mail_alone = set(one.rule.protocols or ()) == {Protocol.SMTP}
    return mail_alone or not modern(target) or serves_clients(target)


def _served_inside(case: Case, one: Published) -> list[Server]:
    """Targets that stand inside and can serve what is published."""
    return [
        target
        for target in one.targets
        if _serves(one, target) and target.zone and (not case.outside_zone(target) or case.follows_hmc(target))
    ]


@once
def proxies(case: Case) -> Iterator[Published]:
    """Reverse proxies, and proxies of a cloud whose connector stands here. A missing kind is taken for a reverse proxy
    when a product or a proxy host says so; the Hybrid Agent is no proxy for clients and left to `hybrid`."""
    for one in published(case):
        agent = one.host is not None and one.host.holds(Role.HYBRID_AGENT)
        if not agent and one.kind in PROXIES:
            yield one


@once
def gatekeepers(case: Case) -> Iterator[Published]:
    """Reverse proxies, and whatever else is said to pre-authenticate: a load balancer may do both."""
    reverse = {one.rule.name for one in proxies(case)}
    for one in published(case):
        if one.rule.name in reverse or one.authenticates:
            yield one


@rule(
    "cas-on-intranet-behind-proxy",
    "reverse-proxy-in-perimeter",
    "rpchttp-fe-inside-isa",
    "product-by-hand",
    "product-version-not-covered",
    *sorted(set(MISFITS.values())),
)
def proxy_in_front(case: Case) -> Iterator[Match]:
    """A reverse proxy takes client traffic to Exchange servers inside, and its product fits their version."""
    for one in proxies(case):
        choice = f"publishing.{one.rule.name}"
        evidence = (*one.fact("product", "kind", "host", "targets"),)
        inside = _served_inside(case, one)
        for version in versions(*one.targets):
            if one.product is None or version in one.product.publishes or one.product.id == "other":
                continue
            summary = f"{one.rule.name} publishes Exchange {version} through {one.product.name}."
            otherwise = "product-by-hand" if version in one.product.by_hand else "product-version-not-covered"
            statement = MISFITS.get((one.product.id, version), otherwise)
            asked = None
            if statement == "product-version-not-covered":
                text = f"Does the maker of {one.product.name} support it in front of Exchange {version}?"
                asked = Question(f"publishing.{one.rule.name}.product", text)
            match = one.match(statement, summary, *evidence, choice=choice, question=asked)
            yield Match(**{**match.__dict__, "versions": (version,)})
        if not inside:
            continue
        newest = all(modern(target) for target in inside)
        rpc = one.carries(Protocol.OUTLOOK_ANYWHERE) and not newest
        statement = (
            "cas-on-intranet-behind-proxy"
            if newest
            else ("rpchttp-fe-inside-isa" if rpc else "reverse-proxy-in-perimeter")
        )
        through = (
            one.host.name if one.host else f"a reverse proxy in {one.rule.zone}" if one.rule.zone else "a reverse proxy"
        )
        summary = f"{one.rule.name}: clients reach {listed(names(inside))} through {through}."
        subjects = tuple(dict.fromkeys((one.rule.name, *((one.host.name,) if one.host else ()), *names(inside))))
        yield Match(statement, subjects, summary, evidence, versions(*inside), one.rule.name, choice=choice)


@rule(
    "loadbalancer-before-cas",
    "direct-443-to-cas",
    "direct-443-to-fe",
    "cas-on-intranet-behind-proxy",
    "reverse-proxy-in-perimeter",
)
def without_a_proxy(case: Case) -> Iterator[Match]:
    """A load balancer or a forwarded port takes client traffic to Client Access servers, or a front-end, inside.

    A port may be forwarded to a proxy or balancer that stands before them.
    """
    proxied = {one.host.name for one in proxies(case) if one.host is not None}
    for one in published(case):
        inside = [target for target in _served_inside(case, one) if modern(target) or target.holds(Role.FRONT_END)]
        if one.kind not in ("load-balancer", "port-forward") or not inside:
            continue
        mail_alone = one.kind == "port-forward" and set(one.rule.protocols or HTTP) <= set(MAIL_PROTOCOLS)
        if mail_alone and all(map(from_2013, inside)):
            continue  # no 443: what mail protocols ask for has statements of its own
        balanced = one.kind == "load-balancer"
        hosts = [host for name in one.rule.targets or () if (host := case.by_name.get(name)) and not balanced]
        led_to = names(host for host in hosts if not host.is_exchange)
        newest = all(map(modern, inside))
        if any(name in led_to for name in proxied):  # a port forwarded to a proxy inside
            statement = "cas-on-intranet-behind-proxy" if newest else "reverse-proxy-in-perimeter"
        elif not newest:
            statement = "direct-443-to-fe"
        else:
            statement = "loadbalancer-before-cas" if balanced or led_to else "direct-443-to-cas"
        what = "a load balancer" if balanced else f"a forwarded port{' and ' if led_to else ''}{listed(led_to)}"
        summary = f"{one.rule.name}: clients reach {listed(names(inside))} through {what}."
        subjects = tuple(dict.fromkeys((one.rule.name, *((one.host.name,) if one.host else ()), *names(inside))))
        evidence = one.fact("kind", "host", "targets")
        yield Match(
            statement,
            subjects,
            summary,
            evidence,
            versions(*inside),
            one.rule.name,
            choice=f"publishing.{one.rule.name}",
            fix=MAIL_PORTS_ALONE if mail_alone and statement == "direct-443-to-cas" else None,
        )


@rule("target-without-client-access")
def target_of_another_role(case: Case) -> Iterator[Match]:
    """Client protocols are published to a server of 2007 or 2010 without the Client Access role."""
    for one in published(case):
        wrong = [target for target in one.targets if target.version in BEFORE_2013 and not _serves(one, target)]
        if wrong and one.rule.protocols:
            summary = f"{one.rule.name} leads to {listed(names(wrong))}, which does not hold Client Access."
            evidence = (*one.fact("targets", "protocols"), *facts_of(wrong, "roles"))
            yield Match(
                "target-without-client-access",
                (one.rule.name, *names(wrong)),
                summary,
                evidence,
                versions(*wrong),
                one.rule.name,
                choice=f"publishing.{one.rule.name}.targets",
            )


@rule("uag-no-pop-imap-smtp", "uag-oa-versions", "product-lacks-protocol")
def product_cannot_carry(case: Case) -> Iterator[Match]:
    """A product is to publish a protocol that it cannot."""
    for one in proxies(case):
        if one.product is None:
            continue
        evidence = one.fact("product", "protocols")
        lacking = [
            text for text in one.rule.protocols or () if text in MAIL_PROTOCOLS and text not in one.product.protocols
        ]
        if lacking and one.product.id != "uag-2010" and one.product.confidence != "recalled":
            summary = f"{one.rule.name} publishes {listed(lacking)} through {one.product.name}, which cannot."
            yield one.match("product-lacks-protocol", summary, *evidence, choice=f"publishing.{one.rule.name}.product")
        if one.product.id != "uag-2010":
            continue
        choice = f"publishing.{one.rule.name}"
        if one.carries(*MAIL_PROTOCOLS):
            summary = f"{one.rule.name} publishes POP, IMAP or SMTP through {one.product.name}."
            yield one.match("uag-no-pop-imap-smtp", summary, *evidence, choice=f"{choice}.mail")
        if one.carries(Protocol.OUTLOOK_ANYWHERE) and Version.V2003 in versions(*one.targets):
            summary = f"{one.rule.name} publishes RPC over HTTP of Exchange 2003 through {one.product.name}."
            yield one.match("uag-oa-versions", summary, *evidence, choice=f"{choice}.rpc")


@rule("isa2004-single-nic")
def isa_2004_with_one_card(case: Case) -> Iterator[Match]:
    """ISA Server 2004 with one network card is to publish POP, IMAP or SMTP."""
    firewalls = {device.host for device in case.topology.firewalls}
    for one in proxies(case):
        isa = one.product is not None and one.product.id == "isa-2004"
        if (
            not isa
            or one.host is None
            or one.host.name in firewalls
            or one.host.also_in
            or not one.carries(*MAIL_PROTOCOLS)
        ):
            continue
        field = f"servers.{one.host.name}.also_in"
        asked = None
        if one.host.also_in is None:
            text = f"Has {one.host.name} a second network card, and in which zone? Write [] for none."
            asked = Question(field, text, ("[]", *(f"[{zone.name}]" for zone in case.topology.zones)))
        cards = "one network card" if one.host.also_in == () else "perhaps one network card"
        summary = f"{one.rule.name} publishes POP, IMAP or SMTP by ISA Server 2004 on {one.host.name}, with {cards}."
        evidence = (*one.fact("product", "protocols"), Evidence(field, written(one.host.also_in)))
        choice = f"publishing.{one.rule.name}.cards"
        yield one.match("isa2004-single-nic", summary, *evidence, choice=choice, question=asked)


@rule("rpchttp-proxy-in-perimeter")
def rpc_proxy_in_the_perimeter(case: Case) -> Iterator[Match]:
    """RPC over HTTP of 2003 ends on a front-end in the perimeter network."""
    for one in published(case):
        outside = [target for target in one.targets if target.holds(Role.FRONT_END) and case.in_perimeter(target)]
        if outside and one.carries(Protocol.OUTLOOK_ANYWHERE):
            summary = f"{one.rule.name} ends RPC over HTTP on {listed(names(outside))}, in the perimeter network."
            evidence = (*one.fact("protocols", "targets"), *facts_of(outside, "zone"))
            subjects = (one.rule.name, *names(outside))
            yield Match("rpchttp-proxy-in-perimeter", subjects, summary, evidence, versions(*outside), one.rule.name)


@rule("isa-rpc-filter-outlook")
def outlook_rpc_through_isa(case: Case) -> Iterator[Match]:
    """Outlook reaches Exchange 2000 or 2003 by MAPI RPC through the RPC filter of ISA Server."""
    for one in proxies(case):
        isa = one.product is not None and one.product.id.startswith("isa-")
        if isa and one.carries(Protocol.MAPI) and any(not modern(target) for target in one.targets):
            summary = f"{one.rule.name} lets Outlook reach Exchange by MAPI RPC through the RPC filter of ISA Server."
            yield one.match("isa-rpc-filter-outlook", summary, *one.fact("product", "protocols"))


@rule("owa-be-direct")
def back_end_from_the_internet(case: Case) -> Iterator[Match]:
    """Clients on the Internet reach a back-end of 2000 or 2003 without a front-end.

    The only server there is needs no front-end: then a reverse proxy before it will do.
    """
    old = [server for server in case.inside if not modern(server)]
    for one in published(case):
        alone = len([server for server in old if any(case.same_forest(server, target) for target in one.targets)]) == 1
        backs = [target for target in one.targets if not modern(target) and not target.holds(Role.FRONT_END)]
        if backs and one.carries(*HTTP) and not (alone and one.kind == "reverse-proxy"):
            summary = f"{one.rule.name} takes browsers on the Internet to the back-end {listed(names(backs))}."
            yield Match(
                "owa-be-direct",
                (one.rule.name, *names(backs)),
                summary,
                one.fact("targets", "protocols"),
                versions(*backs),
                one.rule.name,
                choice=f"publishing.{one.rule.name}",
            )


@rule("preauth-proxy-domain-joined")
def proxy_is_a_domain_member(case: Case) -> Iterator[Match]:
    """The reverse proxy is a member of a domain and pre-authenticates."""
    for one in proxies(case):
        if one.joined and one.authenticates and one.kind != "cloud-connector":
            subjects = (one.host.name,) if one.host else (one.rule.name,)
            summary = f"{subjects[0]}, the reverse proxy, is a domain member and pre-authenticates."
            evidence = (one.membership, *one.fact("preauth", "validation"))
            yield Match("preauth-proxy-domain-joined", subjects, summary, evidence, versions(*one.targets))


RULES = (
    proxy_in_front,
    without_a_proxy,
    target_of_another_role,
    product_cannot_carry,
    isa_2004_with_one_card,
    rpc_proxy_in_the_perimeter,
    outlook_rpc_through_isa,
    back_end_from_the_internet,
    proxy_is_a_domain_member,
)
