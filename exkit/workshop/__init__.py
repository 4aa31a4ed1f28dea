"""The workshop: a topology built with the customer in the room. The only code that speaks to ipywidgets and anywidget.

>>> from exkit import workshop
>>> workshop.open("contoso.yaml")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from exkit.workshop.desk import Desk

__all__ = ["open"]


def open(file: str | PathLike[str] = "") -> Desk:
    """The workshop on a topology file, its journal beside it; shown where it is the last line of a cell.

    Empty means the file that `exkit workshop` named, else a new one called workshop.yaml in this folder. Raises
    TopologyError for a file that cannot be judged, JournalError for a journal that cannot be read.
    """
    from exkit.workshop.desk import open_desk  # widgets take half a second to import; the command line needs none

    return open_desk(file)
