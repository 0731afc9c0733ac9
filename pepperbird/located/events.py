"""From the events of libyaml to plain values: the strict rules of YAML 1.2, and places where they are wanted."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from pepperbird.errors import Issue

Path = tuple[str | int, ...]
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMERIC = frozenset("+-0123456789")
_HIDDEN = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LIMIT = 2**63


class Place(NamedTuple):
    """Where a value starts, both from 1; `style` is '' for plain text, else its quote or block mark."""

    line: int
    column: int
    style: str = ""


class _TooDeepError(Exception):
    """Stops the reading; the issue is already noted."""


class Builder:
    """Builds the value of one text in one pass. `issues` holds all that is wrong; `values` and `keys` where things are.

    Places are only kept with `locate=True`.
    """

    def __init__(self, text: str, file: str, *, locate: bool = False) -> None:
        self.issues: list[Issue] = []
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self._text, self._file, self._locate = text, file, locate
        self._next: Any = None

    def build(self) -> Any:
        """The document's value; None where there is none, and then `issues` says why."""
        hidden = _HIDDEN.search(self._text.removeprefix("\ufeff"))
        if hidden is not None:
            self._note_hidden(hidden)
            return None
        loader = yaml.CSafeLoader(self._text)
        self._next = loader.get_event
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
            problem = error.problem or error.context
            self.issues.append(Issue(self._file, line, column, f"not readable as YAML: {problem}; correct the line"))
        except (yaml.YAMLError, _TooDeepError) as error:
            if not self.issues:
                self.issues.append(Issue(self._file, 1, 1, f"not readable as YAML: {type(error).__name__}"))
        finally:
            loader.dispose()
        return None

    def _document(self) -> Any:
        self._next()  # the start of the stream
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self.issues.append(Issue(self._file, 1, 1, "the file is empty; write the document or remove the file"))
            return None
        value = self._value(self._next(), (), 0)
        self._next()  # the end of the document
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._note(event, "a second document; keep one per file")
        if value is None and not self.issues:
            self.issues.append(Issue(self._file, 1, 1, "the file is empty; write the document or remove the file"))
        return value

    def _value(self, event: Any, path: Path, depth: int) -> Any:
        if self._locate:
            mark = event.start_mark
            self.values[path] = Place(mark.line + 1, mark.column + 1, getattr(event, "style", None) or "")
        kind = type(event)
        if kind is yaml.AliasEvent:
            self._note(event, f"an alias (*{event.anchor}); write the value out")
            return None
        if event.anchor is not None:
            self._note(event, f"an anchor (&{event.anchor}); remove it and write values out")
        if event.tag is not None:
            self._note(event, f"a tag ({event.tag}); remove it")
        if kind is yaml.ScalarEvent:
            return event.value if event.style else self._plain(event)
        if depth >= MAX_DEPTH:
            self._note(event, f"nested deeper than {MAX_DEPTH}; flatten it")
            raise _TooDeepError
        if kind is yaml.SequenceStartEvent:
            return self._sequence(path, depth + 1)
        return self._mapping(path, depth + 1)

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, (*path, len(items)) if self._locate else path, depth))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._key(event, depth)
            here = (*path, key) if self._locate else path
            if key in lines:
                self._note(event, f"duplicate key {key!r}, first on line {lines[key]}; keep one")
                here = (*path, key, f"again on line {event.start_mark.line + 1}")
            elif self._locate:
                self.keys[here] = Place(event.start_mark.line + 1, event.start_mark.column + 1)
            lines.setdefault(key, event.start_mark.line + 1)
            value = self._value(self._next(), here, depth)
            result.setdefault(key, value)
        return result

    def _key(self, event: Any, depth: int) -> str | int:
        if type(event) is not yaml.ScalarEvent:
            self._note(event, "a key must be text; put it in quotes or use a list")
            self._value(event, ("(key)",), depth)
            return f"(key on line {event.start_mark.line + 1}, column {event.start_mark.column + 1})"
        if event.anchor is not None or event.tag is not None:
            self._note(event, "an anchor or a tag on a key; remove it")
        key = event.value if event.style else self._plain(event)
        return key if type(key) in (str, int) else str(event.value)

    def _plain(self, event: Any) -> Any:
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _NUMERIC:
            return text
        if _INT.fullmatch(text):
            if len(text) > 20 or not -_LIMIT <= int(text) < _LIMIT:
                self._note(event, "a whole number beyond 64 bits; put it in quotes if it is text")
                return text
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _note(self, event: Any, message: str) -> None:
        self.issues.append(Issue(self._file, event.start_mark.line + 1, event.start_mark.column + 1, message))

    def _note_hidden(self, found: re.Match[str]) -> None:
        before = self._text[: found.start()]
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        message = f"the character U+{ord(found.group()):04X} cannot be seen and may mislead a reader; remove it"
        self.issues.append(Issue(self._file, line, column, message))
