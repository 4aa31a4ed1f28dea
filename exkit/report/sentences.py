"""The sentences a report opens with: the answer, and what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from exkit.advice import Finding, placement_first
from exkit.report.judged import Judged, problems
from exkit.report.words import count, day
from exkit.timeline import LAST, Milestone, Phase, Row, Timeline
from exkit.verdict import Verdict

DATE_FROM = {
    "given": "given when the report was made",
    "file": "taken from the topology file",
    "today": "the day the report was made; neither the call nor the file named one",
}
_COUNTED = {
    Verdict.UNSUPPORTED: ("is unsupported", "are unsupported"),
    Verdict.NOT_RECOMMENDED: ("is not recommended", "are not recommended"),
    Verdict.CONDITIONAL: ("holds on a condition", "hold on a condition"),
}
_TOPOLOGY = {
    Verdict.UNSUPPORTED: "This topology is not supported",
    Verdict.NOT_RECOMMENDED: "This topology is supported, but not recommended as it stands",
    Verdict.CONDITIONAL: "This topology is supported as long as its conditions hold",
    Verdict.SUPPORTED: "This topology is supported",
    Verdict.UNKNOWN: "Whether this topology is supported cannot be said from what the file tells",
}
_LIFECYCLE = {
    Verdict.UNSUPPORTED: "Not all of it was in support on {day}",
    Verdict.NOT_RECOMMENDED: "On {day} support had not ended, but part of it was better replaced",
    Verdict.CONDITIONAL: "On {day} support held on conditions",
    Verdict.SUPPORTED: "Everything whose life cycle could be judged was in support on {day}",
    Verdict.UNKNOWN: "No life cycle could be judged on {day}",
}


def topology_sentence(judged: Judged) -> str:
    """The verdict on the topology and how many choices are behind it."""
    advice = judged.advice
    settled = [finding for finding in advice.of("topology") if finding.verdict is not Verdict.UNKNOWN]
    return f"{_TOPOLOGY[advice.verdict('topology')]}{_behind(settled) or _all_fine(settled)}."


def lifecycle_sentence(judged: Judged) -> str:
    """The verdict on the life cycle as of the date, and what is behind it."""
    advice = judged.advice
    said = _LIFECYCLE[advice.verdict("lifecycle")].format(day=day(advice.as_of))
    wrong = problems(advice.of("lifecycle"))
    if not wrong:
        return f"{said}."
    more = f" ({count(len(wrong) - 1, 'more finding')} below)" if len(wrong) > 1 else ""
    return f"{said}: {wrong[0].summary.rstrip('.')}{more}."


def timeline_sentence(line: Timeline) -> str:
    """What goes out of support within the horizon and when; then what has already, and of what no end is known."""
    horizon = f"In the {count(line.months, 'month')} until {day(line.until)}"
    ending, turning = line.within(*LAST), line.within(Milestone.MAINSTREAM_END)
    said = [f"{horizon} support ends for {_dated(ending)}." if ending else f"{horizon} nothing goes out of support."]
    if turning:
        said.append(f"Mainstream support ends for {_dated(turning)}.")
    if over := [what.name for what in line.products if what.phase is Phase.OUT]:
        said.append(f"Out of support already: {_list(over)}.")
    if silent := [what.name for what in line.products if what.phase is Phase.NOT_KNOWN]:
        said.append(f"No day is known for: {'; '.join(silent)}.")
    return " ".join(said)


def _dated(rows: Sequence[Row]) -> str:
    return _list([f"{row.what.name} ({day(row.day)})" for row in rows if row.day])


def _list(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _behind(findings: Sequence[Finding]) -> str:
    """`: 2 of 14 choices are unsupported and 1 is not recommended`; nothing when all are fine."""
    counts = Counter(finding.verdict for finding in findings)
    parts: list[str] = []
    for verdict, (one, many) in _COUNTED.items():
        if counts[verdict]:
            of_all = "" if parts else f" of {count(len(findings), 'choice')}"
            parts.append(f"{counts[verdict]}{of_all} {one if counts[verdict] == 1 else many}")
    return f": {_list(parts)}" if parts else ""


def _all_fine(findings: Sequence[Finding]) -> str:
    return (
        f", in {'the one choice' if len(findings) == 1 else f'all {len(findings)} choices'} judged" if findings else ""
    )


def nothing_sentence(judged: Judged) -> str:
    """What stands where no step is: only of what could be judged can it be said that nothing has to change."""
    if judged.advice.verdict("topology") is Verdict.UNKNOWN:
        return "Nothing that has to change was found; too little is known to say that nothing has to."
    if any(finding.waiver for finding in problems(judged.advice.findings)):
        return "Nothing has to change but what the customer accepted as it is."
    return "Nothing has to change."


def first_steps(judged: Judged) -> tuple[Finding, ...]:
    """The findings to put right first: of the worst verdict and not accepted, at most three different fixes."""
    open_ones = [finding for finding in problems(judged.advice.findings) if finding.waiver is None and finding.fix]
    worst_first = placement_first(open_ones)
    by_fix = {finding.fix: finding for finding in reversed(worst_first)}
    steps = sorted(by_fix.values(), key=worst_first.index)
    return tuple(step for step in steps if step.verdict is steps[0].verdict)[:3]
