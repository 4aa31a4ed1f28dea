"""The customers of a portfolio: from a folder of reports, or judged here and now from topology files."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from exkit.intake import TopologyError, find_files
from exkit.portfolio.summary import summary
from exkit.report import judge
from exkit.timeline import months_later
from exkit.verdict import Verdict

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Row:
    """One customer: the summary of its report, or the reason why there is none."""

    folder: str
    summary: Mapping[str, Any]  # empty when there is a reason
    reason: str = ""
    error_notebook: bool = False

    @property
    def link(self) -> str:
        """The report's address, from the page over all; empty for customers that were judged without a report."""
        return quote(f"{self.folder}/report.html") if self.folder and not self.reason else ""

    @property
    def customer(self) -> str:
        """The customer's name."""
        return str(self.summary["customer"])

    def verdict(self, aspect: str) -> Verdict:
        """The overall verdict of an aspect."""
        return Verdict(self.summary["verdict"][aspect])

    def of(self, statement: str) -> Verdict | None:
        """What a statement says here, at worst; None when it says nothing, or that all is well."""
        found = self.summary["statements"].get(statement)
        return Verdict(found) if found else None

    @property
    def counts(self) -> str:
        """How many findings of each verdict: `2 unsupported, 1 conditional, 14 supported`."""
        counted = self.summary["counts"]
        kinds = [verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN and verdict in counted]
        return ", ".join(f"{counted[verdict]} {verdict.words}" for verdict in kinds)

    @property
    def questions(self) -> int:
        """How many questions are open."""
        return int(self.summary["counts"].get(Verdict.UNKNOWN, 0))

    @property
    def badness(self) -> tuple[int, ...]:
        """To sort by: the worst verdict first, then how many findings of each."""
        counted = self.summary["counts"]
        return (self.verdict("topology").rank, *(-counted.get(verdict, 0) for verdict in list(Verdict)[:3]))


@dataclass(frozen=True)
class Ending:
    """A product whose support ends soon after a customer's as-of date."""

    row: Row
    product: str
    end: date
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class Portfolio:
    """Customers that were judged, worst first, and files that could not be."""

    rows: tuple[Row, ...]
    refused: tuple[Row, ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Portfolio:
        """Sorted: the worst first, then by name."""
        found = list(rows)
        judged = sorted(
            (row for row in found if not row.reason), key=lambda row: (row.badness, row.customer.casefold(), row.folder)
        )
        return cls(tuple(judged), tuple(row for row in found if row.reason))

    @classmethod
    def of_reports(cls, out: Path, names: Sequence[str] | None = None) -> Portfolio:
        """From the manifests in a folder of reports; `names` are those of this run, in their order."""
        if names is None:
            names = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
        return cls.of(row for name in names if (row := _of_manifest(out / name)) is not None)

    @property
    def statements(self) -> tuple[str, ...]:
        """Statements that find something somewhere: first those that find the worst, then the most customers."""
        hits: dict[str, Counter[Verdict]] = defaultdict(Counter)
        for row in self.rows:
            for name, verdict in row.summary["statements"].items():
                if verdict != Verdict.UNKNOWN:
                    hits[name][Verdict(verdict)] += 1
        order = list(Verdict)
        return tuple(sorted(hits, key=lambda name: (*(-hits[name][verdict] for verdict in order), name)))

    def hit_by(self, statement: str) -> Iterator[tuple[Row, Verdict]]:
        """The customers that a statement finds something at, worst first."""
        found = [(row, verdict) for row in self.rows if (verdict := row.of(statement)) is not None]
        yield from sorted(found, key=lambda one: one[1].rank)

    def ending_within(self, months: int) -> tuple[Ending, ...]:
        """What falls out of support in the months after each customer's as-of date, the first to end at the top."""
        found = []
        for row in self.rows:
            day = date.fromisoformat(row.summary["as_of"])
            last = months_later(day, months)
            for one in row.summary["ends"]:
                end = date.fromisoformat(one["end"])
                if day <= end <= last:
                    found.append(Ending(row, one["product"], end, tuple(one["used_by"])))
        return tuple(sorted(found, key=lambda one: (one.end, one.row.customer.casefold(), one.product)))


def _of_manifest(folder: Path) -> Row | None:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        if found["state"] == "made":
            return Row(folder.name, found["summary"])
        result = json.loads((folder / "result.json").read_bytes())
        reasons = [error["message"] if "line" not in error else _told(result, error) for error in result["errors"]]
        return Row(folder.name, {}, "\n".join(reasons), (folder / "error.ipynb").is_file())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _told(result: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    from exkit.intake import Problem

    name = Path(str(result["file"])).name  # folders of this machine stay here
    return str(Problem(**{**error, "file": name, "allowed": tuple(error["allowed"])}))


def load(folder: str | Path, as_of: str = "") -> Portfolio:
    """The portfolio in a folder: reports that `exkit report` wrote there, else topology files, judged now.

    Raises ValueError when there is neither.
    """
    place = Path(folder)
    if (place / MANIFEST).is_file():
        return Portfolio.of_reports(place)
    files, errors = find_files([place])
    if not files:
        raise ValueError(str(errors[0]) if errors else f"{place}: neither reports nor topology files are there")
    return Portfolio.of(_judged(files, as_of))


def _judged(files: Iterable[Path], as_of: str) -> Iterator[Row]:
    for file in files:
        try:
            one = judge(file, as_of)
        except TopologyError as error:
            yield Row("", {}, str(error))
            continue
        yield Row("", summary(one, one.advice.to_dict(file.name, one.loaded.lines)))
