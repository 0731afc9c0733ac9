"""Read one strict YAML 1.2 document into plain values that remember where they stood.

Duplicate keys, anchors, aliases, tags, several documents and non-text keys are errors; `no`, `yes`, `on`, `off` are
text; only `true` and `false` are truth values, only decimal digits are numbers. All problems of a file are reported at
once. Nothing here opens a file: text or bytes come in, values go out.

Places are worked out when somebody asks for the first one (nobody does while all is well): reading costs one pass over
the events of libyaml, and a file with a problem costs a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pepperbird.errors import Issue
from pepperbird.located.events import MAX_DEPTH, Builder, Path, Place

__all__ = ["MAX_DEPTH", "Document", "Path", "Place", "parse", "parse_bytes"]


@dataclass
class Document:
    """Values of one file; `issues` is empty when the file is well formed.

    `data` holds what could be read even when there are issues, so that one problem does not hide the next; it is None
    when the text is not YAML at all.
    """

    file: str
    data: Any = None
    issues: list[Issue] = field(default_factory=list)
    text: str = field(default="", repr=False)
    _places: Builder | None = field(default=None, repr=False, compare=False)

    @property
    def positions(self) -> dict[Path, tuple[int, int]]:
        """(line, column) of the value at each path."""
        return {path: (place.line, place.column) for path, place in self._located().values.items()}

    def has(self, path: Path) -> bool:
        """True where the file says something at `path`."""
        return path in self._located().values

    def at(self, path: Path) -> Any:
        """The value at `path`, None where there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def issue(self, path: Path, message: str, *, at_key: bool = False) -> Issue:
        """An Issue at `path` (`at_key`: at its key), or at the nearest enclosing place that is known."""
        places = self._located()
        while True:
            place = (places.keys.get(path) if at_key else None) or places.values.get(path)
            if place is not None:
                return Issue(self.file, place.line, place.column, message)
            if not path:
                return Issue(self.file, 1, 1, message)
            path, at_key = path[:-1], False

    def issue_within(self, path: Path, line: int, column: int, message: str) -> Issue:
        """An Issue at (line, column), both from 1, of the text that is the value at `path`.

        Exact for plain, quoted and literal (`|`) text on the lines it stands on; a folded text gives its first line.
        """
        place = self._located().values.get(path)
        if place is None:
            return self.issue(path, message)
        if place.style in ("|", ">"):
            rows = self.text.split("\n")
            row = place.line + (line if place.style == "|" else 1)
            shown = rows[row - 1] if row <= len(rows) else ""
            indent = len(shown) - len(shown.lstrip(" "))
            return Issue(self.file, row, indent + (column if place.style == "|" else 1), message)
        if line > 1:
            return Issue(self.file, place.line, place.column, message)
        quote = 1 if place.style else 0
        return Issue(self.file, place.line, place.column + quote + column - 1, message)

    def _located(self) -> Builder:
        if self._places is None:
            self._places = Builder(self.text, self.file, locate=True)
            self._places.build()
        return self._places


def parse(text: str, file: str) -> Document:
    """Parse `text`; problems land in `.issues` with `file` as their name, never as exceptions."""
    builder = Builder(text, file)
    data = builder.build()
    return Document(file, data, builder.issues, text)


def parse_bytes(raw: bytes, file: str) -> Document:
    """Parse bytes that should be UTF-8; the first byte that is not gives its line and column."""
    try:
        return parse(raw.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return Document(file, None, [Issue(file, line, column, message)])
