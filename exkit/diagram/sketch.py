"""What the picture shows, before anyone draws it.

Everything is sorted by names here, so that equal advice gives an equal picture whatever the order of the file.
"""

from __future__ import annotations

from exkit.advice import Advice
from exkit.diagram.parts import Sketch
from exkit.diagram.places import areas_of, walls_of
from exkit.diagram.traffic import lines_of


def sketch(advice: Advice) -> Sketch:
    """What is to be drawn for some advice."""
    topology = advice.topology
    findings = sorted(advice.findings, key=lambda finding: (finding.verdict.rank, finding.id))
    areas = tuple(areas_of(topology, findings))
    walls = tuple(walls_of(topology, areas, findings))
    lines, further = lines_of(topology, areas, walls, findings)
    return Sketch(areas, walls, lines, further)
