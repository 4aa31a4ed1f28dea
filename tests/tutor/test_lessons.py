"""The eight lessons: they run, they can be worked through to their end, and their prose agrees with the facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import nbformat
import papermill
import pytest

from exkit import facts, teaching, tutor
from exkit.batch.run import run_notebook
from exkit.topology import Topology, Version
from exkit.tutor import progress
from exkit.tutor.exercises import Exercise, RepairExercise
from exkit.tutor.lesson import Lesson
from exkit.tutor.marking import Answer, PairAnswer
from exkit.tutor.widget import Sheet
from exkit.workshop.edits import TOP_FIELDS, WHOLE, Add, AnyStep, Change, Remove, Section, apply, name_of
from tests.test_notebooks import cells
from tests.tutor.learner import everything, right_answer, wrong_answers
from tests.tutor.literals import Sentence, problems, sentences

FOLDER = Path(__file__).parent.parent.parent / "notebooks" / "learn"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
FACTS = facts.load()
ROWS = {row.id: row for row in teaching.load(FACTS).lessons}
every_lesson = pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.stem)


def row_of(file: Path) -> teaching.LessonRow:
    return ROWS[file.stem[:2]]


@cache
def played(file: Path, folder: Path, engine: str) -> nbformat.NotebookNode:
    """A lesson as it stands, run in an empty folder."""
    return run_notebook(file, {}, folder, engine)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learner")


def text_of(cell: nbformat.NotebookNode) -> str:
    return "\n".join(output.data.get("text/plain", "") for output in cell.outputs if "data" in output)


def beside(notebook: nbformat.NotebookNode, at: int) -> str:
    """What the code cells directly before and after a cell printed."""
    told = []
    for step in (-1, 1):
        near = at + step
        while 0 <= near < len(notebook.cells) and notebook.cells[near].cell_type == "code":
            told.append(text_of(notebook.cells[near]))
            near += step
    return "\n".join(told)


def test_each_lesson_of_the_table_has_a_notebook_and_its_title() -> None:
    assert [file.stem[:2] for file in LESSONS] == list(ROWS) == [f"{number:02}" for number in range(1, 9)]
    for file in LESSONS:
        assert cells(file, "markdown")[0].source.splitlines()[0] == f"# {row_of(file).title}"
        assert 20 <= row_of(file).minutes <= 30


@every_lesson
def test_the_one_parameter_has_a_type_and_a_help_comment(file: Path) -> None:
    (parameter,) = papermill.inspect_notebook(str(file)).values()
    assert (parameter["name"], parameter["inferred_type_name"], parameter["default"]) == ("progress", "str", '""')
    assert len(parameter["help"]) > 20


@every_lesson
def test_code_is_three_lines_at_most_and_prose_stands_before_it(file: Path) -> None:
    in_a_row = 0
    for cell in nbformat.read(file, as_version=4).cells:
        in_a_row = in_a_row + 1 if cell.cell_type == "code" else 0
        assert in_a_row <= 2, cell.id
        if cell.cell_type == "code":
            assert len([line for line in cell.source.splitlines() if line.strip()]) <= 3, cell.id


@every_lesson
def test_a_lesson_opens_itself_asks_reviews_and_ends(file: Path) -> None:
    calls = "\n".join(cell.source for cell in cells(file, "code"))
    assert f'lesson = tutor.open("{row_of(file).id}", progress)\nlesson.intro()' in calls
    assert len(re.findall(r"lesson\.exercise\(", calls)) >= 4
    assert calls.endswith("lesson.review()\nlesson.end()")


@every_lesson
def test_what_a_lesson_points_to_is_there(file: Path) -> None:
    prose = "\n".join(cell.source for cell in cells(file, "markdown"))
    code = "\n".join(cell.source for cell in cells(file, "code"))
    for target in re.findall(r"\]\(<?([^)>]+\.ipynb)>?\)", prose):
        assert (file.parent / target).is_file(), target
    links = [address for sentence in sentences(prose) for address in sentence.addresses]
    known = {source.url for source in FACTS.sources}
    assert not [link for link in links if link.startswith("http") and link not in known]
    for id in re.findall(r"`exkit explain ([a-z0-9-]+)`", prose):
        assert FACTS.statements_called(id), id
    assert "://" not in code


@every_lesson
def test_a_lesson_runs_untouched_by_papermill(file: Path, empty: Path) -> None:
    run = played(file, empty, "exkit-fork")
    for cell in run.cells:
        if cell.cell_type == "code" and cell.id != "parameters":
            assert text_of(cell), cell.source
            assert not [output for output in cell.outputs if output.output_type in ("error", "stream")]


def test_a_lesson_runs_untouched_in_a_kernel_too(empty: Path) -> None:
    file = LESSONS[0]
    forked, stock = (played(file, empty, engine) for engine in ("exkit-fork", "nbclient"))
    shown = [
        [text_of(cell) for cell in run.cells if cell.cell_type == "code" and "lesson." not in cell.source]
        for run in (forked, stock)
    ]
    assert shown[0] == shown[1]


def steps_between(one: Topology, other: Topology) -> list[AnyStep]:
    """The edits that make one topology into another, as a learner would make them on the page."""
    here, there = one.to_plain(), other.to_plain()
    steps: list[AnyStep] = []
    for section in get_args(Section):
        named = [{name_of(section, item): item for item in plain.get(section, ())} for plain in (here, there)]
        steps += [Remove(section=section, name=name) for name in named[0] if name not in named[1]]
        steps += [Add(section=section, item=named[1][name]) for name in named[1] if name not in named[0]]
        for name in [name for name in named[0] if name in named[1]]:
            steps += [
                Change(section=section, name=name, field=field, value=named[1][name].get(field))
                for field in named[0][name] | named[1][name]
                if named[0][name].get(field) != named[1][name].get(field)
            ]
    whole = [field for field in TOP_FIELDS if here.get(field) != there.get(field)]
    return steps + [Change(section=WHOLE, name="", field=field, value=there.get(field)) for field in whole]


def on_the_page(made: Exercise, answer: Answer) -> dict[str, object]:
    """An answer as the page gives it to the lesson."""
    if isinstance(answer, PairAnswer):
        return {"verdict": answer.verdict.value, "reason": answer.reason}
    if isinstance(answer, frozenset):
        return {"ports": sorted(answer)}
    steps = steps_between(made.topology, answer)
    assert apply(made.topology, steps).digest() == answer.digest()
    return {"steps": [[step.model_dump(mode="json") for step in steps]]}


def played_by_hand(file: Path) -> Iterator[tuple[Lesson, object]]:
    """What each cell of a lesson gives, and the lesson; whoever takes it may answer before the next cell runs."""
    scope: dict[str, object] = {}
    for cell in cells(file, "code"):
        *before, last = ast.parse(cell.source).body
        exec(compile(ast.Module(before, []), file.name, "exec"), scope)
        if isinstance(last, ast.Expr):
            given = eval(compile(ast.Expression(last.value), file.name, "eval"), scope)
            lesson = scope["lesson"]
            assert isinstance(lesson, Lesson)
            yield lesson, given
        else:
            exec(compile(ast.Module([last], []), file.name, "exec"), scope)


@every_lesson
@pytest.mark.parametrize("learner", ["Ada", "Bo"])
def test_a_scripted_learner_comes_to_the_end_and_only_right_answers_are_accepted(
    file: Path, learner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXKIT_LEARNER", learner)
    asked = []
    for lesson, given in played_by_hand(file):
        if isinstance(given, Sheet):
            made = given.exercise
            wrong = [on_the_page(made, answer) for answer in wrong_answers(made, everything())]
            if isinstance(made, RepairExercise):
                thrown_away = [Remove(section="servers", name=server.name) for server in made.topology.servers]
                wrong.append({"steps": [[step.model_dump(mode="json") for step in thrown_away]]})
            assert wrong
            assert not [answer for answer in wrong if lesson.mark(made, answer).right]
            assert not lesson.take(made, wrong[0]).right
            marked = lesson.take(made, on_the_page(made, right_answer(made, everything())))
            assert marked.right, marked.words
            assert marked.words.startswith("Right")
            asked.append(made.id)
        shown = given
    row = row_of(file)
    assert len(asked) == len(set(asked)) == len(row.exercises.split())
    assert f"{len(asked)} of {len(asked)} exercises are right" in repr(shown.piece)  # type: ignore[attr-defined]
    kept = progress.read(tmp_path / progress.FILE)
    assert [(entry.who, entry.lesson, entry.right) for entry in kept] == [
        (learner, row.id, right) for _ in asked for right in (False, True)
    ]


@every_lesson
def test_learners_have_sets_of_their_own_and_keep_them(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(learner: str) -> list[str]:
        monkeypatch.setenv("EXKIT_LEARNER", learner)
        lesson = tutor.open(row_of(file).id, str(tmp_path / "progress.jsonl"))
        return [lesson.made(number).id for number in range(1, lesson.count + 1)]

    sets = [tuple(drawn(learner)) for learner in ("Ada", "Bo", "Cy", "Di", "Ed")]
    assert len(set(sets)) == 5
    assert tuple(drawn("Ada")) == sets[0]


@every_lesson
def test_the_prose_names_no_port_day_or_verdict_against_the_facts_or_without_a_source(file: Path, empty: Path) -> None:
    run = played(file, empty, "exkit-fork")
    wrong = [
        f"{file.name}, {cell.id}: {sentence.text}: {problem}"
        for at, cell in enumerate(run.cells)
        if cell.cell_type == "markdown"
        for sentence in sentences(cell.source, beside(run, at))
        for problem in problems(sentence, FACTS, row_of(file).versions)
    ]
    assert not wrong, "\n".join(wrong)


PORTS = "([ports](https://learn.microsoft.com/exchange/plan-and-deploy/deployment-ref/network-ports))"
BLOG = "([blog](https://techcommunity.microsoft.com/blog/exchange/don039t-put-cas-in-the-perimeter-network/597927))"


@pytest.mark.parametrize(
    "text",
    [
        f"EdgeSync goes on 50636/tcp {PORTS}.",
        f"EdgeSync goes on 50636/tcp from the Mailbox servers to the Edge server {PORTS}.",
        "EdgeSync goes on 50636/tcp, as the cell shows.",
        "Support of Exchange 2010 ended on 2020-10-13, as the cell shows.",
        f"The article of 2009-10-21 says why {BLOG}.",
        f"`cas-in-perimeter` is unsupported in 2010 {BLOG}.",
        f"An Edge Transport server of 2010 is supported in the perimeter network {BLOG}.",
        "It is unsupported, as the cell shows.",
        "TMG 2010 in front of Exchange 2010 on Windows Server 2008 R2.",
    ],
)
def test_a_sentence_that_agrees_with_the_facts_passes(text: str) -> None:
    printed = "50636/tcp until 2020-10-13: unsupported"
    assert problems(Sentence(text, printed), FACTS, (Version.V2010, Version.SE)) == []


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (f"EdgeSync goes on 50637/tcp {PORTS}.", "50637/tcp is no port of"),
        (f"EdgeSync goes on 50636/udp {PORTS}.", "50636/udp is no port of"),
        (f"A front-end of 2003 needs 50636/tcp {PORTS}.", "50636/tcp is no port of 2003"),
        (f"A RADIUS server takes 50636/tcp {PORTS}.", "has nothing to do with"),
        (f"EdgeSync goes on 50636/tcp from the Edge server to the Mailbox servers {PORTS}.", "does not run from"),
        ("EdgeSync goes on 50636/tcp.", "50636/tcp has no source"),
        (f"EdgeSync goes on port 50636 {PORTS}.", "50636 is no port (443/tcp), day or version"),
        (f"Support of Exchange 2010 ended on 2020-10-14 {PORTS}.", "2020-10-14 is no day of what"),
        (f"Support of Exchange 2010 ended on 2014-04-08 {PORTS}.", "2014-04-08 is no day of what"),
        ("Support of Exchange 2010 ended on 2020-10-13.", "2020-10-13 has no source"),
        (f"The article of 2009-10-22 says why {BLOG}.", "2009-10-22 is no day of what"),
        (f"In 2009 they said why {BLOG}.", "2009 is no port"),
        (f"`cas-in-perimeter` is supported in 2010 {BLOG}.", "supported: the facts say unsupported"),
        (
            f"An Edge Transport server of 2010 is unsupported in the perimeter network {BLOG}.",
            "the facts say supported",
        ),
        (f"A Client Access server of 2007 is supported in a perimeter network {BLOG}.", "the facts say unsupported"),
        ("It is not recommended.", "not recommended has no source"),
        ("It is [supported](https://example.org).", "supported has no source"),
    ],
)
def test_a_sentence_that_contradicts_the_facts_or_has_no_source_is_found(text: str, because: str) -> None:
    found = problems(Sentence(text), FACTS, (Version.V2010, Version.SE))
    assert [one for one in found if because in one], found


def test_a_wrong_port_planted_in_a_lesson_is_found(empty: Path) -> None:
    (file,) = (file for file in LESSONS if file.stem.startswith("06"))
    prose = "\n\n".join(cell.source for cell in cells(file, "markdown"))
    for right, wrong in (("50636/tcp", "50637/tcp"), ("50389/tcp", "50389/udp")):
        assert right in prose
        planted = prose.replace(right, wrong)
        found = [one for s in sentences(planted) for one in problems(s, FACTS, row_of(file).versions)]
        assert [one for one in found if one.startswith(f"{wrong} is no port")]
