"""Topologies from and to files."""

from exkit.intake.problems import Problem, TopologyError
from exkit.intake.reading import Loaded, read, read_text

__all__ = ["Loaded", "Problem", "TopologyError", "read", "read_text"]
