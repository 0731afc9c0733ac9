"""A letter written down: as Markdown, or as plain text that is fit to print with a typewriter's letters."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pepperbird.report.letter import Block

WIDTH: Final = 78
_MARKS: Final = re.compile(r"([\\*_\[\]<>#|~])")


def as_text(blocks: Iterable[Block]) -> str:
    """Plain UTF-8 text of at most 78 columns, but for commands, which are never broken."""
    return "\n\n".join("\n".join(_plain(block)) for block in blocks) + "\n"


def as_markdown(blocks: Iterable[Block]) -> str:
    """CommonMark. Nothing in the register's names acts as a mark."""
    return "\n\n".join("\n".join(_marked(block)) for block in blocks) + "\n"


FORMATS: Final[dict[str, Callable[[Iterable[Block]], str]]] = {"text": as_text, "md": as_markdown}


def _plain(block: Block) -> list[str]:
    text = block.lines[0]
    match block.form:
        case "title":
            return ["", text.upper(), "=" * len(text)]
        case "heading":
            return ["", text, "-" * len(text)]
        case "subheading":
            return [text]
        case "paragraph":
            return _wrap(text)
        case "list":
            return [line for item in block.lines for line in _wrap(item, "  * ", "    ")]
        case "code":
            return [f"    {line}".rstrip() for line in block.lines]
        case "fields":
            return _fields(block.lines)


def _fields(lines: Sequence[str]) -> list[str]:
    """`Name: value` in two columns; a line to write on has room above it."""
    names = [line.partition(": ")[0] for line in lines if ": " in line]
    width = min(max((len(name) for name in names), default=0), 30) + 2
    found = []
    for line in lines:
        name, mark, value = line.partition(": ")
        if value.startswith("___"):
            found.append("")
        found += _wrap(value, f"{name + ':':<{width}}", " " * width) if mark else [line]
    return found


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def _marked(block: Block) -> list[str]:
    match block.form:
        case "title":
            return [f"# {_safe(block.lines[0])}"]
        case "heading":
            return [f"## {_safe(block.lines[0])}"]
        case "subheading":
            return [f"### {_safe(block.lines[0])}"]
        case "paragraph":
            return [_safe(block.lines[0])]
        case "list":
            return [f"- {_safe(item)}" for item in block.lines]
        case "code":
            fence = "`" * max(3, 1 + max(len(run) for line in block.lines for run in ["", *re.findall("`+", line)]))
            return [fence, *block.lines, fence]
        case "fields":
            return [f"{_safe(line)}  " for line in block.lines]


def _safe(text: str) -> str:
    """Marks escaped but inside backticks, where they do not act."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _MARKS.sub(r"\\\1", text).replace("`", "\\`")
    return "`".join(part if place % 2 else _MARKS.sub(r"\\\1", part) for place, part in enumerate(parts))
