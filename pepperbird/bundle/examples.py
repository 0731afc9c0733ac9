"""Rules of the examples in a check: complete for what it reads, of the types the facts have, and of every outcome.

Only reads them; running them is `evaluate.examples`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pepperbird.bundle.compiling import Readings
from pepperbird.bundle.sources import Part, Sources
from pepperbird.bundle.values import is_time, misfits, parameter_problem
from pepperbird.expression.lookup import missing
from pepperbird.located.document import Path
from pepperbird.model.check import Check, Example
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.policy import Parameter
from pepperbird.model.state import State

GAP_KEY = "$gap"
_GIVES = frozenset({State.PASS, State.FAIL, State.ERROR, State.NOT_APPLICABLE, State.UNREACHABLE, State.UNCHECKED})


def check_examples(
    sources: Sources,
    part: Part[Check],
    readings: Readings,
    parameters: Mapping[str, Parameter],
    lists: Mapping[str, Any],
    broken: Collection[str],
) -> None:
    """Note what is wrong with the examples of a check.

    `lists` are those of the content, which an example may replace; `broken` names what cannot be held against it.
    """
    names: set[str] = set()
    for example in part.value.examples:
        path = _path(part, example)
        if example.name in names:
            sources.say(part, (*path, "name"), f"{example.name!r} stands twice; give each example its own name")
        names.add(example.name)
        _Example(sources, part, readings, example, path).check(parameters, lists, broken)
    if part.whole:
        _outcomes(sources, part)


def states_of(example: Example) -> set[State]:
    """The states that an example expects."""
    return set(example.then.values()) if isinstance(example.then, dict) else {example.then}


def wanted_states(check: Check) -> tuple[State, ...]:
    """The states that the examples of a check must cover."""
    wanted = [State.PASS, State.FAIL, State.ERROR]
    empty = check.for_each is not None and check.for_each.on_empty is State.NOT_APPLICABLE
    if check.applies is not None or empty:
        wanted.append(State.NOT_APPLICABLE)
    return tuple(wanted)


def _outcomes(sources: Sources, part: Part[Check]) -> None:
    have = {state for example in part.value.examples for state in states_of(example)}
    lacking = [str(state) for state in wanted_states(part.value) if state not in have]
    if lacking:
        text = f"examples: none gives {', '.join(lacking)}; add one of each, so that every outcome is proved"
        sources.say(part, ("examples",), text)


def _path(part: Part[Check], example: Example) -> Path:
    raw = part.document.at(("examples",))
    for index, one in enumerate(raw if isinstance(raw, list) else ()):
        if isinstance(one, dict) and one.get("name") == example.name and one.get("given") == example.given:
            return ("examples", index)
    return ("examples",)


class _Example:
    def __init__(self, sources: Sources, part: Part[Check], readings: Readings, example: Example, path: Path) -> None:
        self.sources, self.part, self.readings, self.example, self.path = sources, part, readings, example, path

    def check(self, parameters: Mapping[str, Parameter], lists: Mapping[str, Any], broken: Collection[str]) -> None:
        self._then()
        if not is_time(self.example.at):
            self._say(("at",), f"at: {self.example.at!r} is not a time; write it as 2026-11-23T12:00:00Z")
        if "params" not in broken:
            self._params(parameters, broken)
        if self._fits(broken):
            self._complete(lists)

    def _then(self) -> None:
        if isinstance(self.example.then, dict) and (self.part.value.for_each is None or not self.example.then):
            self._say(("then",), "then: a map of subjects belongs to a check with `for_each`; write one state")
        odd = sorted(str(state) for state in states_of(self.example) - _GIVES)
        if odd:
            self._say(("then",), f"then: no check gives {', '.join(odd)}; write what the check itself gives")

    def _params(self, parameters: Mapping[str, Parameter], broken: Collection[str]) -> None:
        given = self.example.params
        for name, value in given.items():
            known = parameters.get(name)
            if f"params.{name}" in broken:
                continue
            if known is None:
                text = f"params: there is no parameter `{name}`; there are {', '.join(parameters) or 'none'}"
                self._say(("params", name), text, at_key=True)
            elif problem := parameter_problem(known, value):
                self._say(("params", name), f"params.{name}: {problem}")
        if not states_of(self.example) & {State.PASS, State.FAIL}:
            return  # a Gap decides before any parameter is looked at
        lacking = sorted({read[1] for read in self._reads() if read[0] == "params" and read[1] not in given})
        if lacking:
            self._say((), f"params: {', '.join(lacking)} is read but not given; add it")

    def _fits(self, broken: Collection[str]) -> bool:
        before = len(self.sources.issues)
        for name, value in self.example.given.items():
            spec = self.readings.specs.get(name)
            if spec is None or name == "params":
                hint = "write it under `params`" if name == "params" else "correct its spelling"
                self._say(("given", name), f"given: nothing is read as `{name}`; {hint}", at_key=True)
                continue
            for path, problem in bad_gaps(value):
                self._say(("given", name, *path), problem)
            if any(one.split(".")[0] in (name, *value) for one in broken):
                continue
            for path, problem, at_key in misfits(spec, with_gaps(value)):
                where = ".".join(map(str, (name, *path)))
                self._say(("given", name, *path), f"given {where}: {problem}", at_key=at_key)
        return len(self.sources.issues) == before

    def _complete(self, lists: Mapping[str, Any]) -> None:
        values = {"lists": lists, **{name: with_gaps(value) for name, value in self.example.given.items()}}
        lacking = [
            ".".join(read)
            for read in sorted(self._reads())
            if read[0] != "params" and missing((read,), values, self.readings.specs) is not None
        ]
        if lacking:
            text = f"{', '.join(lacking)} is read but not given; add it, or write {{$gap: denied}}"
            self._say(("given",), text)

    def _reads(self) -> set[tuple[str, ...]]:
        """What this example must give: all that is looked up on the way to its state, and what its message shows."""
        check, places = self.part.value, set(self.readings.by_place)
        states = states_of(self.example)
        if states == {State.NOT_APPLICABLE} and check.applies is not None:
            return self.readings.of(("applies",))
        if State.FAIL not in states and self.example.message is None:
            places -= {("message",), ("expected",)}
        return self.readings.of(*(places - {("sees", "message")}))

    def _say(self, path: Path, message: str, *, at_key: bool = False) -> None:
        said = f"example {self.example.name!r}: {message}"
        self.sources.say(self.part, (*self.path, *path), said, at_key=at_key)


def with_gaps(value: Any) -> Any:
    """`{$gap: denied}` anywhere becomes a Gap."""
    if isinstance(value, dict):
        if GAP_KEY in value:
            return Gap(GapReason.DENIED, "given by an example")
        return {key: with_gaps(inner) for key, inner in value.items()}
    return [with_gaps(inner) for inner in value] if isinstance(value, list) else value


def bad_gaps(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each `$gap` that is not a known reason, or that has company."""
    if isinstance(value, dict):
        if GAP_KEY in value:
            if value[GAP_KEY] not in list(GapReason) or len(value) > 1:
                reasons = ", ".join(GapReason)
                yield path, f"write {{$gap: reason}} alone, the reason one of {reasons}"
            return
        for key, inner in value.items():
            yield from bad_gaps(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from bad_gaps(inner, (*path, index))
