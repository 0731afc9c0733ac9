"""Add entries to the lists of an agency's YAML file without touching what somebody wrote there, comments included.

The new text is read back: where it does not hold exactly the old values and the new ones, nothing is changed and the
caller is told to add the entries by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from pepperbird.inventory.templates import scalar
from pepperbird.located.document import parse

Rows = Sequence[Mapping[str, Any]]


class CannotExtendError(Exception):
    """The file is written in a way that cannot be extended safely."""


def extend(text: str, additions: Mapping[str, Rows]) -> str:
    """`text` with the rows of each list appended. Raises CannotExtendError and never gives a damaged file."""
    expected = dict(parse(text, "").data)
    new = text
    for section, rows in additions.items():
        if rows:
            expected[section] = [*(expected.get(section) or []), *map(dict, rows)]
            new = _add(new, section, rows)
    check = parse(new, "")
    if check.issues or check.data != expected:
        raise CannotExtendError
    return new


def block(rows: Rows, indent: int) -> str:
    """The rows as block YAML, one entry after the other, values on one line each."""
    lines: list[str] = []
    for row in rows:
        lead = "- "
        for key, value in row.items():
            lines.append(f"{' ' * indent}{lead}{key}: {flow(value)}\n")
            lead = "  "
    return "".join(lines)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def _add(text: str, section: str, rows: Rows) -> str:
    root = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style or root.start_mark.column:
        raise CannotExtendError
    node = next((value for key, value in root.value if key.value == section), None)
    if node is None:
        return f"{text}{'' if text.endswith(chr(10)) else chr(10)}\n{section}:\n{block(rows, 2)}"
    if not isinstance(node, yaml.SequenceNode):
        raise CannotExtendError
    if not node.value:
        return _after_line(_cut(text, node), node.end_mark.line, block(rows, 2))
    if node.flow_style:
        line, column = _end(node.value[-1])
        return _insert(text, line, column, "".join(f", {flow(row)}" for row in rows))
    return _after_line(text, _last_line(node), block(rows, node.start_mark.column))


def _end(node: Any) -> tuple[int, int]:
    return node.end_mark.line, node.end_mark.column


def _last_line(node: Any) -> int:
    """The line, from 0, on which the text of a node ends; libyaml itself puts the end of a block at what follows it."""
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        empty = isinstance(value, yaml.ScalarNode) and not value.value and value.style is None
        return _last_line(key if empty else value)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        line: int = node.end_mark.line
        return line - 1 if node.end_mark.column == 0 else line
    last: int = node.end_mark.line
    return last


def _cut(text: str, node: Any) -> str:
    lines = text.split("\n")
    if node.start_mark.line != node.end_mark.line:
        raise CannotExtendError
    line = lines[node.start_mark.line]
    lines[node.start_mark.line] = line[: node.start_mark.column].rstrip() + line[node.end_mark.column :]
    return "\n".join(lines)


def _after_line(text: str, line: int, added: str) -> str:
    lines = text.split("\n")
    ending = "\r" if lines[line].endswith("\r") else ""
    lines[line + 1 : line + 1] = [f"{new}{ending}" for new in added.removesuffix("\n").split("\n")]
    return "\n".join(lines)


def _insert(text: str, line: int, column: int, added: str) -> str:
    lines = text.split("\n")
    lines[line] = lines[line][:column] + added + lines[line][column:]
    return "\n".join(lines)
