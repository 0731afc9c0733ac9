"""A measured figure with its aim, and how to take one: mostly the best of several runs, as others share the machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """`least` is true where the value should be at least the aim (a rate), else it should be at most the aim."""

    name: str
    value: float
    unit: str
    aim: float
    least: bool = False
    detail: str = ""

    @property
    def missed(self) -> float:
        """How many times the aim was missed by; up to 1 it is met."""
        return self.aim / self.value if self.least else self.value / self.aim

    def __str__(self) -> str:
        words = "at least" if self.least else "at most"
        verdict = "met" if self.missed <= 1 else f"missed {self.missed:.2f} times"
        shown = f"{self.value:,.0f}" if self.value >= 1000 else f"{self.value:.3g}"
        return (
            f"{self.name:<46} {shown:>9} {self.unit:<10} aim {words} {self.aim:,g}: {verdict}. {self.detail}".rstrip()
        )


def best(measure: Callable[[], float], times: int = 5) -> float:
    """The smallest of several measurements."""
    return min(measure() for _ in range(times))


def usual(measure: Callable[[], float], times: int = 9) -> float:
    """The median of several measurements: where pauses within the process are a part of what is asked."""
    return median(measure() for _ in range(times))


def wall(action: Callable[[], object]) -> float:
    """Seconds on the clock."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def cpu(action: Callable[[], object]) -> float:
    """Seconds of this process's CPU."""
    started = time.process_time()
    action()
    return time.process_time() - started


def machine() -> str:
    """The machine that absolute figures were taken on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
