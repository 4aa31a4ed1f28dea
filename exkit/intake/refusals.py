"""What is wrong with the values of a file, in our own words; nothing of pydantic's own text gets out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from exkit.intake.problems import Problem, nearest, shown
from exkit.intake.shapes import Loc, field_path, fields_of, is_model, key_place, kind_at, name_of, place_of, words_of
from exkit.intake.yaml_tree import Node
from exkit.references import MOST_PROBLEMS, name_problems
from exkit.topology import SHORT_ROLES, SPOKEN_KINDS, Role, Topology, port_range

Plain = str | bool | list["Plain"] | dict[str, "Plain"] | None

NAMES_ONLY = {"name_twice", "name_kept", "dangling", "same_zone"}
UNREAD = "\0"  # begins the name of an item whose own name could not be read; no name of a file can begin so
SINGULAR = {"roles": "role", "protocols": "protocol"}
TRUTH = dict.fromkeys(("true", "yes", "on", "y", "1"), "true") | dict.fromkeys(
    ("false", "no", "off", "n", "0"), "false"
)
DEFINED_UNDER = {"zone": "zones", "AD site": "ad_sites", "forest": "forests", "server": "servers"}
MAPPINGS = {
    "zones": "{name: lan, kind: internal}",
    "allow": "{from: EDGE1, to: HUB1, ports: [25/tcp]}",
    "mail_flow": "{path: [internet, EDGE1, HUB1]}",
    "waivers": "{finding: ..., because: ...}",
    "host_firewall": "{enabled: true} or {enabled: false}",
    "hybrid": "none, or {topology: classic}",
}


def problems_of(error: ValidationError, plain: dict[str, Plain], root: Node, file: str) -> Iterator[Problem]:
    """All that is wrong with the values of a file: the fields, and the names as far as they could be read."""
    details = error.errors(include_url=False)
    if any(detail["type"] not in NAMES_ONLY for detail in details):
        # Pydantic checks names only when every field is good; the reader shall hear of all errors at once.
        names = list(islice(name_problems(_salvaged(Topology, plain)), MOST_PROBLEMS))
        details += ValidationError.from_exception_data("Topology", names).errors(include_url=False) if names else []
    misspelt = {_meant(detail["loc"], root) for detail in details if detail["type"] == "extra_forbidden"}
    for detail in details:
        used = [detail["input"], *detail.get("ctx", {}).get("allowed", ())]
        unread = any(isinstance(name, str) and name.startswith(UNREAD) for name in used)
        if not unread and not (detail["type"] == "missing" and detail["loc"] in misspelt):
            yield _problem(detail, root, file)


def _salvaged(model: type[BaseModel], written: dict[str, Plain]) -> Any:
    """What could be read of a mapping, unchecked; a misspelt key is read as what it most likely means."""
    fields = fields_of(model)
    values: dict[str, Any] = {
        field.alias or name: None for name, field in model.model_fields.items() if field.is_required()
    }
    for key, value in written.items():
        meant = key if key in fields else nearest(key, [name for name in fields if name not in written])
        if meant is not None:
            many, kind = fields[meant]
            values[meant] = _salvaged_list(kind, value) if many else _salvaged_value(kind, value)
    if "name" in fields and not isinstance(values.get("name"), str):
        values["name"] = f"{UNREAD}{id(written)}"
    return model.model_construct(**values)


def _salvaged_list(kind: Any, value: Plain) -> tuple[Any, ...]:
    if isinstance(value, list):
        return tuple(UNREAD if item is None else item for item in (_salvaged_value(kind, one) for one in value))
    return (_salvaged(kind, {}),) if is_model(kind) and "name" in fields_of(kind) else ()


def _salvaged_value(kind: Any, value: Plain) -> Any:
    if is_model(kind):
        return _salvaged(kind, value if isinstance(value, dict) else {})
    return value if isinstance(value, str) else None


def _meant(loc: Loc, root: Node) -> Loc | None:
    """The place that a misspelt key most likely means."""
    model = kind_at(loc[:-1])
    word = nearest(str(loc[-1]), list(fields_of(model))) if is_model(model) else None
    return (*loc[:-1], word) if word else None


def _spoken(value: object) -> str | None:
    """What was found, in a word or two."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else shown(str(value))


