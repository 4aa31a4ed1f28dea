"""The journal of a workshop: a file that only grows, one line of JSON an action, on disk before anything is shown.

Each line carries the hash of the line before it, so what was changed by hand or written past the lock is found. A last
line that was cut off by a crash is no line: it was never shown to anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from exkit.workshop.edits import Refused
from exkit.workshop.session import RELATIVE, AnyAction, Foreseen, Session, action_of, follow

SUFFIX = ".workshop.jsonl"
LOCK_WAIT = 5.0  # seconds; an append takes milliseconds
BEGIN = "begin"  # what the first line names as the one before it


class JournalError(ValueError):
    """A journal that cannot be read or written; `str()` says file, line and what to do."""


@dataclass(frozen=True)
class Entry:
    """A whole line: what was done, when, by whom; its hash and the hash of the line before."""

    action: AnyAction
    when: str
    who: str
    parent: str
    hash: str


def hash_of(line: bytes) -> str:
    """What the next line names as its parent."""
    return hashlib.sha256(line).hexdigest()[:16]


def line_of(action: AnyAction, when: str, who: str, parent: str) -> bytes:
    """An action as a line of the journal, ASCII, with its line end."""
    plain = {"parent": parent, "at": when, "by": who, **action.model_dump(mode="json")}
    return json.dumps(plain).encode() + b"\n"


def entries(data: bytes, parent: str, name: str, number: int = 0) -> tuple[list[Entry], int]:
    """The whole lines in some bytes that follow a line of hash `parent`, and how many bytes they take.

    A last line that is not whole is left out. Raises JournalError for any other that cannot be read.
    """
    found, at = [], 0
    while (end := data.find(b"\n", at)) >= 0:
        line, last = data[at : end + 1], end + 1 == len(data)
        number += 1
        try:
            plain = json.loads(line)
            said, when, who = plain.pop("parent"), str(plain.pop("at")), str(plain.pop("by"))
            action = action_of(plain)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            if last:
                break
            raise JournalError(
                f"{name}:{number}: this line of the journal cannot be read ({error}). Nothing was changed. The lines "
                f"before it are whole: copy them to a new file ending in {SUFFIX} and open that."
            ) from None
        if said != parent:
            raise JournalError(
                f"{name}:{number}: this line does not follow the line before it: the journal was edited by hand or "
                f"written by two programs. Copy the lines before it to a new file ending in {SUFFIX} and open that."
            )
        parent = hash_of(line)
        found.append(Entry(action, when, who, said, parent))
        at = end + 1
    return found, at


class Journal:
    """The journal in a file and the session that it makes. Reading needs no lock; `append` takes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session: Session | None = None
        self.head = BEGIN
        self.count = 0
        self._read = 0  # bytes
        self.catch_up()

    def catch_up(self) -> bool:
        """Follow what others wrote meanwhile; whether there was anything. Raises JournalError."""
        try:
            size = self.path.stat().st_size
            if size < self._read:
                raise JournalError(f"{self.path}: the journal became shorter while the workshop was open: keep a copy")
            if size == self._read:
                return False
            with self.path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            if self._read:
                raise JournalError(f"{self.path}: the journal was deleted while the workshop was open") from None
            return False
        found, length = entries(data, self.head, str(self.path), self.count)
        for entry in found:
            self._take(entry)
        self._read += length
        return bool(found)

    def append(self, action: AnyAction, who: str, seen: str | None = None, foreseen: Foreseen | None = None) -> Session:
        """Do an action: on disk first, then in `session`. `seen` is the head that the person looked at.

        Raises Refused when it cannot be done, JournalError when the file cannot be written.
        """
        with self._locked():
            self.catch_up()
            if seen is not None and seen != self.head and isinstance(action, RELATIVE):
                raise Refused("somebody else changed this workshop meanwhile; it is shown now. Look, then do it again")
            when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            after = follow(self.session, action, when, who, foreseen)
            line = line_of(action, when, who, self.head)
            try:
                self._write(line)
            except OSError as error:
                reason = error.strerror or str(error)
                raise JournalError(f"{self.path}: cannot be written ({reason}): nothing was changed") from None
            self.session, self.head = after, hash_of(line)
            self.count += 1
            self._read += len(line)
        return after

    def _take(self, entry: Entry) -> None:
        try:
            self.session = follow(self.session, entry.action, entry.when, entry.who)
        except Refused as error:
            raise JournalError(
                f"{self.path}:{self.count + 1}: cannot be done again ({error}): was it written by another version?"
            ) from None
        self.head = entry.hash
        self.count += 1

    def _write(self, line: bytes) -> None:
        write_after(self.path, self._read, line)

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return locked(self.path)


def write_after(path: Path, length: int, line: bytes) -> None:
    """A line after the first `length` bytes of a file, whole and on the disk, or not at all; raises OSError.

    What a crash left behind after the last whole line goes.
    """
    new = not path.exists()
    with path.open("r+b" if not new else "xb") as file:
        if file.seek(0, os.SEEK_END) > length:
            file.truncate(length)
        file.seek(length)
        try:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(length)
            raise
    if new and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else writes a file meanwhile. Raises JournalError when somebody does."""
    try:
        lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_WAIT)
        lock.acquire()
    except Timeout:
        raise JournalError(f"{path}: another program keeps it locked: nothing was changed") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be written ({error.strerror}): nothing was changed") from None
    try:
        yield
    finally:
        lock.release()
