"""Topologies from and to files: reading with line numbers, canonical writing, the JSON Schema for editors."""

from exkit.intake.files import find_files
from exkit.intake.problems import Problem, TopologyError
from exkit.intake.reading import Loaded, read, read_text
from exkit.intake.schema import json_schema
from exkit.intake.writing import write

__all__ = ["Loaded", "Problem", "TopologyError", "find_files", "json_schema", "read", "read_text", "write"]
