"""Typed messages: prose with expressions in braces. A message that cannot be rendered never changes a state.

`{sshd.permit_root_login}` is compiled like any expression; `{{` and `}}` are literal braces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pepperbird.expression.compiled import Compiled, Failed
from pepperbird.expression.lookup import Path
from pepperbird.model.gap import Gap
from pepperbird.model.text import clean

MAX_LENGTH = 1000
MAX_LISTED = 20
NOT_SEEN = "(not seen)"


def split(text: str) -> list[tuple[str, int | None]]:
    """Parts of a template: (literal, None) or (expression, its offset in the text). Raises ValueError."""
    parts: list[tuple[str, int | None]] = []
    literal, i = "", 0
    while i < len(text):
        if text[i : i + 2] in ("{{", "}}"):
            literal, i = literal + text[i], i + 2
        elif text[i] == "}":
            raise ValueError(f"a closing brace without its opening one at column {i + 1}; write }}}} for a literal one")
        elif text[i] == "{":
            end = _end(text, i + 1)
            parts += [(literal, None), (text[i + 1 : end], i + 1)]
            literal, i = "", end + 1
        else:
            literal, i = literal + text[i], i + 1
    return [part for part in [*parts, (literal, None)] if part != ("", None)]


def _end(text: str, start: int) -> int:
    quote, depth = "", 0
    for i in range(start, len(text)):
        char = text[i]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return i
            depth -= 1
    raise ValueError(f"an opening brace without its closing one at column {start}; write {{{{ for a literal one")


class CompiledTemplate:
    """A message ready to be rendered; `reads` are the paths of all its expressions."""

    __slots__ = ("_parts", "reads", "text")

    def __init__(self, text: str, parts: Sequence[str | Compiled]) -> None:
        self.text = text
        self._parts = tuple(parts)
        self.reads = tuple(sorted({read for part in parts if isinstance(part, Compiled) for read in part.reads}))

    def render(self, bindings: Mapping[str, Any], gaps: Sequence[tuple[Path, Gap]] | None = None) -> str:
        """Text of at most 1000 characters, cleaned of what could act on a terminal. Never raises."""
        shown = (part if isinstance(part, str) else readable(part.evaluate(bindings, gaps)) for part in self._parts)
        return clean("".join(shown), MAX_LENGTH)


def readable(value: Any) -> str:
    """A value as people read it: yes and no, lists with commas, numbers with at most one decimal."""
    if isinstance(value, Gap | Failed):
        return NOT_SEEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    if isinstance(value, list):
        more = f" and {len(value) - MAX_LISTED} more" if len(value) > MAX_LISTED else ""
        return (", ".join(readable(one) for one in value[:MAX_LISTED]) or "none") + more
    return clean(str(value), 300)
