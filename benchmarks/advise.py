"""How long `advise` takes: beside drawing the same topology with dot, and from 200 to 2,000 servers.

    .venv/bin/python benchmarks/advise.py

Both sides run in this process, in turn; ratios are of medians. Exit status 1 when a figure misses its goal.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exkit import diagram
from exkit.advice import advise
from exkit.facts import load
from tests.sizes import many_servers, twenty_servers

DAY = date(2012, 6, 1)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def medians(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float]:
    """Medians of both, run in turn after one warm-up, so that a machine that drifts drifts for both."""
    pairs = [(seconds(first), seconds(second)) for _ in range(runs + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def main() -> int:
    """Prints the figures and returns the exit status."""
    facts = load()
    dot = subprocess.run(["dot", "-V"], capture_output=True, text=True).stderr.strip()
    print(f"{platform.platform()}, Python {platform.python_version()}, {dot}")
    small = twenty_servers()
    advice = advise(small, facts, DAY)
    text = diagram.to_dot(advice)

    def draw() -> None:
        subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True)

    judged, drawn = medians(lambda: advise(small, facts, DAY), draw, runs=15)
    print(f"20 servers: advise {judged * 1000:.1f} ms, dot {drawn * 1000:.1f} ms")
    some, many = many_servers(120, 6), many_servers(1320, 6)
    at_200, at_2000 = medians(lambda: advise(some, facts, DAY), lambda: advise(many, facts, DAY), runs=5)
    print(f"200 servers: {at_200 * 1000:.1f} ms; 2,000 servers: {at_2000 * 1000:.1f} ms")
    figures = (
        ("advise at 20 servers against dot", judged / drawn, 1.0),
        ("advise at 2,000 servers against 200", at_2000 / at_200, 15.0),
    )
    for name, ratio, goal in figures:
        print(f"{name}: {ratio:.2f} (goal at most {goal:g})")
    return int(any(ratio > goal for _, ratio, goal in figures))


if __name__ == "__main__":
    sys.exit(main())
