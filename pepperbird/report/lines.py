"""Lines for a terminal: at most 100 columns, filled up, cut and wrapped the same way everywhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

WIDTH = 100


def fit(text: str, width: int) -> str:
    """`text` at exactly this width; what is left out is marked."""
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def wrap(text: str, first: str = "", hang: int = 0) -> Iterator[str]:
    """`text` as lines that fit, the first after `first`, the others after `hang` spaces; at least one."""
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * hang, break_on_hyphens=False
    ) or [first]  # fmt: skip
