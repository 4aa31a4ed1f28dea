"""Pre-authentication at the reverse proxy: what it may check, how it validates, what it can hand on."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rows import Product
from exkit.rules.base import BEFORE_2013, Case, Match, Question, from_2013, listed, rule
from exkit.rules.hybrid import ENDPOINTS, reached_by_hybrid
from exkit.rules.publishing import MAIL_PROTOCOLS, Published, gatekeepers, proxies
from exkit.topology import Protocol

JOINS_DOMAINS = ("isa-", "tmg-", "uag-", "iag-", "wap-")
CLAIMS = ("adfs", "entra")  # the method says who validates
PAGES = ("forms", *CLAIMS)  # a page to sign on at, for browsers
NO_BROWSER = (
    Protocol.OUTLOOK_ANYWHERE,
    Protocol.MAPI,
    Protocol.EWS,
    Protocol.AUTODISCOVER,
    Protocol.ACTIVESYNC,
    Protocol.OAB,
    Protocol.MRSPROXY,
)
VALIDATES = {
    "active-directory": "Active Directory",
    "ldap": "LDAP",
    "radius": "RADIUS",
    "adfs": "AD FS",
    "entra": "Entra",
}
CHECKED_BY: dict[str | None, str] = {"radius": "preauth-radius", "ldap": "preauth-ldap"}
NO_PASSWORD = ("certificate", "ntlm", "kerberos")  # a proxy that checks these never learns a password
DELEGATED_TO: dict[str | None, str] = {"basic": "basic", "ntlm": "windows", "kcd": "windows"}


def _choice(one: Published, field: str = "preauth") -> str:
    return f"publishing.{one.rule.name}.{field}"


def _ask(one: Published, field: str, text: str, allowed: tuple[str, ...]) -> Question:
    return Question(f"publishing.{one.rule.name}.{field}", text, allowed)


@rule(
    "proxy-no-preauth",
    "uag-owa-passthrough",
    "preauth-on-proxy",
    "preauth-radius",
    "preauth-ldap",
    "federation-split-rule",
)
def pre_authenticates_or_not(case: Case) -> Iterator[Match]:
    """The rule passes clients on without checking them, or checks them in the perimeter."""
    for one in gatekeepers(case):
        protocols = one.rule.protocols or ()
        if not protocols:
            continue  # of nobody knows what: model_gaps asks
        federation = set(protocols) == {Protocol.FEDERATION}
        if one.rule.preauth == "none":
            uag = one.product is not None and one.product.id == "uag-2010" and one.carries(Protocol.OWA)
            statement = "federation-split-rule" if federation else "uag-owa-passthrough" if uag else "proxy-no-preauth"
            summary = f"{one.rule.name} passes clients on without pre-authentication."
            yield one.match(statement, summary, *one.fact("preauth", "protocols"), choice=_choice(one))
        elif one.authenticates:
            statement = CHECKED_BY.get(one.rule.validation, "preauth-on-proxy")
            by = f", validated by {VALIDATES[one.rule.validation]}" if one.rule.validation else ""
            summary = f"{one.rule.name} pre-authenticates clients ({one.rule.preauth}{by})."
            yield one.match(statement, summary, *one.fact("preauth", "validation", "protocols"), choice=_choice(one))


@rule("preauth-not-known")
def pre_authentication_not_written(case: Case) -> Iterator[Match]:
    """Nobody told us whether a reverse proxy pre-authenticates."""
    for one in proxies(case):
        if one.rule.preauth is None:
            allowed = ("none", "forms", "basic", "ntlm", "kerberos", "certificate", "adfs", "entra")
            asked = _ask(one, "preauth", f"Does {one.rule.name} pre-authenticate clients, and how?", allowed)
            summary = f"Whether {one.rule.name} pre-authenticates is not written."
            yield one.match("preauth-not-known", summary, *one.fact("preauth"), choice=_choice(one), question=asked)


@rule("federated-sharing-no-preauth")
def federation_pre_authenticated(case: Case) -> Iterator[Match]:
    """Federation traffic goes through a rule with pre-authentication."""
    for one in gatekeepers(case):
        if one.authenticates and one.carries(Protocol.FEDERATION):
            summary = (
                f"{one.rule.name} pre-authenticates ({one.rule.preauth}) federation traffic of partner organizations."
            )
            evidence = one.fact("protocols", "preauth")
            yield one.match("federated-sharing-no-preauth", summary, *evidence, choice=_choice(one, "federation"))


@rule("pop-imap-no-preauth")
def mail_protocols_pre_authenticated(case: Case) -> Iterator[Match]:
    """Pre-authentication is expected for POP, IMAP or SMTP."""
    for one in gatekeepers(case):
        carried = [protocol for protocol in one.rule.protocols or () if protocol in MAIL_PROTOCOLS]
        if one.authenticates and carried:
            summary = f"{one.rule.name} is to pre-authenticate {listed(carried)}, whose logon the proxy never sees."
            yield one.match(
                "pop-imap-no-preauth", summary, *one.fact("protocols", "preauth"), choice=_choice(one, "protocols")
            )


@rule("preauth-ad-needs-membership")
def windows_validation_without_membership(case: Case) -> Iterator[Match]:
    """Windows (Active Directory) validation on a proxy outside any domain."""
    for one in gatekeepers(case):
        if not one.authenticates or one.rule.validation != "active-directory" or one.joined or _appliance(one):
            continue
        summary = f"{one.rule.name} validates against Active Directory, and its proxy is no domain member."
        asked = None
        if one.joined is None:
            asked = _ask_membership(one)
            summary = f"{one.rule.name} validates against Active Directory; the membership of its proxy is not written."
        evidence = (*one.fact("validation"), one.membership)
        yield one.match(
            "preauth-ad-needs-membership", summary, *evidence, choice=_choice(one, "validation"), question=asked
        )


def _appliance(one: Published) -> Product | None:
    """The product of another maker, which delegates in its own way: the facts on membership do not speak of it."""
    return None if one.product is None or one.product.id.startswith(JOINS_DOMAINS) else one.product


def _ask_product(one: Published) -> Question:
    text = f"Which product is {one.rule.name}? ISA, TMG and UAG need membership to delegate; others delegate their way."
    return _ask(one, "product", text, ())


def _ask_membership(one: Published) -> Question:
    field = f"servers.{one.host.name}.domain_joined" if one.host else f"publishing.{one.rule.name}.domain_joined"
    return Question(field, f"Is the proxy that runs {one.rule.name} a member of a domain?", ("true", "false"))


@rule("logon-not-delegable")
def password_that_the_proxy_never_saw(case: Case) -> Iterator[Match]:
    """The proxy checks a certificate, NTLM or Kerberos, and is to hand on Basic or NTLM, which need the password.

    One outside any domain has a statement of its own, and products of other makers delegate in their own way.
    """
    for one in gatekeepers(case):
        if one.rule.preauth in NO_PASSWORD and _needs_password(one) and one.joined is not False and not _appliance(one):
            summary = f"{one.rule.name} pre-authenticates by {one.rule.preauth} and delegates {one.rule.delegation}, "
            summary += "which takes a password that the proxy never sees."
            asked = None if one.product else _ask_product(one)
            evidence = one.fact("preauth", "delegation")
            yield one.match(
                "logon-not-delegable", summary, *evidence, choice=_choice(one, "delegation"), question=asked
            )


def _needs_password(one: Published) -> bool:
    return one.rule.delegation in ("basic", "ntlm")


@rule("preauth-kcd-needs-domain", "eas-certificate-auth", "oa-ntlm-preauth", "delegation-by-appliance")
def kerberos_delegation(case: Case) -> Iterator[Match]:
    """Client certificates, Kerberos delegation and NTLM for Outlook need a proxy that is a domain member."""
    for one in gatekeepers(case):
        appliance = _appliance(one)
        certificate = one.rule.preauth == "certificate"
        outlook = one.rule.preauth == "ntlm" and one.carries(Protocol.OUTLOOK_ANYWHERE)
        if not (certificate or outlook or (one.authenticates and one.rule.delegation == "kcd")):
            continue
        if one.product is not None and one.product.id.startswith("entra-"):
            continue  # its connector has a statement of its own
        if one.joined is not False and appliance is None and _needs_password(one):
            continue  # whatever its membership: logon-not-delegable
        evidence = (*one.fact("preauth", "delegation"), one.membership)
        what = (
            "client certificates"
            if certificate
            else "NTLM of Outlook"
            if outlook
            else "Kerberos constrained delegation"
        )
        if one.joined is not True and appliance is not None:
            summary = f"{one.rule.name} hands {what} on through {appliance.name}."
            yield one.match("delegation-by-appliance", summary, *evidence, choice=_choice(one, "delegation"))
        elif one.joined is not True:
            asked = _ask_membership(one) if one.joined is None else None if one.product else _ask_product(one)
            known = "no domain member" if one.joined is False else "perhaps no domain member"
            summary = f"{one.rule.name} relies on {what}, and its proxy is {known}."
            yield one.match(
                "preauth-kcd-needs-domain", summary, *evidence, choice=_choice(one, "delegation"), question=asked
            )
        elif certificate or outlook:
            statement = "eas-certificate-auth" if certificate else "oa-ntlm-preauth"
            summary = f"{one.rule.name} pre-authenticates {what}; the proxy must turn it into Kerberos."
            yield one.match(statement, summary, *evidence, choice=_choice(one, "delegation"))


@rule("preauth-proxy-workgroup-limited")
def validation_outside_a_domain(case: Case) -> Iterator[Match]:
    """A proxy that is not known to be in a domain is to pre-authenticate, and nobody told us against what."""
    for one in gatekeepers(case):
        told = one.rule.preauth in CLAIMS or (one.rule.preauth == "certificate" and _appliance(one) is not None)
        if one.authenticates and one.rule.validation is None and not (one.joined or told or _lacks_preauth(one)):
            text = (
                f"Against what does {one.rule.name} check logons: LDAP, RADIUS, or Active Directory as a domain member?"
            )
            summary = f"{one.rule.name} pre-authenticates, and against what its proxy checks logons is not written."
            asked = _ask(one, "validation", text, ("ldap", "radius", "active-directory"))
            evidence = (*one.fact("preauth", "validation"), one.membership)
            yield one.match(
                "preauth-proxy-workgroup-limited", summary, *evidence, choice=_choice(one, "validation"), question=asked
            )


def _lacks_preauth(one: Published) -> bool:
    """Whether a product is known not to offer the method; what is only recalled of a product refuses nobody."""
    if one.product is None or one.product.confidence == "recalled":
        return False
    return one.authenticates and one.rule.preauth not in one.product.preauth


@rule("product-lacks-preauth", "product-lacks-validation")
def product_cannot_check(case: Case) -> Iterator[Match]:
    """A product is to check clients in a way that it does not offer."""
    for one in gatekeepers(case):
        if one.product is None or one.product.confidence == "recalled" or not one.authenticates:
            continue  # what is only recalled of a product refuses nobody
        by_ldap = one.rule.validation == "active-directory" and "ldap" in one.product.validation and _appliance(one)
        if _lacks_preauth(one):
            summary = (
                f"{one.rule.name} relies on pre-authentication by {one.rule.preauth}, which {one.product.name} lacks."
            )
            yield one.match(
                "product-lacks-preauth", summary, *one.fact("product", "preauth"), choice=_choice(one, "product")
            )
        elif one.rule.validation and one.rule.validation not in one.product.validation and not by_ldap:
            summary = f"{one.product.name} cannot validate by {one.rule.validation}, which {one.rule.name} relies on."
            yield one.match(
                "product-lacks-validation", summary, *one.fact("product", "validation"), choice=_choice(one, "product")
            )


@rule("preauth-page-rich-clients")
def sign_on_page_for_clients_without_a_browser(case: Case) -> Iterator[Match]:
    """A sign-on page meets Outlook, devices or services in front of 2013 and later."""
    for one in gatekeepers(case):
        # Those of Microsoft fall back to Basic, or have statements of their own.
        own = one.product is not None and one.product.id.startswith((*JOINS_DOMAINS, "entra-"))
        condemned = one.carries(*ENDPOINTS) and reached_by_hybrid(case, one)  # whatever page: stated by `hybrid`
        if condemned or own or one.rule.preauth not in PAGES:
            continue
        if one.carries(*NO_BROWSER) and any(map(from_2013, one.targets)):
            told = listed(protocol for protocol in NO_BROWSER if one.carries(protocol))
            summary = f"{one.rule.name} meets {told} with a sign-on page ({one.rule.preauth})."
            yield one.match(
                "preauth-page-rich-clients", summary, *one.fact("preauth", "protocols"), choice=_choice(one, "page")
            )


@rule("owa-fba-double")
def forms_on_both(case: Case) -> Iterator[Match]:
    """Forms logon on the proxy and on the Client Access server at once."""
    for one in gatekeepers(case):
        newer = any(target.version in BEFORE_2013 for target in one.targets)
        later = any(map(from_2013, one.targets))
        if one.rule.preauth != "forms" or not (newer or later) or not one.carries(Protocol.OWA, Protocol.ECP):
            continue
        evidence = one.fact("preauth", "target_auth")
        if one.rule.target_auth is None and not newer:
            continue  # conditional at worst since 2013: not worth a question
        if one.rule.target_auth is None:
            text = f"What do the OWA and ECP directories behind {one.rule.name} ask for?"
            asked = _ask(one, "target_auth", text, ("[basic]", "[windows]", "[forms]"))
            summary = f"{one.rule.name} uses forms; what the OWA directory behind it asks for is not written."
            yield one.match("owa-fba-double", summary, *evidence, question=asked)
        elif "forms" in one.rule.target_auth:
            summary = f"{one.rule.name} uses forms, and so does the OWA directory behind it."
            yield one.match("owa-fba-double", summary, *evidence)


@rule("delegation-not-accepted")
def delegated_method_not_asked_for(case: Case) -> Iterator[Match]:
    """The proxy delegates a method that the published directories do not ask for."""
    for one in gatekeepers(case):
        accepted = DELEGATED_TO.get(one.rule.delegation)
        asked_for = one.rule.target_auth
        if not one.authenticates or accepted is None or not asked_for or "forms" in asked_for or accepted in asked_for:
            continue
        summary = f"{one.rule.name} delegates {one.rule.delegation}; its targets ask for {listed(asked_for)}."
        evidence = one.fact("delegation", "target_auth")
        yield one.match("delegation-not-accepted", summary, *evidence, choice=_choice(one, "target_auth"))


RULES = (
    pre_authenticates_or_not,
    pre_authentication_not_written,
    federation_pre_authenticated,
    mail_protocols_pre_authenticated,
    windows_validation_without_membership,
    password_that_the_proxy_never_saw,
    kerberos_delegation,
    validation_outside_a_domain,
    product_cannot_check,
    sign_on_page_for_clients_without_a_browser,
    forms_on_both,
    delegated_method_not_asked_for,
)
