"""Whether a version or a product is still maintained on the day: an aspect of its own beside the topology."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from exkit.facts import Life
from exkit.rules.base import Case, Evidence, Match, Question, fact, listed, names, rule
from exkit.topology import Version


def _phase(life: Life, as_of: date) -> str | None:
    if life.released and as_of < life.released:
        return "not-yet-released"
    if life.mainstream_end and as_of <= life.mainstream_end:
        return "in-mainstream-support"
    if life.extended_end:
        return "in-extended-support" if as_of <= life.extended_end else "out-of-support"
    return None


@rule(
    "in-mainstream-support",
    "in-extended-support",
    "not-yet-released",
    *(f"eol-{version}" for version in Version if version is not Version.SE),
)
def exchange_versions(case: Case) -> Iterator[Match]:
    """Each Exchange version in use, on the day."""
    for version in case.flows.versions:
        life = case.facts.life(f"exchange-{version.lower()}")
        phase = _phase(life, case.as_of) if life else None
        if life is None or phase is None:
            continue
        users = [server for server in case.exchange if server.version is version]
        statement = f"eol-{version}" if phase == "out-of-support" else phase
        until = life.mainstream_end if phase == "in-mainstream-support" else life.extended_end
        told = {
            "not-yet-released": f"was not released before {life.released}",
            "in-mainstream-support": f"is in mainstream support until {until}",
            "in-extended-support": f"is in extended support until {until}",
            "out-of-support": f"has been out of support since {until}",
        }[phase]
        asked = None
        if phase == "not-yet-released":
            asked = Question("as_of", f"Is {case.as_of} the day to judge for? Exchange {version} was not out yet.")
        summary = f"Exchange {version} ({listed(names(users))}) {told}."
        evidence = (Evidence("as_of", case.as_of.isoformat()), *(fact(server, "version") for server in users[:5]))
        yield Match(
            statement,
            names(users),
            summary,
            evidence,
            (version,),
            f"exchange-{version}",
            asked,
            choice=f"life of exchange-{version}",
        )


@rule("tmg-after-eol", "product-out-of-support")
def publishing_products(case: Case) -> Iterator[Match]:
    """A publishing product that nobody maintains any more."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        product = case.facts.product(one.product) if one.product else None
        life = case.facts.life(product.id) if product else None
        if product is None or life is None or _phase(life, case.as_of) != "out-of-support":
            continue
        statement = "tmg-after-eol" if product.id in ("tmg-2010", "uag-2010") else "product-out-of-support"
        summary = f"{one.name} runs on {product.name}, out of support since {life.extended_end}."
        evidence = (Evidence(f"publishing.{one.name}.product", product.id), Evidence("as_of", case.as_of.isoformat()))
        yield Match(statement, (one.name,), summary, evidence, case.flows.versions)


RULES = (exchange_versions, publishing_products)
