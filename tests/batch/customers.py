"""Customers for tests of batches: small files, and notebooks that misbehave for one of them."""

from __future__ import annotations

from pathlib import Path

SMALL = """\
customer: {name}
as_of: 2010-06-01
zones: [{{name: dmz, kind: perimeter}}, {{name: lan, kind: internal}}]
ad_sites: [{{name: HQ}}]
servers:
  - {{name: CAS1, version: "2010", roles: [ClientAccess], zone: {zone}, site: HQ, domain_joined: true}}
  - {{name: MBX1, version: "2010", roles: [Mailbox, HubTransport], zone: lan, site: HQ, domain_joined: true}}
"""


def small(folder: Path, *names: str, zone: str = "lan") -> list[Path]:
    """A file for each name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}.yaml" for name in names]
    for file in files:
        file.write_text(SMALL.format(name=file.stem.capitalize(), zone=zone), encoding="utf-8")
    return files


# Misbehaves for the customer called bad only, and shows something for the others.
MISBEHAVES = "import os, sys, time, signal\nbad = 'bad' in topology_file"


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
