"""Compile every expression and message of a check as each control that uses it will, and tell what each reads.

What does not compile is noted at its place inside the check's file. A text that mentions something whose own
declaration is broken is left alone: that error is told where it stands.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pepperbird.bundle.sources import Part, Sources
from pepperbird.expression.lookup import ANY
from pepperbird.expression.lookup import Path as ReadPath
from pepperbird.expression.schema import field_at
from pepperbird.expression.scope import ExpressionError, Scope
from pepperbird.located.document import Path
from pepperbird.model.check import Check
from pepperbird.model.fields import FieldSpec
from pepperbird.model.policy import Parameter

DECLARED = frozenset({"asset", "agency"})
GIVEN = frozenset({*DECLARED, "params", "lists"})
"""Roots that are not facts: nothing has to be asked for them."""


@dataclass(frozen=True)
class Readings:
    """What a check reads, by place of the expression; row variables are spelt out as the path of their rows."""

    by_place: Mapping[Path, tuple[ReadPath, ...]]
    specs: Mapping[str, FieldSpec]

    def of(self, *places: Path) -> set[ReadPath]:
        return {read for place in places for read in self.by_place.get(place, ())}

    @property
    def all(self) -> set[ReadPath]:
        return self.of(*self.by_place)


@dataclass(frozen=True)
class _Job:
    place: Path
    text: str
    want: str
    rows: bool


class CheckCompiler:
    """Compiles checks in one Scope. `broken` has the names (`storage.mounts`) that no text must be held to."""

    def __init__(self, sources: Sources, scope: Scope, broken: set[str]) -> None:
        self.sources, self.scope = sources, scope
        self._broken = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in broken) or r"(?!)")

    def check(self, part: Part[Check], users: Mapping[str, Mapping[str, Parameter]]) -> Readings | None:
        """Compile for each control in `users` (id to its parameters). None where not everything compiled."""
        told: dict[tuple[Path, int, int, str], list[str]] = {}
        readings: Readings | None = None
        for control, parameters in users.items():
            found = self._one(part.value, parameters)
            for place, error in found.errors:
                told.setdefault((place, error.line, error.column, error.message), []).append(control)
            readings = readings or Readings(found.reads, self.scope.specs(parameters))
        for (place, line, column, message), controls in told.items():
            said = message if len(controls) == len(users) else f"{message} (as {', '.join(controls)} uses it)"
            where = ".".join(map(str, place))
            advice = self._advice(part, users[controls[0]], message)
            issue = part.document.issue_within(place, line, column, f"{where}: {said}{advice}")
            self.sources.issues.append(issue)
        return None if told else readings

    def _one(self, check: Check, parameters: Mapping[str, Parameter]) -> _Found:
        found = _Found([], {})
        rows: dict[str, str] = {}
        each = check.for_each
        if each is not None:
            specs = self.scope.specs(parameters)
            path = tuple(each.source.split("."))
            spec = field_at(specs, path)
            if ANY in path or spec is None or spec.type != "rows":
                if not self._broken.search(each.source):
                    message = f"{each.source!r} is not a list of rows among the facts"
                    found.errors.append((("for_each", "in"), ExpressionError(message, 1, 1)))
                return found
            if each.name in specs:
                message = f"{each.name!r} hides a variable of that name; choose another"
                found.errors.append((("for_each", "as"), ExpressionError(message, 1, 1)))
                return found
            rows = {each.name: each.source}
            found.reads[("for_each", "in")] = (path,)
        for job in jobs_of(check):
            if not self._broken.search(job.text):
                self._run(job, parameters, rows if job.rows else {}, found)
        return found

    def _run(self, job: _Job, parameters: Mapping[str, Parameter], rows: dict[str, str], found: _Found) -> None:
        compiled: Any
        try:
            if job.want == "template":
                compiled = self.scope.template(job.text, parameters=parameters, rows=rows)
            else:
                compiled = self.scope.compile(job.text, parameters=parameters, rows=rows, want=job.want)
        except ExpressionError as error:
            found.errors.append((job.place, error))
            return
        found.reads[job.place] = tuple(_spelt(read, rows) for read in compiled.reads)

    def _advice(self, part: Part[Check], parameters: Mapping[str, Parameter], message: str) -> str:
        """A near name where one is misspelt."""
        wrong = re.search(r"undefined field '([^']+)'|undeclared reference to '([^']+)'", message)
        if wrong is None:
            return "; correct it"
        near = difflib.get_close_matches(
            (wrong.group(1) or wrong.group(2)).split(".")[0 if wrong.group(2) else -1],
            sorted(self._near_names(part.value, parameters, message)),
            1,
        )
        return f"; did you mean {near[0]}?" if near else "; correct the name"

    def _near_names(self, check: Check, parameters: Mapping[str, Parameter], message: str) -> set[str]:
        """The names that could stand where `message` found an unknown one."""
        specs = dict(self.scope.specs(parameters))
        if check.for_each is not None:
            row = field_at(specs, tuple(check.for_each.source.split(".")))
            specs |= {check.for_each.name: row} if row is not None else {}
        struct = re.search(r"in struct '([^']+)'", message)
        if struct is None:
            return set(specs)
        spec = field_at(specs, tuple(struct.group(1).split(".")))
        return set(spec.fields) if spec is not None else set()


@dataclass
class _Found:
    errors: list[tuple[Path, ExpressionError]]
    reads: dict[Path, tuple[ReadPath, ...]]


def jobs_of(check: Check) -> Iterator[_Job]:
    """Every text of a check that is compiled, with what it must give and whether it may name the row."""
    if check.applies is not None:
        yield _Job(("applies",), check.applies, "bool", False)
    if check.sees is not None:
        yield _Job(("sees", "expect"), check.sees.expect, "bool", True)
        yield _Job(("sees", "message"), check.sees.message, "template", True)
    if check.for_each is not None:
        yield _Job(("for_each", "subject"), check.for_each.subject, "any", True)
        if check.for_each.where is not None:
            yield _Job(("for_each", "where"), check.for_each.where, "bool", True)
    if check.quota is not None:
        yield _Job(("quota", check.quota.field), check.quota.wanted, "int", False)
    yield _Job(("expect",), check.expect, "bool", True)
    yield _Job(("message",), check.message, "template", True)
    yield _Job(("expected",), check.expected, "template", True)


def _spelt(read: ReadPath, rows: Mapping[str, str]) -> ReadPath:
    source = rows.get(read[0])
    return read if source is None else (*source.split("."), ANY, *read[1:])


def facts_read(scope: Scope, check: Check, parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    """Every path that a check of good content reads, in dots, sorted."""
    found = CheckCompiler(Sources(), scope, set())._one(check, parameters)
    return tuple(sorted({".".join(read) for reads in found.reads.values() for read in reads}))
