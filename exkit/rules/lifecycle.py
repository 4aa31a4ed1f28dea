"""Whether a version or a product is still maintained on the day: an aspect of its own beside the topology."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.builds import build_number
from exkit.rules.base import Case, Evidence, Match, Question, facts_of, listed, names, rule
from exkit.timeline import Phase, phase
from exkit.topology import Version


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
        now = phase(life, case.as_of) if life else Phase.NOT_KNOWN
        if life is None or now is Phase.NOT_KNOWN:
            continue
        users = [server for server in case.exchange if server.version is version]
        statement = f"eol-{version}" if now is Phase.OUT else now.value
        until = life.mainstream_end if now is Phase.MAINSTREAM else life.extended_end
        modern_life = life.extended_end is None
        supported = (
            f"support until at least {until} (modern life cycle)"
            if modern_life
            else f"mainstream support until {until}"
        )
        told = {
            Phase.NOT_YET_RELEASED: f"was not released before {life.released}",
            Phase.MAINSTREAM: f"is in {supported}",
            Phase.EXTENDED: f"is in extended support until {until}",
            Phase.OUT: f"has been out of support since {until}",
        }[now]
        asked = None
        if now is Phase.NOT_YET_RELEASED:
            asked = Question("as_of", f"Is {case.as_of} the day to judge for? Exchange {version} was not out yet.")
        summary = f"Exchange {version} ({listed(names(users))}) {told}."
        if now is Phase.OUT or version.age < Version.V2013.age:  # `updates` tells it of the others
            builds = sorted({server.build for server in users if server.build}, key=build_number)
            runs = [f"{update.name} ({build})" for build in builds if (update := case.facts.build(version, build))]
            summary += f" By build: Exchange {version} {listed(runs)}." if runs else ""
        evidence = (Evidence("as_of", case.as_of.isoformat()), *facts_of(users, "version"))
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


@rule("product-not-yet-released")
def publishing_products_to_come(case: Case) -> Iterator[Match]:
    """A publishing product that nobody could have on the day."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        product = case.facts.product(one.product)
        life = case.facts.life(product.id) if product else None
        if product is None or life is None or phase(life, case.as_of) is not Phase.NOT_YET_RELEASED:
            continue
        asked = Question("as_of", f"Is {case.as_of} the day to judge for? {product.name} was not out yet.")
        summary = f"{one.name} runs on {product.name}, which was not released before {life.released}."
        evidence = (Evidence(f"publishing.{one.name}.product", product.id), Evidence("as_of", case.as_of.isoformat()))
        yield Match("product-not-yet-released", (one.name,), summary, evidence, question=asked,
                    choice=f"life of {product.id}", cell=life)  # fmt: skip


@rule("tmg-after-eol", "product-out-of-support")
def publishing_products(case: Case) -> Iterator[Match]:
    """A publishing product that nobody maintains any more."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        product = case.facts.product(one.product)
        life = case.facts.life(product.id) if product else None
        if product is None or life is None or phase(life, case.as_of) is not Phase.OUT:
            continue
        statement = "tmg-after-eol" if product.id in ("tmg-2010", "uag-2010") else "product-out-of-support"
        summary = f"{one.name} runs on {product.name}, out of support since {life.extended_end}."
        evidence = (Evidence(f"publishing.{one.name}.product", product.id), Evidence("as_of", case.as_of.isoformat()))
        yield Match(statement, (one.name,), summary, evidence, case.flows.versions)


@rule("os-out-of-support")
def operating_systems(case: Case) -> Iterator[Match]:
    """Exchange runs on a Windows version that its maker mends no more."""
    for system in sorted({server.os for server in case.exchange if server.os}):
        life = case.facts.life(system)
        if life is None or life.kind != "os" or phase(life, case.as_of) is not Phase.OUT:
            continue
        users = [server for server in case.exchange if server.os == system]
        summary = f"{listed(names(users))}: {life.name} has been out of support since {life.extended_end}."
        evidence = (Evidence("as_of", case.as_of.isoformat()), *facts_of(users, "os"))
        yield Match(
            "os-out-of-support",
            names(users),
            summary,
            evidence,
            anchor=system,
            choice=f"life of {system}",
            cell=life,
        )


RULES = (exchange_versions, publishing_products_to_come, publishing_products, operating_systems)
