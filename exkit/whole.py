"""Files that are there in full or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ASIDE = ".making-"  # begins the names of what is not whole yet; whoever clears up after a kill looks for it


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in full or not at all: what stood there before stays until then. Raises OSError."""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=ASIDE)
    except OSError as error:  # it would name a file that nobody asked for
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(beside, 0o666 & ~_umask())  # noqa: PTH101
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
