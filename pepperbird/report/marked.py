"""Text as Markdown that shows it and does nothing else: no markup, no link, no mention, no cell of its own.

Words of our own are escaped. Words from outside go into a code span, inside which Markdown and the sites that show it
(GitHub and its like turn bare addresses and @names into links) change nothing.
"""

from __future__ import annotations

import re

from pepperbird.model.text import clean

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,()%'-]*[A-Za-z0-9)%])?")
_ACTS = re.compile(r"[\\`*_\[\]<>|~&#!$:]|^[-+=]|^\d+(?=[.)])")
_LINKS = re.compile(r"@|://|www\.", re.IGNORECASE)


def ours(text: str) -> str:
    """Words of the content or of pepperbird, on one line, every sign that could be markup escaped.

    A word that could become a link, address or mention goes into a code span, as no escaping prevents that.
    """
    return " ".join(cell(theirs(word)) if _LINKS.search(word) else _ACTS.sub(_escape, word) for word in text.split())


def theirs(text: str, limit: int = 1000) -> str:
    """Words from a target, a file or the register: as they are where they are plain words, else in a code span."""
    line = clean(text, limit)
    if not line.strip() or (_PLAIN.fullmatch(line) and not line.lower().startswith("www")):
        return line.strip()
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if {line[0], line[-1]} & {"`", " "} else ""
    return f"{fence}{space}{line}{space}{fence}"


def cell(span: str) -> str:
    """What `theirs` made as one cell of a table: its bars would end the cell, so they are escaped.

    A backslash before such a bar is doubled, as who reads tables looks at backslashes before code spans.
    """
    return re.sub(r"(\\*)\|", lambda found: found[1] * 2 + "\\|", span)


def _escape(found: re.Match[str]) -> str:
    return found[0] + "\\" if found[0].isdigit() else "\\" + found[0]
