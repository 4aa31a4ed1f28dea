"""Whether a version or a product is still maintained on the day: an aspect of its own beside the topology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from exkit.builds import build_number
from exkit.rows import Life, Product
from exkit.rules.base import Case, Evidence, Match, Question, facts_of, listed, names, rule, versions, written
from exkit.rules.levels import update_name
from exkit.timeline import Phase, phase
from exkit.topology import Publishing, Role, Version


@rule(
    "in-mainstream-support",
    "in-extended-support",
    "not-yet-released",
    *(f"eol-{version}" for version in Version if version is not Version.SE),
)
def exchange_versions(case: Case) -> Iterator[Match]:
    """Each Exchange version in use, on the day; that of the tools on a management host too."""
    running = [server for server in case.servers if server.is_exchange or server.holds(Role.MANAGEMENT_HOST)]
    for version in versions(*running):
        life = case.facts.life(f"exchange-{version.lower()}")
        if life is None or (now := phase(life, case.as_of)) is Phase.NOT_KNOWN:
            continue
        users = [server for server in running if server.version is version]
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
            runs = [update_name(case, version, build) for build in builds if case.facts.level(version, build)]
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
    for product, life, rules in _products(case, Phase.NOT_YET_RELEASED):
        asked = Question("as_of", f"Is {case.as_of} the day to judge for? {product.name} was not out yet.")
        told = listed(one.name for one in rules)
        summary = f"{told}: {product.name} was not released before {life.released}."
        evidence = (*(_product_of(one) for one in rules), Evidence("as_of", case.as_of.isoformat()))
        yield Match("product-not-yet-released", tuple(one.name for one in rules), summary, evidence, question=asked,
                    choice=f"life of {product.id}", cell=life)  # fmt: skip


def _products(case: Case, wanted: Phase) -> Iterator[tuple[Product, Life, list[Publishing]]]:
    """Publishing products that are in a phase of their life on the day, with the rules that run on them, by name."""
    users: dict[str, list[Publishing]] = defaultdict(list)
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        if product := case.facts.product(one.product):
            users[product.id].append(one)
    for id, rules in users.items():
        product, life = case.facts.product(id), case.facts.life(id)
        if product is not None and life is not None and phase(life, case.as_of) is wanted:
            yield product, life, rules


def _product_of(one: Publishing) -> Evidence:
    return Evidence(f"publishing.{one.name}.product", written(one.product))


@rule("tmg-after-eol", "product-out-of-support")
def publishing_products(case: Case) -> Iterator[Match]:
    """A publishing product that nobody maintains any more."""
    for product, life, rules in _products(case, Phase.OUT):
        statement = "tmg-after-eol" if product.id in ("tmg-2010", "uag-2010") else "product-out-of-support"
        for one in rules:
            summary = f"{one.name} runs on {product.name}, out of support since {life.extended_end}."
            evidence = (_product_of(one), Evidence("as_of", case.as_of.isoformat()))
            yield Match(statement, (one.name,), summary, evidence, case.flows.versions)


@rule("os-out-of-support")
def operating_systems(case: Case) -> Iterator[Match]:
    """Exchange runs on a Windows version that its maker mends no more."""
    for system in sorted({case.facts.system(server.os) for server in case.exchange if server.os}):
        life = case.facts.life(system)
        if life is None or life.kind != "os" or phase(life, case.as_of) is not Phase.OUT:
            continue
        users = [server for server in case.exchange if case.facts.system(server.os) == system]
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
