"""The programs that lay a picture out: the system's `dot`, else graphviz-pure's, always with a time limit."""

from __future__ import annotations

import importlib.metadata
import logging
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)
TIME_LIMIT = 15.0  # seconds; 60 servers take 0.2
INSTALL = "install Graphviz (apt-get install graphviz) or graphviz-pure (pip install graphviz-pure)"


class DrawingError(RuntimeError):
    """No engine made the picture; the message says why, or what to install."""


@dataclass(frozen=True)
class Engine:
    """A program that reads DOT: `dot` or `graphviz-pure`, and where it is."""

    name: str
    command: str

    def draw(self, dot: str, form: str, time_limit: float = TIME_LIMIT) -> bytes:
        """The picture of some DOT text as `svg` or `png`.

        Raises DrawingError when the engine is slow, fails, or complains of an error; `dot` writes a picture even
        then, which is thrown away.
        """
        options = ["-Gdpi=144"] if form == "png" else []
        try:
            done = subprocess.run(
                [self.command, f"-T{form}", *options],
                input=dot.encode(),
                capture_output=True,
                timeout=time_limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DrawingError(f"{self.name} took longer than {time_limit:g} seconds") from None
        except OSError as error:
            raise DrawingError(f"{self.name} does not start: {error}") from None
        said = done.stderr.decode(errors="replace").strip()
        # Graphviz says "Warning: " before what did no harm; "Error: " and bare messages come with a broken picture.
        harm = [line for line in said.splitlines() if line.startswith(("Error", "trouble")) or "lost" in line]
        if done.returncode or harm or not done.stdout:
            raise DrawingError(
                f"{self.name} failed (status {done.returncode}): {(harm or [said or 'no output'])[0][:300]}"
            )
        if said:
            log.debug("%s: %s", self.name, said)
        return done.stdout


def engines() -> tuple[Engine, ...]:
    """All engines of this machine, the preferred one first: `dot`, then graphviz-pure."""
    dot = shutil.which("dot")
    pure = shutil.which("graphviz-pure") or _beside_python()
    found = [Engine("dot", dot)] if dot else []
    return (*found, Engine("graphviz-pure", pure)) if pure else tuple(found)


def engine() -> Engine | None:
    """The engine that pictures are drawn with; None when there is none (pictures are then plain tables)."""
    return next(iter(engines()), None)


def _beside_python() -> str | None:
    """graphviz-pure's command as its wheel installed it, as a virtual environment need not be on the PATH."""
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    places = [Path(str(file.locate())) for file in files if file.stem == "graphviz-pure"]
    return next((str(place.resolve()) for place in places if place.is_file()), None)
