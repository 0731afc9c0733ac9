"""What an import wants to add to the register, each value with the place that it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pepperbird.errors import Issue
from pepperbird.inventory.raw import said
from pepperbird.located.document import Document, Path


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in an imported file: line (or row) and column, 0 where it has none; `label` names it for people."""

    file: str
    line: int = 0
    column: int = 0
    label: str = ""

    def issue(self, message: str) -> Issue:
        return Issue(self.file, self.line, self.column, f"{self.label}: {message}" if self.label else message)


@dataclass(slots=True)
class Item:
    """One thing to add to the list `section` of an agency. `origins` maps paths inside `row` to where they stood."""

    section: str
    row: dict[str, Any]
    origin: Origin
    origins: dict[Path, Origin] = field(default_factory=dict)

    @property
    def name(self) -> tuple[str, str]:
        return self.section, self.row["id"]


@dataclass(slots=True)
class Additions:
    """What is to be added to one agency; `name` and `tier` are for an agency that the site does not have yet."""

    agency: str
    origin: Origin
    things: dict[tuple[str, str], Item] = field(default_factory=dict)
    """What is added, by section and id."""
    name: str = ""
    tier: str = ""
    origins: dict[Path, Origin] = field(default_factory=dict)
    """Places of `id`, `name` and `tier`."""

    @property
    def items(self) -> list[Item]:
        return list(self.things.values())


@dataclass
class Merged(Document):
    """An agency's file with additions laid into its values: what comes from an import is located there."""

    base: Document | None = None
    origins: Mapping[Path, Origin] = field(default_factory=dict)

    def issue(self, path: Path, message: str, *, at_key: bool = False) -> Issue:
        """An Issue at the imported value, else at its place in the agency's own file."""
        for length in range(len(path), -1, -1):
            origin = self.origins.get(path[:length])
            if origin is not None:
                return origin.issue(message.removeprefix(f"{said(path)}: "))
        if self.base is not None:
            return self.base.issue(path, message, at_key=at_key)
        return Issue(self.file, 0, 0, message)
