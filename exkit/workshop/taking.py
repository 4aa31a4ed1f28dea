"""What a workshop leaves behind: files in a folder beside its journal, each whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exkit import diagram
from exkit.intake import write
from exkit.patterns import safe_stem
from exkit.report.judged import Judged
from exkit.whole import write_whole
from exkit.workshop.edits import Refused
from exkit.workshop.journal import SUFFIX
from exkit.workshop.minutes import to_docx, to_markdown
from exkit.workshop.session import Session

Made = Callable[[Session, Judged], bytes]
CONTENTS: dict[str, tuple[str, Made]] = {
    "yaml": (".yaml", lambda session, judged: write(session.topology).encode()),
    "svg": (".svg", lambda session, judged: (diagram.to_svg(judged.advice) + "\n").encode()),
    "png": (".png", lambda session, judged: diagram.to_png(judged.advice)),
    "minutes": ("-minutes.md", lambda session, judged: to_markdown(session, judged).encode()),
    "docx": ("-minutes.docx", lambda session, judged: to_docx(session, judged)),
}


def take(session: Session, judged: Judged, what: str, journal: Path) -> Path:
    """Write `yaml`, `svg`, `png`, `minutes`, `docx` or `report` into the workshop's folder; the file that was written.

    Raises Refused for anything else, DrawingError without an engine for PNG, OSError when it cannot be written.
    """
    stem = safe_stem(journal.name.removesuffix(SUFFIX))
    folder = journal.with_name(f"{stem}-workshop")
    folder.mkdir(exist_ok=True)
    if what == "report":
        return _report(session, judged, folder, stem)
    if what not in CONTENTS:
        raise Refused(f"{what!r} cannot be taken out; {', '.join(CONTENTS)} and report can")
    suffix, made = CONTENTS[what]
    return _written(folder / f"{stem}{suffix}", made(session, judged))


def _report(session: Session, judged: Judged, folder: Path, stem: str) -> Path:
    from exkit.batch.reports import Options, make_reports, quiet  # two seconds of papermill

    file = _written(folder / f"{stem}.yaml", CONTENTS["yaml"][1](session, judged))
    made = make_reports([file], folder, Options(as_of=judged.advice.as_of, jobs=1), progress=quiet)
    if not made.reports:
        raise Refused(made.outcomes[0].told if made.outcomes else "the report was stopped before it was made")
    return made.reports[0].job.folder / "report.html"


def _written(path: Path, content: bytes) -> Path:
    write_whole(path, content)
    return path