def _problem(detail: ErrorDetails, root: Node, file: str) -> Problem:
    """One of pydantic's errors, or of the topology's own, as a problem."""
    loc, kind, found = detail["loc"], detail["type"], detail["input"]
    key = next((part for part in reversed(loc) if isinstance(part, str)), "")
    line, column = place_of(loc, root)
    message, said = "is not what is meant here", _spoken(found)
    allowed: tuple[str, ...] = ()
    hint: str | None = None
    match kind:
        case "missing":
            said, allowed = None, words_of(kind_at(loc))
            message, hint = "is missing", f"Add {key}: ... here."
        case "extra_forbidden":
            line, column = key_place(loc, root)
            said, allowed = shown(key), tuple(fields_of(kind_at(loc[:-1])))
            message, hint = "unknown key", nearest(key, allowed)
        case "enum" | "literal_error":
            message, allowed = f"unknown {SINGULAR.get(key, key)}", words_of(kind_at(loc))
            hint = _nearest_word(found, allowed)
        case "tuple_type":
            message, hint = "a list is meant", _list_hint(found, key)
        case "model_type" | "model_attributes_type":
            message = "an entry is empty" if found is None else "a mapping is meant"
            hint = f"Write {MAPPINGS.get(key, '{name: ..., and its other fields}')}."
        case "string_type":
            message, hint = "a word or text is meant", _text_hint(found, said)
        case "bool_type":
            message, allowed = "a truth value is meant", ("true", "false")
            hint = TRUTH.get(str(found).lower())
            hint = f"Write {hint}, without quotes." if hint == found else hint
        case "too_short":
            empty = not isinstance(found, list)
            message, hint = ("is empty", f"Write a {key}.") if empty else ("two at least are meant", None)
            said = shown(", ".join(map(str, found))) if isinstance(found, list) else None
        case "day":
            message, hint = "is no day", "Write it as 2010-03-31 (year-month-day)."
        case "control":
            message, hint = "holds a control character", "Remove it; line ends and tabs may stay."
        case "port":
            message, allowed = "is no port", ("25/tcp", "1024-65535/udp", "icmp", "any")
            hint = _port_hint(str(found))
        case "dangling":
            what = detail["msg"].removeprefix("refers to no ").removesuffix(" of this file")
            allowed = tuple(detail["ctx"]["allowed"])
            message = f"no such {what}"
            hint = nearest(str(found), allowed) or f"Define it under {DEFINED_UNDER.get(what, 'servers or zones')}."
        case "name_twice":
            message, hint = _twice(detail, root), "Give each a name of its own."
        case "same_zone":
            message, allowed = "stands between a zone and itself", tuple(detail["ctx"]["allowed"])
            hint = "Name two different zones."
        case "name_kept":
            message, hint = "is a word with a meaning of its own", "Choose another name."
    return Problem(file, line, column, field_path(loc, root), message, said, allowed, hint)


def _nearest_word(found: object, allowed: tuple[str, ...]) -> str | None:
    """The word of a pick-list that was most likely meant; short role names are known too, and false for off."""
    if isinstance(found, bool):
        return next((word for word in ("off", "none") if word in allowed and not found), None)
    spoken = SPOKEN_KINDS.get(str(found).lower())
    if spoken in allowed:
        return str(spoken)
    short = {name: role.value for name, role in SHORT_ROLES.items()} if Role.MAILBOX.value in allowed else {}
    word = nearest(str(found), [*allowed, *short])
    return short.get(word, word) if word else None


def _list_hint(found: object, key: str) -> str:
    if key == "allow":
        return "Write any, or a list of lines {from: ..., to: ..., ports: [25/tcp]}, or [] when nothing may pass."
    if isinstance(found, str) and not is_model(kind_at((key,))):
        return f"Write [{shown(', '.join(found.replace(';', ',').replace(',', ' ').split()))}]."
    return "Begin each entry with a dash."


def _text_hint(found: object, said: str | None) -> str:
    if isinstance(found, bool):
        return f'Put it in quotes if it is a name: "{said}".'
    if found is None:
        return "Write a name, or remove the empty entry."
    return "Write one name only." if isinstance(found, list) else "Write a name only, without keys below it."


def _port_hint(found: str) -> str:
    """What was most likely meant: `443` is 443/tcp, `UDP 53` is 53/udp."""
    number = re.search(r"\d{1,5}(?:-\d{1,5})?", found)
    guess = f"{number[0]}/{'udp' if 'udp' in found.lower() else 'tcp'}" if number else ""
    try:
        port_range(guess)
    except ValueError:
        return "Write a number from 0 to 65535 and tcp or udp, such as 25/tcp."
    return f"Write {guess}."


def _twice(detail: ErrorDetails, root: Node) -> str:
    """Which two lines define one name."""
    section, name = str(detail["loc"][0]), detail["input"]
    other = section if detail["msg"] == "is defined twice" else "zones"
    around = root.value.get(other) if isinstance(root.value, dict) else None
    items = around.value if around and isinstance(around.value, list) else []
    first = next((item for item in items if name_of(item) == name), None)
    line = place_of(detail["loc"], root)[0]
    told = "is defined twice" if other == section else "names a zone and a server"
    return f"{told}, on lines {first.line} and {line}" if first else told
