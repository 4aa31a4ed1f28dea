"""What is left out of a sound layout is not known, never no: it may raise questions and conditions, no alarm."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from exkit.advice import advise
from exkit.intake import read
from exkit.topology import Topology
from exkit.verdict import Verdict
from tests.build import facts
from tests.test_cases import CASES, expectations

MOST = (Verdict.CONDITIONAL, Verdict.UNKNOWN)
SOUND = sorted(
    {
        CASES / folder / f"{stem}.yaml"
        for folder, stem, one in expectations()
        if not one["subjects"] and one.get("not_worse") in MOST
    }
)
CUSTOMERS = sorted((CASES.parents[1] / "data" / "customers").glob("*.yaml"))
OWN = "b063-hosted-organization-all-in-one-perimeter"
ALARMS = {
    # Nobody can tell whether A is of the other organization; the rule on pairs of servers has no question on it.
    ("a104-two-organizations-and-a-firewall", "servers.A.forest"),
    ("a104-two-organizations-and-a-firewall", "servers.B.forest"),
    *(("d004-two-breweries-two-forests", f"servers.{name}.forest") for name in ("NEX1", "NEX2", "SEX1", "SEX2")),
    # Without a word on hybrid mail, 25 that the whole Internet may open to a Hub server says that mail comes there.
    *(("c064-hybrid-and-mx-at-a-filter-2010", what) for what in ("hybrid", "hybrid.mail_path")),
    # That an organization of its own may stand in a perimeter is an exception: all of it must be seen to stand there.
    *((OWN, f"servers.{what}") for what in ("EX1.zone", "EX2.zone", "DC1.zone", "DC1.roles")),
    *(
        ("own-perimeter-forest-se", f"servers.{what}")
        for what in ("EX1.zone", "EX2.zone", "MAILDC1.zone", "MAILDC2.zone", "DC1.forest")
    ),
}


def left_out(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The topology without one field of one item, for each field that it has."""
    for section in ("servers", "firewalls", "publishing", "dags"):
        for number, item in enumerate(plain.get(section, ())):
            for field in set(item) - {"name"}:
                less = deepcopy(plain)
                del less[section][number][field]
                yield f"{section}.{item['name']}.{field}", less
    for field in set(plain.get("hybrid", ())) - {"topology"}:
        less = deepcopy(plain)
        del less["hybrid"][field]
        yield f"hybrid.{field}", less
    if "hybrid" in plain:
        yield "hybrid", {section: what for section, what in plain.items() if section != "hybrid"}


def alarms(topology: Topology) -> set[str]:
    found = advise(topology, facts(), topology.as_of).of("topology")
    return {one.id for one in found if one.verdict.worse_than(Verdict.CONDITIONAL)}


@pytest.mark.parametrize("path", [*SOUND, *CUSTOMERS], ids=lambda path: path.stem)
def test_what_is_left_out_of_a_sound_layout_raises_no_alarm(path: Path) -> None:
    whole = read(path).topology
    if path in CUSTOMERS and alarms(whole):
        return  # made to teach a fault
    raised = {}
    for what, plain in left_out(whole.to_plain()):
        try:
            topology = Topology.model_validate(plain)
        except ValidationError:
            continue  # without that field it is no topology
        if (path.stem, what) not in ALARMS and (found := alarms(topology)):
            raised[what] = found
    assert not raised
