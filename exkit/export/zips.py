"""Office files are zip archives that hold the time of their making; equal content is to give equal files."""

from __future__ import annotations

import io
import re
import zipfile

LONG_AGO = (1980, 1, 1, 0, 0, 0)


def same_bytes(archive: bytes) -> bytes:
    """The archive with every member's time set to the first that zip knows, and no time of saving in its properties."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "docProps/core.xml":
                created = re.search(rb"<dcterms:created[^>]*>([^<]*)<", data)
                if created:
                    data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*<", rb"\g<1>" + created[1] + b"<", data)
            info = zipfile.ZipInfo(member.filename, LONG_AGO)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, member.external_attr
            new.writestr(info, data)
    return written.getvalue()
