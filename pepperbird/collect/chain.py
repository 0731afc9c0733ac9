"""Chains: endpoints that are asked one after the other because they share a thin line. Mostly a chain has one alone.

What a line may still take is counted from what it has truly taken, not from what was expected of it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pepperbird.collect import words
from pepperbird.collect.interface import Lifeline
from pepperbird.model.gap import Gap
from pepperbird.model.plan import EndpointPlan
from pepperbird.plan.lines import fits


@dataclass(slots=True)
class Chain:
    """One worker at a time goes along it. `began` is the moment of `time.monotonic()` when the first was asked."""

    left: deque[EndpointPlan]
    began: float | None = None
    bytes: int = 0

    def no_room(self, endpoint: EndpointPlan) -> Gap | None:
        """The Gap of an endpoint for which too little of its line is left. The first one asked starts the clock."""
        if endpoint.line is None:
            return None
        moment = time.monotonic()
        self.began = moment if self.began is None else self.began
        seconds = int(moment - self.began)
        return None if fits(endpoint, seconds, self.bytes) else words.does_not_fit(endpoint, seconds, self.bytes)

    def used(self, lifeline: Lifeline) -> None:
        """An endpoint is done: what its connections carried is gone from the line."""
        self.bytes += sum(lifeline.carried())


def chains(endpoints: Sequence[EndpointPlan]) -> list[Chain]:
    """Every endpoint in its chain, in the order given; those without a line each in one of their own."""
    found: list[Chain] = []
    lines: dict[str, Chain] = {}
    for endpoint in endpoints:
        chain = lines.get(endpoint.line.id) if endpoint.line is not None else None
        if chain is None:
            chain = Chain(deque())
            found.append(chain)
            if endpoint.line is not None:
                lines[endpoint.line.id] = chain
        chain.left.append(endpoint)
    return found
