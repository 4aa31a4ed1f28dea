"""How long `advise` takes: beside dot, from 200 to 2,000 servers, beside OWASP pytm; and loading the facts.

    .venv/bin/python benchmarks/advise.py

Both sides of a figure run in turn, in this process or as processes of their own; ratios are of medians. Exit status 1
when a figure misses its goal.

pytm (`TM.resolve`) is given a model of the same size: a Server for each server in a Boundary for each zone, and a
Dataflow for each flow, which is what the design calls one: a host that needs another, by the ports table. exkit works
those out itself from its rows; pytm is told them beforehand, outside the measured time. pytm beside the few flows that
the file itself writes (firewall lines, publishing, mail hops) is printed too, without a goal.
"""

from __future__ import annotations

import gc
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib.metadata import version
from itertools import pairwise, permutations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytm

from exkit import diagram
from exkit.advice import advise
from exkit.facts import Facts, load
from exkit.flows import Flows
from exkit.paths import Network
from exkit.topology import Topology
from tests.sizes import many_servers, sixty_servers, twenty_servers

DAY = date(2012, 6, 1)
Pair = tuple[str, str]


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one run; what others left in memory is not for it to look through."""
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    work()
    taken = time.perf_counter() - start
    gc.unfreeze()
    return taken


def medians(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float]:
    """Medians of both, run in turn after one warm-up, so that a machine that drifts drifts for both."""
    pairs = [(seconds(first), seconds(second)) for _ in range(runs + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def needed_flows(topology: Topology, facts: Facts) -> list[Pair]:
    """Hosts of which the first needs to reach the second."""
    flows = Flows(topology, facts, Network(topology))
    return [
        (here.name, there.name)
        for here, there in permutations(topology.servers, 2)
        if any(need.certain for need in flows.needs(here, there))
    ]


def written_flows(topology: Topology) -> list[Pair]:
    """What the file itself names: lines of firewalls, publishing, mail hops."""
    lines = [(line.source, line.target) for device in topology.firewalls for line in device.allow or ()]
    published = [(one.host or one.name, target) for one in topology.publishing for target in one.targets or ()]
    mail = [hop for flow in topology.mail_flow for hop in pairwise(flow.path)]
    return [pair for pair in (*lines, *published, *mail) if "any" not in pair]


def pytm_model(topology: Topology, flows: Iterable[Pair]) -> pytm.TM:
    """The same servers, zones and flows as a threat model; pytm keeps its elements on the class, so it starts anew."""
    pytm.TM.reset()
    model = pytm.TM(topology.customer, description="of the same size")
    zones = {zone.name: pytm.Boundary(zone.name) for zone in topology.zones}
    ends: dict[str, object] = {}
    for server in topology.servers:
        ends[server.name] = pytm.Server(server.name, inBoundary=zones[server.zone or ""])
    for number, (here, there) in enumerate(flows):
        for end in (here, there):
            if end not in ends:
                ends[end] = pytm.Actor(end, inBoundary=zones[end])
        pytm.Dataflow(ends[here], ends[there], f"flow {number}")
    return model


def beside_pytm(topology: Topology, facts: Facts, flows: list[Pair], runs: int) -> float:
    """How many times faster `advise` is than `resolve`."""
    model = pytm_model(topology, flows)
    resolved, judged = medians(model.resolve, lambda: advise(topology, facts, DAY), runs)
    assert model.findings, "pytm looked at the model"
    servers = len(topology.servers)
    print(f"{servers} servers, {len(flows)} flows: pytm {resolved * 1000:.1f} ms, advise {judged * 1000:.1f} ms")
    return resolved / judged


def process(code: str) -> None:
    """Python as a process of its own."""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[1])


def main() -> int:
    """Prints the figures and returns the exit status."""
    facts = load()
    dot = subprocess.run(["dot", "-V"], capture_output=True, text=True).stderr.strip()
    print(f"{platform.platform()}, Python {platform.python_version()}, {dot}, pytm {version('pytm')}")
    print(f"{len(facts.statements)} statement rows, {len(facts.ports)} port rows loaded")
    small = twenty_servers()
    text = diagram.to_dot(advise(small, facts, DAY))

    def draw() -> None:
        subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True)

    judged, drawn = medians(lambda: advise(small, facts, DAY), draw, runs=15)
    print(f"20 servers: advise {judged * 1000:.1f} ms, dot {drawn * 1000:.1f} ms")
    some, many = many_servers(120, 6), many_servers(1320, 6)
    at_200, at_2000 = medians(lambda: advise(some, facts, DAY), lambda: advise(many, facts, DAY), runs=5)
    print(f"200 servers: {at_200 * 1000:.1f} ms; 2,000 servers: {at_2000 * 1000:.1f} ms")
    loaded, pandas = medians(
        lambda: process("from exkit.facts import load; load()"), lambda: process("import pandas"), runs=5
    )
    print(f"a process that loads the facts: {loaded:.2f} s; one that imports pandas: {pandas:.2f} s")
    at_most = {
        "advise at 20 servers against dot": (judged / drawn, 1.0),
        "advise at 2,000 servers against 200": (at_2000 / at_200, 15.0),
        "loading the facts against import pandas": (loaded / pandas, 1.0),
    }
    at_least = {}
    for topology, runs in ((small, 9), (sixty_servers(), 5), (some, 3)):
        servers = len(topology.servers)
        written = beside_pytm(topology, facts, written_flows(topology), runs)
        print(f"  (with the flows that the file writes, advise is {written:.1f} times faster)")
        ratio = beside_pytm(topology, facts, needed_flows(topology, facts), runs)
        at_least[f"pytm against advise at {servers} servers"] = (ratio, 10.0)
    for name, (ratio, goal) in at_most.items():
        print(f"{name}: {ratio:.2f} (goal at most {goal:g})")
    for name, (ratio, goal) in at_least.items():
        print(f"{name}: {ratio:.1f} (goal at least {goal:g})")
    missed = [ratio > goal for ratio, goal in at_most.values()] + [ratio < goal for ratio, goal in at_least.values()]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
