"""Text from outside made fit to show: bounded, on one line, and with nothing in it that acts instead of being read.

Whoever prints still escapes for the format (HTML, JSON, a terminal's markup); this takes away what escaping leaves in:
terminal escapes, NUL, line breaks, right-to-left overrides, characters of no width, half surrogates, towers of marks.
"""

from __future__ import annotations

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MAX_MARKS = 4
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str, limit: int = 500) -> str:
    """The same text with every invisible or acting character shown as an escape (`\\x1b`, `\\u202e`).

    Never longer than `limit` characters; what is left out is marked by a final `…`. Plain text comes back unchanged,
    so `clean(x) == x` tells whether `x` is safe to paste.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    length = marks = 0
    for character in text[: limit + 1]:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        shown = _visible(character, marks)
        length += len(shown)
        parts.append(shown)
        if length > limit:
            break
    if length <= limit:
        return "".join(parts)
    return "".join(parts)[: max(limit - 1, 0)] + "…"[:limit]


def _visible(character: str, marks: int) -> str:
    if unicodedata.category(character) not in _INVISIBLE and marks <= _MAX_MARKS:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
