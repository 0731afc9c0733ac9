"""Hold what a drill or an exercise measured against the objectives: those of the standard, and those declared.

A figure that misses is a fail; a figure or an objective that is not there is unchecked, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pepperbird.evaluate.algebra import combine
from pepperbird.evaluate.outcome import Outcome
from pepperbird.model.attested import Attested, Measurement
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.policy import Control, Figure, Measured
from pepperbird.model.state import State, Tier
from pepperbird.model.text import clean

MINUTES: Final[Mapping[str, int]] = {"minutes": 1, "hours": 60, "days": 1440}
DECLARED: Final = ("service.rto", "service.rpo")
"""Objectives that the register declares, in minutes."""
_STRENGTH = list(Tier)


def judge_figures(
    control: Control, measured: Measured, record: Attested, asset: str, bindings: Mapping[str, Any]
) -> tuple[Outcome, ...]:
    """One outcome a row that was measured, and one a row that should be there and is not."""
    params, services = bindings["params"], {one["id"]: one for one in bindings["agency"].get("services", ())}
    rows = {one.of: one for one in record.measured}
    wanted = [asset] if measured.of == "store" else _wanted(measured, services) if measured.of == "service" else []
    outcomes = [_absent(name, measured) for name in wanted if name not in rows]
    for name, row in rows.items():
        if measured.of == "store" and name != asset:
            continue
        if measured.of == "service" and name not in services:
            message = f"{clean(name, 80)} is not a service of the register."
            outcomes.append(_unknown(name, message, "write the service's id as the register has it", ""))
            continue
        outcomes.append(_row(control, measured, row, params, services.get(name, {})))
    if not outcomes and not measured.may_be_none:
        what = {"service": "no service", "store": "not this store", "thing": "nothing"}[measured.of]
        outcomes.append(_unknown("", f"The record measured {what}.", "hand in a record with its figures", ""))
    return tuple(outcomes)


def _wanted(measured: Measured, services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if measured.cover == "any":
        return []
    if measured.cover == "all":
        return list(services)
    top = max((_STRENGTH.index(Tier(one["tier"])) for one in services.values()), default=0)
    return [name for name, one in services.items() if _STRENGTH.index(Tier(one["tier"])) == top]


def _row(
    control: Control, measured: Measured, row: Measurement, params: Mapping[str, Any], service: Mapping[str, Any]
) -> Outcome:
    choices = {row.figures.get(figure.id) for figure in measured.figures if figure.unit == "choice"}
    found = [
        answer
        for figure in measured.figures
        for answer in _figure(control, figure, row, params, service, spared=bool(choices & set(figure.not_for)))
    ]
    state = combine([one for one, _ in found]) if found else State.UNCHECKED
    telling = [text for one, text in found if one is state]
    message = clean("; ".join(telling), 600) + "."
    musts = ((figure.title, control.objective(figure, params)) for figure in measured.figures)
    expected = "; ".join(f"{title}: {must}" for title, must in musts if must)
    if state is State.UNCHECKED:
        return _unknown(row.of, message, "hand in a record with this figure, or declare the objective", expected)
    return Outcome(clean(row.of, 200), state, message, expected)


def _figure(
    control: Control, figure: Figure, row: Measurement, params: Mapping[str, Any], service: Mapping[str, Any],
    *, spared: bool,
) -> Iterator[tuple[State, str]]:  # fmt: skip
    value = row.figures.get(figure.id)
    if value is None:
        if figure.needed and not spared:
            yield State.UNCHECKED, f"“{figure.title}” was not measured"
        return
    if figure.unit == "choice":
        yield _choice(control, figure, value, params)
        return
    if isinstance(value, str) or value < 0:
        yield State.UNCHECKED, f"“{figure.title}” is no number"
        return
    shown = f"“{figure.title}” was {value} {figure.unit}"
    held = False
    for name in (*figure.at_most, *figure.at_least):
        limit = limit_of(control, figure, name, params, service)
        if limit is None:
            yield State.UNCHECKED, f"{shown}, and {name} is not declared to hold it against"
            continue
        held = True
        low = name in figure.at_least
        kept = value >= limit if low else value <= limit
        yield (
            State.PASS if kept else State.FAIL,
            f"{shown}; {'at least' if low else 'at most'} {limit} are {'asked' if low else 'allowed'} ({name})",
        )
    if not held and not (figure.at_most or figure.at_least):
        yield State.PASS, shown


def limit_of(
    control: Control, figure: Figure, name: str, params: Mapping[str, Any], service: Mapping[str, Any]
) -> int | None:
    """The limit `name` in the unit of the figure; None where it is not declared."""
    if name in DECLARED:
        found = service.get(name.removeprefix("service."))
        return found if isinstance(found, int) else None
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    unit = control.parameters[name].unit if name in control.parameters else figure.unit
    if figure.unit in MINUTES and unit in MINUTES:
        return value * MINUTES[unit] // MINUTES[figure.unit]
    return value


def _choice(control: Control, figure: Figure, value: int | str, params: Mapping[str, Any]) -> tuple[State, str]:
    name = figure.at_least[0]
    scale = control.parameters[name].scale if name in control.parameters else ()
    wanted = params.get(name)
    if value not in scale or wanted not in scale:
        return State.UNCHECKED, f"“{figure.title}”: {clean(str(value), 40)} is not one of {', '.join(scale)}"
    kept = scale.index(str(value)) >= scale.index(str(wanted))
    return State.PASS if kept else State.FAIL, f"“{figure.title}” was {value}; {wanted} or stronger is asked"


def _absent(name: str, measured: Measured) -> Outcome:
    return _unknown(name, f"The record has no figures for the {measured.of} {clean(name, 80)}.", "measure it too", "")


def _unknown(subject: str, message: str, remedy: str, expected: str) -> Outcome:
    return Outcome(
        clean(subject, 200), State.UNCHECKED, message, expected, Gap(GapReason.NO_ATTESTATION, message, remedy)
    )
