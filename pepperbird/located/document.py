"""Read one strict YAML 1.2 document into plain values, remembering where each value stood.

Duplicate keys, anchors, aliases, tags, several documents and non-text keys are errors; `no`, `yes`, `on`, `off` are
text; only `true` and `false` are truth values. All problems of a file are reported at once.
Nothing here opens a file: text comes in, values go out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from pepperbird.errors import Issue

Path = tuple[str | int, ...]
MAX_DEPTH = 40

_INT = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"^[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?$")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_YAML11 = frozenset({"yes", "no", "on", "off", "y", "n"})


@dataclass
class Document:
    """Values of one file and the position of each of them; `issues` is empty when the file is well formed.

    `positions[path]` is (line, column) of the value at that path, `keys[path]` that of its key.
    """

    file: str
    data: Any = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def issue(self, path: Path, message: str, *, at_key: bool = False) -> Issue:
        """An Issue at `path`, or at the nearest enclosing place that is known."""
        while True:
            place = self.keys.get(path) if at_key and path in self.keys else self.positions.get(path)
            if place is not None:
                return Issue(self.file, *place, message)
            if not path:
                return Issue(self.file, 1, 1, message)
            path, at_key = path[:-1], False


def parse(text: str, file: str) -> Document:
    """Parse `text`; problems land in `.issues` with `file` as their name, never as exceptions."""
    document = Document(file)
    try:
        loader = yaml.CSafeLoader(text)
        try:
            _refuse_events(text, document)
            node = loader.get_single_node() if not document.issues else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        document.issues.append(Issue(file, line, column, f"not readable as YAML: {error.problem or error.context}"))
        return document
    except (yaml.YAMLError, RecursionError) as error:
        document.issues.append(Issue(file, 1, 1, f"not readable as YAML: {type(error).__name__}; use plain UTF-8 text"))
        return document
    if node is not None:
        document.data = _value(node, (), document)
    elif not document.issues:
        document.issues.append(Issue(file, 1, 1, "the file is empty; write the document or remove the file"))
    return document


def _refuse_events(text: str, document: Document) -> None:
    documents = depth = 0
    event: Any
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                document.issues.append(Issue(document.file, line, column, "a second document; keep one per file"))
        if isinstance(event, yaml.AliasEvent):
            document.issues.append(Issue(document.file, line, column, "an alias (*); write the value out"))
        elif getattr(event, "anchor", None):
            document.issues.append(Issue(document.file, line, column, "an anchor (&); write the value out"))
        if getattr(event, "tag", None):
            document.issues.append(Issue(document.file, line, column, f"a tag ({event.tag}); remove it"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            document.issues.append(Issue(document.file, line, column, f"nested deeper than {MAX_DEPTH}; flatten it"))
            return


def _value(node: Any, path: Path, document: Document) -> Any:
    document.positions[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, i), document) for i, child in enumerate(node.value)]
    return _scalar(node.value, plain=node.style is None)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.issues.append(Issue(document.file, line, column, "a key must be text"))
            continue
        key = _scalar(key_node.value, plain=key_node.style is None)
        if key is None or isinstance(key, bool | float):
            key = key_node.value
        here = (*path, key)
        if key in result:
            first = document.keys[here][0]
            document.issues.append(
                Issue(document.file, line, column, f"duplicate key {key!r}, first on line {first}; keep one")
            )
            continue
        document.keys[here] = (line, column)
        result[key] = _value(value_node, here, document)
    return result


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text) if len(text) < 400 else text
    if _FLOAT.match(text):
        return float(text)
    return text


def was_yaml11_boolean(value: object) -> bool:
    """True for text such as `no` or `on`, which YAML 1.1 would have turned into a truth value."""
    return isinstance(value, str) and value.lower() in _YAML11
