"""The article's cases and those written blind: what each must show."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from exkit.advice import Finding, advise
from exkit.intake import read
from exkit.verdict import Verdict
from tests.build import facts

CASES = Path(__file__).parent / "cases"
FOLDERS = ("article", "blind", "all-versions", "questions", "audits")


def expectations() -> list[tuple[str, str, dict]]:
    return [
        (folder, stem, expect)
        for folder in FOLDERS
        for stem, expected in yaml.safe_load((CASES / folder / "expected.yaml").read_text()).items()
        for expect in expected
    ]


def findings(folder: str, stem: str, aspect: str) -> tuple[Finding, ...]:
    loaded = read(CASES / folder / f"{stem}.yaml")
    assert loaded.topology.as_of is not None, "a case sets its day"
    return advise(loaded.topology, facts(), loaded.topology.as_of).of(aspect)


def told(expect: dict) -> str:
    return f"{'+'.join(expect['subjects']) or 'all'} {expect.get('verdict') or 'not worse than ' + expect['not_worse']}"


@pytest.mark.parametrize(
    ("folder", "stem", "expect"), expectations(), ids=[f"{stem}: {told(expect)}" for _, stem, expect in expectations()]
)
def test_case(folder: str, stem: str, expect: dict) -> None:
    seen_of = findings(folder, stem, expect.get("aspect", "topology"))
    touching = [one for one in seen_of if set(expect["subjects"]) <= set(one.subjects)]
    seen = [f"{one.id}: {one.verdict}" for one in touching]
    if "not_worse" in expect:
        limit = Verdict(expect["not_worse"])
        assert touching, "nothing found"
        assert not [one.id for one in touching if one.verdict.worse_than(limit)], seen
    else:
        assert any(
            one.verdict == expect["verdict"]
            and expect.get("statement") in (None, one.statement)
            and expect.get("family") in (None, one.family)
            for one in touching
        ), seen


@pytest.mark.parametrize("path", sorted(CASES.rglob("[sbcdmqa][0-9]*.yaml")), ids=lambda path: path.stem)
def test_every_finding_of_a_case_is_whole(path: Path) -> None:
    loaded = read(path)
    found = advise(loaded.topology, facts(), loaded.topology.as_of).findings
    assert len({one.id for one in found}) == len(found), "an id stands once"
    for one in found:
        assert one.summary and one.why and one.evidence and one.subjects and one.sources, one.id
        assert (one.condition is not None) == (one.verdict is Verdict.CONDITIONAL), one.id
        assert (one.question is not None) == (one.verdict is Verdict.UNKNOWN), one.id
