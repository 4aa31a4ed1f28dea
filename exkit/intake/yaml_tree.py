"""YAML text to a tree of nodes that know their line: YAML 1.2 words, no tags, bounded depth and size.

libyaml's events are read one by one and nodes made of them here. PyYAML's own `compose` would recurse once a
nesting level and bring the process down on a file of 100,000 brackets before any bound could be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import JsonValue

from exkit.intake.problems import Problem, TopologyError, shown

DEEPEST = 30  # levels; a topology needs 6
MOST_NODES = 500_000  # after aliases are written out; 2,000 servers need about 100,000

# YAML 1.2 core: only these plain words are more than text. Numbers stay as written (no field of a topology counts
# anything, and `007`, `15.20` or `2010` are names, builds and versions); yes, no, on, off and dates are text as well.
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False} | dict.fromkeys(
    ["", "~", "null", "Null", "NULL"]
)
CORE = "tag:yaml.org,2002:"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Event = Any  # what the parser gives; its stubs know neither tag nor anchor

# Words of libyaml and of PyYAML's own parser, what they mean to a reader, and what to do.
SYNTAX = (
    ("undefined alias", "a name behind * refers to no anchor above it", "Put text that begins with * in quotes."),
    ("second occurrence", "an anchor (&) is defined twice", "Give each anchor a name of its own."),
    ("another document", "a second document begins here", "Keep one customer a file, and remove the line ---."),
    (
        "cannot start any token",
        "this character cannot begin a value",
        "Put text that begins with @, `, % or the like in quotes.",
    ),
    (
        "mapping values are not allowed",
        "a colon stands where none can be",
        "Put text that holds a colon in quotes, and check the indentation of this line and the one above.",
    ),
    ("could not find expected ':'", "the line above has no colon", "Write each line as key: value."),
    ("',' or ']'", "a list that begins with [ is not closed", "Add the missing comma or ]."),
    ("',' or '}'", "a mapping that begins with { is not closed", "Add the missing comma or }."),
    ("unexpected end of stream", "a quotation mark is not closed", 'Close it, or write a quotation mark as \\".'),
    ("unknown escape character", "a backslash stands before a letter that it does not go with", "Use single quotes."),
    ("'-' indicator", "this line does not go on the list above it", "Begin it with a dash, or indent it less."),
    ("expected <block end>", "this line does not fit the lines above it", "Check indentation and quotes."),
    ("expected key", "this line does not fit the lines above it", "Check indentation, dashes and quotes."),
    ("node content", "the file ends, or a value is missing, inside [ ] or { }", "Close the bracket."),
    ("incompatible YAML document", "this version of YAML is not read", "Remove the line that begins with %YAML."),
)


@dataclass(slots=True)
class Flaw:
    """Something that YAML allows and a topology does not; `key` is the key of the mapping, if it is about one."""

    line: int
    column: int
    key: str | None
    message: str
    found: str | None
    hint: str


@dataclass(slots=True)
class Node:
    """A value of the file. `size` and `height` count nodes and levels below, aliases written out."""

    line: int
    column: int
    value: str | bool | list[Node] | dict[str, Node] | None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)  # of a mapping: where each key stands
    flaws: list[Flaw] = field(default_factory=list)
    size: int = 1
    height: int = 0


def parse(text: str, file: str) -> Node:
    """The one document of a text. Raises TopologyError with one problem when the text is not YAML or out of bounds."""
    try:
        return _Builder(LOADER(text).get_event, file).document()
    except yaml.MarkedYAMLError as error:
        raise TopologyError([_syntax_problem(error, text, file)]) from None


def plain(node: Node) -> JsonValue:
    """The value of a node without its places; a key without a value holds None.

    >>> plain(parse("{a: [b, true], c: }", "-"))
    {'a': ['b', True], 'c': None}
    """
    if isinstance(node.value, dict):
        return {key: plain(inner) for key, inner in node.value.items()}
    return [plain(inner) for inner in node.value] if isinstance(node.value, list) else node.value


class _Builder:
    """One reading of one text: the parser's events in, nodes out."""

    def __init__(self, next_event: Callable[[], Event], file: str) -> None:
        self.next_event = next_event
        self.file = file
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node:
        self.next_event()  # the start of the stream
        event = self.next_event()
        if isinstance(event, yaml.StreamEndEvent):
            raise self.refusal(event, "the file is empty", "Begin with customer: NAME, or try exkit new.")
        root = self.node(self.next_event(), 0)
        self.next_event()  # the end of the document
        event = self.next_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise _stop("but found another document", event)
        return root

    def refusal(self, event: Event, message: str, hint: str) -> TopologyError:
        mark = event.start_mark
        return TopologyError([Problem(self.file, mark.line + 1, mark.column + 1, "", message, hint=hint)])

    def node(self, event: Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _stop("found undefined alias", event)
            made = self.anchors[event.anchor]
        else:
            made = self.new(event, depth)
        if depth + made.height > DEEPEST:
            raise self.refusal(event, f"nested deeper than {DEEPEST} levels", "Check brackets, dashes and aliases.")
        return made

    def new(self, event: Event, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.refusal(event, f"nested deeper than {DEEPEST} levels", "Check brackets, dashes and aliases.")
        mark = event.start_mark
        made = Node(mark.line + 1, mark.column + 1, None)
        if isinstance(event, yaml.ScalarEvent):
            _fill_scalar(made, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            made.value = []
            while not isinstance(child := self.next_event(), yaml.SequenceEndEvent):
                item = self.node(child, depth + 1)
                made.value.append(item)
                self.grow(made, item, child)
        else:
            made.value = {}
            while not isinstance(child := self.next_event(), yaml.MappingEndEvent):
                self.entry(made, made.value, child, depth)
        if not isinstance(event, yaml.ScalarEvent) and event.tag not in (None, "!", CORE + "seq", CORE + "map"):
            made.flaws.append(_tag_flaw(made, event))
        if event.anchor is not None:
            if event.anchor in self.anchors:
                raise _stop("second occurrence", event)
            self.anchors[event.anchor] = made
        return made

    def entry(self, made: Node, mapping: dict[str, Node], event: Event, depth: int) -> None:
        """Read one key and its value into a mapping."""
        name = self.node(event, depth + 1)
        value_event = self.next_event()
        value = self.node(value_event, depth + 1)
        self.grow(made, name, event)
        self.grow(made, value, value_event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if not isinstance(event, yaml.ScalarEvent):
            made.flaws.append(Flaw(line, column, None, "a key must be one word", None, "Write key: value."))
            return
        key = event.value
        if key == "<<":
            hint = "Write the fields out, or use an alias (*name) for a whole value."
            made.flaws.append(Flaw(line, column, key, "merge keys are not read", key, hint))
        elif key not in mapping:
            mapping[key], made.keys[key] = value, (line, column)
        else:
            hint = f"The first is on line {made.keys[key][0]}; keep one of them."
            made.flaws.append(Flaw(line, column, key, "this key stands twice", key, hint))
            first = mapping[key]
            if isinstance(first.value, list) and isinstance(value.value, list):
                # Both are read, so that names in the second list do not seem to be missing.
                both = [*first.value, *value.value]
                mapping[key] = Node(first.line, first.column, both, {}, [*first.flaws, *value.flaws])

    def grow(self, made: Node, child: Node, event: Event) -> None:
        made.size += child.size
        made.height = max(made.height, child.height + 1)
        if made.size > MOST_NODES:
            raise self.refusal(event, f"more than {MOST_NODES} values, aliases written out", "Remove aliases (*name).")


def _stop(said: str, event: Event) -> yaml.MarkedYAMLError:
    """A syntax error of our own, told like the parser's."""
    return yaml.MarkedYAMLError(None, None, said, event.start_mark)


def _fill_scalar(made: Node, event: Event) -> None:
    text, tag = event.value, event.tag
    made.value = text
    if tag is None:
        if event.implicit[0]:
            made.value = WORDS.get(text, text)
    elif tag == CORE + "null" or (tag == CORE + "bool" and isinstance(WORDS.get(text), bool)):
        made.value = WORDS.get(text)
    elif tag not in ("!", CORE + "str", CORE + "int", CORE + "float"):
        made.flaws.append(_tag_flaw(made, event))


def _tag_flaw(made: Node, event: Event) -> Flaw:
    tag = event.tag.replace(CORE, "!!")
    return Flaw(made.line, made.column, None, "tags are not read", shown(tag), "Write the value without the tag.")


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """The parser's error in plain words, at the place that it complains of."""
    said = f"{error.problem or ''} {error.context or ''}"
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    for number in range(min(line, len(lines) - 1), max(line - 3, -1), -1):
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        if "\t" in indent:
            message, hint = "a tab stands where the indentation must be spaces", "Indent with spaces."
            return Problem(file, number + 1, indent.index("\t") + 1, "", message, hint=hint)
    begun = error.context_mark
    for needle, message, hint in SYNTAX:
        if needle in said:
            if begun is not None and begun.line != line:
                message += f" (what it belongs to began on line {begun.line + 1})"
            return Problem(file, line + 1, column + 1, "", message, hint=hint)
    return Problem(file, line + 1, column + 1, "", f"is not YAML: {shown(said.strip())}", hint="Check this line.")
