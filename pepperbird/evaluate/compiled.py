"""Checks made ready: every expression of a check compiled against the parameters of the control that uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pepperbird.expression.compiled import Compiled
from pepperbird.expression.joined import JOINED
from pepperbird.expression.scope import Scope
from pepperbird.expression.template import CompiledTemplate
from pepperbird.model.catalog import Catalog
from pepperbird.model.check import Check
from pepperbird.model.collector import Collector
from pepperbird.model.policy import Clause, Parameter


@dataclass(frozen=True, slots=True)
class Rows:
    """A compiled `for_each`: `path` leads to the rows, `roots` are the variables that only exist once per row."""

    name: str
    path: tuple[str, ...]
    where: Compiled | None
    subject: Compiled


@dataclass(frozen=True, slots=True)
class Ready:
    """A check ready to be evaluated many times. `source` names the probes whose output it reads."""

    check: Check
    expect: Compiled
    message: CompiledTemplate
    expected: CompiledTemplate
    applies: Compiled | None
    sees: Compiled | None
    sees_message: CompiledTemplate | None
    rows: Rows | None
    quota: Compiled | None
    source: str


class Compiler:
    """Compiles checks and `when` clauses of one catalog once each."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.scope = Scope.of(catalog.collectors, catalog.list_files)
        self._ready: dict[tuple[str, str], Ready] = {}

    def check(self, check_id: str, control_id: str) -> Ready:
        """The check as this control uses it. Raises ExpressionError for content that was never linted."""
        key = (check_id, control_id)
        if key not in self._ready:
            parameters = self.catalog.controls[control_id].parameters
            self._ready[key] = make_ready(
                self.scope, self.catalog.checks[check_id], parameters, self.catalog.collectors
            )
        return self._ready[key]

    def when(self, clause: Clause) -> Compiled | None:
        """The selection of a clause, over declared values only."""
        return None if clause.when is None else self.scope.compile(clause.when, parameters={}, want="bool")


def make_ready(
    scope: Scope, check: Check, parameters: Mapping[str, Parameter], collectors: Mapping[str, Collector]
) -> Ready:
    """Compile every expression of `check`. Raises ExpressionError."""
    each = check.for_each
    names = {each.name: each.source} if each else None
    expect = scope.compile(check.expect, parameters=parameters, rows=names, want="bool")
    rows = None
    if each is not None:
        rows = Rows(
            name=each.name,
            path=tuple(each.source.split(".")),
            where=scope.compile(each.where, parameters=parameters, rows=names, want="bool") if each.where else None,
            subject=scope.compile(each.subject, parameters=parameters, rows=names, want="any"),
        )
    sees, applies, quota = check.sees, check.applies, check.quota
    reads = {tuple(each.source.split("."))} if each else set()
    reads |= set(expect.reads)
    return Ready(
        check=check,
        expect=expect,
        message=scope.template(check.message, parameters=parameters, rows=names),
        expected=scope.template(check.expected, parameters=parameters, rows=names),
        applies=scope.compile(applies, parameters=parameters, want="bool") if applies else None,
        sees=scope.compile(sees.expect, parameters=parameters, rows=names, want="bool") if sees else None,
        sees_message=scope.template(sees.message, parameters=parameters, rows=names) if sees else None,
        rows=rows,
        quota=scope.compile(quota.wanted, parameters=parameters, want="int") if quota else None,
        source=", ".join(sorted(_probes(reads, collectors))),
    )


def _probes(reads: set[tuple[str, ...]], collectors: Mapping[str, Collector]) -> set[str]:
    """The probes behind the facts that are read: `sshd.effective`; a connection's facts give the collector's id."""
    found: set[str] = set()
    for read in reads:
        if read[0] == "asset":
            found |= {one for one in JOINED.get("".join(read[1:2]), ()) if "." in one}
        namespace, *rest = read[1:] if read[0] == "host" else read
        collector = collectors.get(namespace)
        if collector is None or not rest or rest[0] not in collector.facts:
            continue
        if collector.family == "connection":
            found.add(collector.id)
            continue
        origin = collector.facts[rest[0]].origin.split(".")[0]
        derived = collector.derived.get(origin)
        found |= {f"{collector.id}.{probe}" for probe in (derived.origin if derived else (origin,))}
    return found
