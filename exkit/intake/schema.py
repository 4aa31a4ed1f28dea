"""The JSON Schema of the topology file, for editors that complete and check as one types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from exkit.topology import BARE_PROTOCOLS, PORTS, SHORT_ROLES, Topology

Schema = dict[str, Any]  # JSON Schema is JSON of any shape


def json_schema(products: Iterable[str] = ()) -> Schema:
    """JSON Schema (draft 2020-12) of the topology file, by the models, with all that the reader takes besides.

    Short role names, versions as numbers, `allow: any`, `hybrid: none`, keys left empty. `products` are ids that
    editors offer for publishing rules; other words stay valid. Names are checked by the reader alone.

    >>> json_schema(["tmg-2010"])["$defs"]["Publishing"]["properties"]["product"]["examples"]
    ['tmg-2010']
    """
    schema: Schema = _loosened(Topology.model_json_schema(by_alias=True))
    definitions = schema["$defs"]
    for model in (schema, *definitions.values()):
        for key, field in model.get("properties", {}).items():
            if key not in model.get("required", ()) and {"type": "null"} not in field.get("anyOf", ()):
                model["properties"][key] = _either({"type": "null"}, field)
    definitions["Role"]["enum"] += list(SHORT_ROLES)
    versions = definitions["Version"]
    versions["enum"] += [int(version) for version in versions["enum"] if version.isdecimal()]
    del versions["type"]
    firewall = definitions["Firewall"]["properties"]
    firewall["allow"] = _either({"const": "any"}, firewall["allow"])
    definitions["AllowLine"]["properties"]["ports"]["items"] = {"type": "string", "pattern": _ports_pattern()}
    schema["properties"]["hybrid"] = _either({"const": "none"}, schema["properties"]["hybrid"])
    if offered := sorted(products):
        definitions["Publishing"]["properties"]["product"]["examples"] = offered
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _loosened(part: Any) -> Any:
    """Pydantic's schema without generated titles and empty defaults (missing means not known); text may be a number."""
    if isinstance(part, list):
        return [_loosened(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {
        key: _loosened(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value in (None, []))
    }
    if made.get("type") == "string" and not {"enum", "const", "format"} & made.keys():
        made["type"] = ["string", "number"]  # an unquoted 2010 or 007 is text as well
    return made


def _either(first: Schema, second: Schema) -> Schema:
    """What allows one thing more than `second` does."""
    if second.keys() == {"anyOf"}:
        return {"anyOf": [first, *second["anyOf"]]}
    return {"anyOf": [first, second]}


def _ports_pattern() -> str:
    """The ports as the topology reads them, in the regular expressions of JSON Schema, which know no named groups."""
    return f"^(?:{'|'.join(BARE_PROTOCOLS)}|{re.sub(r'[?]P<[a-z]+>', '?:', PORTS.pattern)})$"
