"""exkit: is this Exchange topology supported, why, and what instead.

The centre is one pure function, `exkit.advice.advise(topology, facts, as_of)`.
"""

__version__ = "0.1.0"
