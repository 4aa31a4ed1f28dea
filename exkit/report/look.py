"""A house's own look for reports: logo, colours and extra sections, from a folder. No code runs from it.

    look.yaml        company: Example Consulting      optional; the line above the title
                     accent: "#1f5582"                optional; links and rules, on white at least 4.5:1
                     footer: Confidential             optional; the last line of the report
    logo.svg         or logo.png, logo.jpg            optional; shown at the top, at most 1 MB
    sections/*.md    Markdown, in the order of names  optional; before-... follow the answer, others come last

`{customer}` and `{as_of}` in a section become what they name. HTML in a section is shown as text.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

KEYS = ("company", "accent", "footer")
LOGOS = {"logo.svg": "image/svg+xml", "logo.png": "image/png", "logo.jpg": "image/jpeg"}
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Look:
    """What a house adds to a report."""

    company: str = ""
    accent: str = ""
    footer: str = ""
    logo: bytes = b""
    logo_type: str = ""
    before: tuple[str, ...] = ()  # Markdown, after the answer
    last: tuple[str, ...] = ()

    @property
    def logo_address(self) -> str:
        """The logo as an address that loads nothing; scripts in an SVG do not run there."""
        return f"data:{self.logo_type};base64,{base64.b64encode(self.logo).decode()}" if self.logo else ""

    def sections(self, customer: str, as_of: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The Markdown of the extra sections, with what their placeholders name: after the answer, and last."""

        def filled(text: str) -> str:
            escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~])", r"\\\1", customer)
            return text.replace("{customer}", escaped).replace("{as_of}", as_of)

        return tuple(map(filled, self.before)), tuple(map(filled, self.last))


def read_look(folder: Path) -> Look:
    """Read such a folder. ValueError says what in it is wrong; a folder without any of it is wrong too."""
    if not folder.is_dir():
        raise ValueError(f"--template: {folder} is no folder")
    settings = _settings(folder / "look.yaml")
    logo = next((folder / name for name in LOGOS if (folder / name).is_file()), None)
    if logo is not None and logo.stat().st_size > MOST_BYTES:
        raise ValueError(f"--template: {logo} has more than {MOST_BYTES // 1_000_000} MB")
    sections = sorted((folder / "sections").glob("*.md"))
    if not settings and logo is None and not sections:
        raise ValueError(f"--template: {folder} holds neither look.yaml nor a logo nor sections/*.md")
    texts = {path.name: _text(path) for path in sections}
    return Look(
        **settings,
        logo=logo.read_bytes() if logo else b"",
        logo_type=LOGOS[logo.name] if logo else "",
        before=tuple(text for name, text in texts.items() if name.startswith("before-")),
        last=tuple(text for name, text in texts.items() if not name.startswith("before-")),
    )


def _settings(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        found: Any = yaml.safe_load(_text(file))
    except yaml.YAMLError as error:
        raise ValueError(f"--template: {file} is no YAML: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"--template: {file} must hold lines such as  company: Example Consulting")
    if unknown := sorted(set(found) - set(KEYS)):
        raise ValueError(f"--template: {file} has {', '.join(unknown)}; it may have {', '.join(KEYS)}")
    accent = found.get("accent", "")
    if accent and not re.fullmatch("#[0-9a-fA-F]{6}", accent):
        raise ValueError(f'--template: {file}: accent is {accent!r}; write it like "#1f5582"')
    if accent and (ratio := contrast_on_white(accent)) < 4.5:
        raise ValueError(
            f"--template: {file}: accent {accent} is too pale to read on white ({ratio:.1f}:1, at least 4.5:1)"
        )
    return {key: str(value) for key, value in found.items()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"--template: {file} is not UTF-8") from None


def contrast_on_white(colour: str) -> float:
    """The contrast of a colour on white, as WCAG counts it.

    >>> round(contrast_on_white("#000000")), round(contrast_on_white("#ffffff"))
    (21, 1)
    """
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)
