"""Notebooks for tests, made of a few lines, and how two are compared."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

UUID = re.compile(r"[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
KERNEL_FILE = re.compile(r"ipykernel_\d+")


def notebook(*cells: str, parameters: str = "") -> NotebookNode:
    made = nbformat.v4.new_notebook()
    made.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    if parameters:
        cell = nbformat.v4.new_code_cell(parameters)
        cell.metadata.tags = ["parameters"]
        made.cells.append(cell)
    made.cells += [nbformat.v4.new_code_cell(source) for source in cells]
    return made


def report_notebook(folder: Path, *cells: str) -> Path:
    """A notebook that takes what the customer report takes."""
    file = folder / "report.ipynb"
    parameters = 'topology_file: str = ""  # a file\nas_of: str = ""  # a day'
    nbformat.write(notebook(*cells, parameters=parameters), file)
    return file


def without_chance(value: object) -> object:
    """Outputs without what differs from run to run: ids (kept apart from each other by order), addresses, processes."""
    text = nbformat.v4.writes(value) if isinstance(value, NotebookNode) and "cells" in value else repr(value)
    names: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"id-{len(names)}")

    return KERNEL_FILE.sub("ipykernel", ADDRESS.sub("0x", UUID.sub(numbered, text)))


def merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Without the seams in a stream: where a kernel's clock cut it is chance."""
    whole: list[NotebookNode] = []
    for output in outputs:
        if whole and output.output_type == "stream" == whole[-1].output_type and output.name == whole[-1].name:
            whole[-1] = NotebookNode({**whole[-1], "text": whole[-1].text + output.text})
        else:
            whole.append(output)
    return whole


def ran(notebook: NotebookNode) -> list[tuple[object, ...]]:
    """What came of each cell."""
    return [
        (
            index,
            cell.cell_type,
            cell.source,
            cell.get("execution_count"),
            without_chance(merged(cell.get("outputs", []))),
        )
        for index, cell in enumerate(notebook.cells)
    ]
