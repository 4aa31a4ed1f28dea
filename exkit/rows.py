"""What the rows of all tables have in common: how sure a fact is, ids, sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Confidence = Literal["documented", "secondary", "recalled"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
Ids = Annotated[tuple[str, ...], Field(min_length=1)]


class Row(BaseModel):
    """A row of a table: frozen, no unknown columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")
