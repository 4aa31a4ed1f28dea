"""Where the kit's own notebooks are."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def notebook_file(name: str) -> Path:
    """A notebook of this kit: beside the package in a clone, inside it when installed from a wheel."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is in neither the clone nor the installed package: install exkit again")
