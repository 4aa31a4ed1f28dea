"""What the topology's models expect at a place of a file, and where that place is."""

from __future__ import annotations

import types
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from exkit.intake.yaml_tree import Node
from exkit.topology import Topology

Loc = tuple[int | str, ...]  # a place as pydantic says it: ("servers", 0, "zone")


def shape(annotation: Any) -> tuple[bool, Any]:
    """Whether an annotation of the models is a list, and what stands in it: a model, an enum, a literal, a type.

    >>> shape(tuple[str, ...] | None), shape(bool | None)
    ((True, <class 'str'>), (False, <class 'bool'>))
    """
    if get_origin(annotation) is Annotated:
        return shape(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return shape(next(part for part in get_args(annotation) if part is not type(None)))
    if get_origin(annotation) is tuple:
        return True, shape(get_args(annotation)[0])[1]
    return False, annotation


@cache
def fields_of(model: type[BaseModel]) -> dict[str, tuple[bool, Any]]:
    """The keys that a file may write for a model, with the shape of each."""
    return {field.alias or name: shape(field.annotation) for name, field in model.model_fields.items()}


def is_model(kind: Any) -> bool:
    """Whether a mapping is meant."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def kind_at(loc: Loc) -> Any:
    """What is meant at a place, or in the list at that place."""
    kind: Any = Topology
    for part in loc:
        if isinstance(part, str):
            kind = fields_of(kind)[part][1] if is_model(kind) and part in fields_of(kind) else None
    return kind


def words_of(kind: Any) -> tuple[str, ...]:
    """The words that a pick-list allows; none for what is no pick-list."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(word.value for word in kind)
    return get_args(kind) if get_origin(kind) is Literal else ()


def name_of(node: Node) -> str | None:
    """The `name` that a mapping gives itself."""
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return name.value if name and isinstance(name.value, str) else None


def _steps(loc: Loc, root: Node) -> list[Node]:
    """The nodes along a place, from the root, as far as they are written."""
    nodes = [root]
    for part in loc:
        inside = nodes[-1].value
        found: Node | None = None
        if isinstance(part, str):
            found = inside.get(part) if isinstance(inside, dict) else None
        elif isinstance(inside, list) and part < len(inside):
            found = inside[part]
        if found is None:
            break
        nodes.append(found)
    return nodes


def field_path(loc: Loc, root: Node) -> str:
    """A place as people say it: `servers.CAS1.zone`, by name where the items have names and by number where not."""
    nodes = _steps(loc, root)[1:]
    names = [name_of(nodes[at]) if isinstance(part, int) and at < len(nodes) else None for at, part in enumerate(loc)]
    return ".".join(name or str(part) for name, part in zip(names, loc, strict=True))


def place_of(loc: Loc, root: Node) -> tuple[int, int]:
    """Line and column of a value, or of what stands around it when it is not written."""
    node = _steps(loc, root)[-1]
    return node.line, node.column


def key_place(loc: Loc, root: Node) -> tuple[int, int]:
    """Line and column of a key."""
    around = _steps(loc[:-1], root)[-1]
    return around.keys.get(str(loc[-1]), (around.line, around.column))
