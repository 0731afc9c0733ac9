"""Thin lines: which endpoint lies behind which, and how one is asked that does."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pepperbird.model.plan import EndpointPlan, Line, Selection
from pepperbird.model.site import Access, Agency, Link

OF_THE_CALL: Final = "of this call"
"""What the one line is called that `--slow` puts all machines behind."""
_OVER_A_NETWORK: Final = ("ssh", "sql")
_PATIENCE: Final = 4
"""A line that is full answers so many times later than others."""


def line_of(agency: Agency, access: Access, selection: Selection) -> Line | None:
    """The thin line that `access` goes over; None where it goes over none."""
    if access.via not in _OVER_A_NETWORK:
        return None
    if selection.slow is not None:
        return _line(OF_THE_CALL, Link(id="slow", kbits=selection.slow))
    link = next((one for one in agency.links if one.id == access.link), None)
    return _line(f"{agency.id}/{link.id}", link) if link is not None else None


def _line(name: str, link: Link) -> Line:
    return Line(name, link.kbits, link.minutes * 60, link.megabytes * 1_000_000 if link.megabytes else None)


def thinned(endpoint: EndpointPlan, line: Line) -> EndpointPlan:
    """`endpoint` as it is asked over `line`: compressed, with patience. Its deadline grows once its cost is known."""
    access = endpoint.access.model_copy(update={"compress": True})
    return replace(endpoint, access=access, line=line, connect_timeout=endpoint.connect_timeout * _PATIENCE)


def fits(endpoint: EndpointPlan, seconds: int, used: int) -> bool:
    """Whether what is left of its line, after so many seconds and bytes of this scan, is enough for what it costs."""
    line, cost = endpoint.line, endpoint.cost
    if line is None or cost is None:
        return True
    room = line.bytes is None or used + cost.sent + cost.received <= line.bytes
    return room and seconds + cost.seconds <= line.seconds
