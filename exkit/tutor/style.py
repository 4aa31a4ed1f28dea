"""How lessons look: the style of the report's pieces and of exercises, light and dark, in a notebook and on a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from exkit.report.piece import stylesheet as report_stylesheet
from exkit.verdict import Verdict

WEB = Path(__file__).parent / "web"
DARK = (
    "--text:#e4e7eb;--muted:#a3acb8;--line:#3a4049;--paper:#16191e;--wash:#20252c;--accent:#8fc1ec;"
    "--on-accent:#10202e;--right:#5fd0a8;--wrong:#ffb08a"
)


@cache
def stylesheet() -> str:
    """All of it. Dark follows JupyterLab's theme where there is one, else what the reader's system asks for."""
    verdicts = "".join(
        f".exkit-tutor .v-{one.value}{{--verdict:{one.colour};--verdict-text:{one.text_colour}}}\n" for one in Verdict
    )
    roots = (".exkit", ".exkit-tutor")
    themed = ",".join(f'[data-jp-theme-light="false"] {root}' for root in roots)
    asked = ",".join(f"body:not([data-jp-theme-light]) {root}" for root in roots)
    own = (WEB / "exercise.css").read_text(encoding="utf-8")
    dark = f"{themed}{{{DARK}}}\n@media (prefers-color-scheme:dark){{{asked}{{{DARK}}}}}\n"
    page = "body.exkit pre:not(.file){white-space:pre-wrap;overflow-wrap:anywhere}\n"  # calls fold on a phone
    return verdicts + report_stylesheet() + own + dark + page
