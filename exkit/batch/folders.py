"""Where reports go: names, work that stands aside until it is whole, and the lock of the folder."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from exkit.whole import ASIDE

OWN = ("report.html", "report.ipynb", "report.pdf", "report.xlsx", "report.docx", "topology.svg", "error.ipynb")


def names(files: Sequence[Path]) -> dict[Path, str]:
    """Each file's folder. ValueError for two that would share one, also where only the case of letters differs."""
    takers: dict[str, list[Path]] = defaultdict(list)
    for file in dict.fromkeys(files):
        takers[safe_stem(file).casefold()].append(file)
    shared = [group for group in takers.values() if len(group) > 1]
    if shared:
        told = "; ".join(" and ".join(str(file) for file in group) for group in shared)
        raise ValueError(f"reports are named by file stem, and these would share one: {told}. Rename all but one")
    return {file: safe_stem(file) for file in dict.fromkeys(files)}


def safe_stem(file: Path) -> str:
    """A file's stem as the name of a folder, on every system.

    >>> safe_stem(Path("customers/contoso.yaml")), safe_stem(Path("a<b>:c.yaml")), safe_stem(Path("con.yaml"))
    ('contoso', 'a_b__c', '_con')
    """
    stem = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]', "_", file.stem).strip(" .")[:100] or "_"
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", stem)
    return f"_{stem}" if reserved else stem


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """The folder of reports for one run at a time; what a killed run left aside is cleared away.

    Raises ValueError when another run holds it, OSError when nothing can be written there.
    """
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / ".lock")
    try:
        with lock.acquire(timeout=0):
            for left in out.glob(f"{ASIDE}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except Timeout:
        raise ValueError(f"another run is writing to {out}: wait for it, or name another folder with --out") from None


@contextlib.contextmanager
def aside(out: Path, name: str) -> Iterator[Path]:
    """A folder beside the final one, gone in the end."""
    with tempfile.TemporaryDirectory(prefix=f"{ASIDE}{name[:40]}-", dir=out, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def place(stage: Path, folder: Path, last: str) -> None:
    """Put all files of `stage` in place, each whole or not at all; `last` seals them. A report's files that are not
    made any more go; files of others are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / last).unlink(missing_ok=True)  # from here until the end the folder is known to be unfinished
    made = sorted(path.relative_to(stage) for path in stage.rglob("*") if path.is_file())
    for name in OWN:
        if Path(name) not in made:
            (folder / name).unlink(missing_ok=True)
    if any(path.parts[0] == "input" for path in made):
        shutil.rmtree(folder / "input", ignore_errors=True)
    for path in sorted(made, key=lambda path: path.name == last):
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        (stage / path).replace(target)


def redact_key(out: Path) -> str:
    """The secret behind invented names, made at the first use: whoever holds it can try names against them."""
    file = out / ".redact-key"
    out.mkdir(parents=True, exist_ok=True)
    with (
        contextlib.suppress(FileExistsError),
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream,
    ):
        stream.write(secrets.token_hex(16))
    return file.read_text(encoding="ascii")


def write_all(folder: Path, contents: Mapping[str, str]) -> None:
    """Texts as files of a stage."""
    for name, text in contents.items():
        (folder / name).write_bytes(text.encode("utf-8", "replace"))
