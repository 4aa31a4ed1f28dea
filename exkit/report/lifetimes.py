"""The life cycle dates of everything a topology names: Exchange versions, publishing products, operating systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from exkit.facts import Life
from exkit.report.judged import Judged


@dataclass(frozen=True)
class Lifetime:
    """A product with its dates, and the servers or publishing rules that use it."""

    life: Life
    used_by: tuple[str, ...]


def lifetimes(judged: Judged) -> tuple[Lifetime, ...]:
    """What is in use and has known dates, the one that ends first at the top; no verdict, the findings give those."""
    users: dict[str, list[str]] = defaultdict(list)
    for product, user in _uses(judged):
        if user not in users[product]:
            users[product].append(user)
    lives = [(judged.facts.life(product), tuple(names)) for product, names in users.items()]
    known = [Lifetime(life, names) for life, names in lives if life is not None]
    return tuple(sorted(known, key=lambda one: (_last_day(one.life), one.life.name)))


def _last_day(life: Life) -> str:
    last = life.extended_end or life.mainstream_end
    return last.isoformat() if last else ""


def _uses(judged: Judged) -> Iterator[tuple[str, str]]:
    for server in judged.topology.servers:
        if server.is_exchange and server.version is not None:
            yield f"exchange-{server.version}", server.name
        if server.os is not None:
            yield server.os, server.name
        for name in server.also_runs:
            if (product := judged.facts.product(name)) is not None:
                yield product.id, server.name
    for rule in judged.topology.publishing:
        if rule.product is not None and (product := judged.facts.product(rule.product)) is not None:
            yield product.id, rule.name
