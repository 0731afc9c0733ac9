"""Scope: everything that a check may name, with its type; compiles expressions and messages against it.

Each expression is compiled twice: typed, so that a misspelt name or a wrong type is an error with its column, and again
for plain maps, on which it is evaluated (a message-typed evaluation would read what is missing as zero).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from cel_expr_python import cel

from pepperbird.expression.compiled import Compiled
from pepperbird.expression.declared import AGENCY, ASSET, history_of
from pepperbird.expression.functions import Clock, declarations
from pepperbird.expression.reads import ReadError, reads_of
from pepperbird.expression.schema import Schema, field_at
from pepperbird.expression.template import CompiledTemplate, split
from pepperbird.model.collector import Collector, ListFile
from pepperbird.model.fields import FieldSpec
from pepperbird.model.policy import Parameter

_POSITION = re.compile(r"<input>:(\d+):(\d+): ([^\n]*)")
_PARAMS = re.compile(r"\bparams_[0-9]+\b")
_WANTED = {"bool": "BOOL", "string": "STRING", "int": "INT"}


class ExpressionError(ValueError):
    """An expression that can't be compiled. `line` and `column` count from 1 inside its text; 0 is unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class Scope:
    """The types of all variables that content may name. Make one per catalog and reuse it."""

    def __init__(self, variables: Mapping[str, FieldSpec]) -> None:
        self._base = dict(variables)
        self.clock = Clock()
        self._typed: dict[Any, tuple[Any, Mapping[str, FieldSpec]]] = {}
        self._plain: dict[frozenset[str], Any] = {}
        self._schema: Schema | None = None
        self._parameters: dict[Any, tuple[FieldSpec, Any]] = {}
        self._compiled: dict[Any, Compiled] = {}

    @classmethod
    def of(cls, collectors: Mapping[str, Collector], lists: Mapping[str, ListFile]) -> Scope:
        """The scope of checks: facts, host facts, declared values, lists and history."""
        facts = {c.id: FieldSpec(type="record", doc=c.title, fields=dict(c.facts)) for c in collectors.values()}
        history = history_of(collectors)
        variables = {
            **facts,
            "asset": FieldSpec(type="record", doc="the judged asset", fields=dict(ASSET)),
            "agency": FieldSpec(type="record", doc="its agency", fields=dict(AGENCY)),
        }
        if facts:
            variables["host"] = FieldSpec(type="record", doc="the machine it stands on", fields=facts)
        if lists:
            shapes = {name: file.shape for name, file in lists.items()}
            variables["lists"] = FieldSpec(type="record", doc="dated lists", fields=shapes)
        if history:
            variables["history"] = FieldSpec(type="record", doc="the remembered past", fields=history)
        return cls(variables)

    def specs(
        self, parameters: Mapping[str, Parameter], rows: Mapping[str, str] | None = None
    ) -> Mapping[str, FieldSpec]:
        """The type of each variable with these parameters and row variables (name to the path of its rows)."""
        return self._environment(parameters, rows or {})[1]

    def compile(
        self, text: str, *, parameters: Mapping[str, Parameter], rows: Mapping[str, str] | None = None, want: str
    ) -> Compiled:
        """Compile `text` to give `want`: bool, string, int or any. Raises ExpressionError."""
        rows = rows or {}
        key = (text, want, tuple((name, one.type) for name, one in parameters.items()), tuple(rows.items()))
        if key not in self._compiled:
            self._compiled[key] = self._compile(text, parameters, rows, want)
        return self._compiled[key]

    def template(
        self, text: str, *, parameters: Mapping[str, Parameter], rows: Mapping[str, str] | None = None
    ) -> CompiledTemplate:
        """Compile a message. Raises ExpressionError; its column counts inside the message."""
        try:
            pieces = split(text)
        except ValueError as error:
            raise ExpressionError(str(error), 1, 1) from error
        parts: list[str | Compiled] = []
        for piece, offset in pieces:
            if offset is None:
                parts.append(piece)
                continue
            try:
                parts.append(self.compile(piece, parameters=parameters, rows=rows, want="any"))
            except ExpressionError as error:
                raise ExpressionError(f"in {{{piece}}}: {error.message}", 1, offset + error.column) from error
        return CompiledTemplate(text, parts)

    def _compile(self, text: str, parameters: Mapping[str, Parameter], rows: Mapping[str, str], want: str) -> Compiled:
        typed, specs = self._environment(parameters, rows)
        try:
            checked = typed.compile(text)
        except (RuntimeError, ValueError) as error:
            raise _located(str(error)) from error
        given = checked.return_type().name()
        if want in _WANTED and given != _WANTED[want]:
            raise ExpressionError(f"gives {given.lower()}, but {want} is wanted here", 1, 1)
        try:
            reads = reads_of(checked.serialize(), specs)
        except ReadError as error:
            raise ExpressionError(str(error), 1, 1) from error
        return Compiled(text, want, reads, partial(self._evaluator(specs).compile, text), specs)

    def _environment(
        self, parameters: Mapping[str, Parameter], rows: Mapping[str, str]
    ) -> tuple[Any, Mapping[str, FieldSpec]]:
        key = (tuple((name, parameter.type) for name, parameter in parameters.items()), tuple(rows.items()))
        if key not in self._typed:
            if self._schema is None:
                self._schema = Schema(self._base)
            specs, types = dict(self._base), dict(self._schema.types)
            if parameters:
                specs["params"], types["params"] = self._params(self._schema, key[0], parameters)
            for name, path in rows.items():
                specs[name] = self._row(specs, name, path)
                types[name] = self._schema.row_type(tuple(path.split(".")))
            env = cel.NewEnv(
                descriptor_pool=self._schema.pool, variables=types, functions=declarations(self.clock, typed=True)
            )
            self._typed[key] = (env, specs)
        return self._typed[key]

    def _params(self, schema: Schema, key: Any, parameters: Mapping[str, Parameter]) -> tuple[FieldSpec, Any]:
        if key not in self._parameters:
            fields = {n: FieldSpec(type=p.type, doc=p.doc or n, unit=p.unit) for n, p in parameters.items()}
            spec = FieldSpec(type="record", doc="parameters of the control", fields=fields)
            self._parameters[key] = (spec, schema.with_record("params", fields))
        return self._parameters[key]

    def _row(self, specs: Mapping[str, FieldSpec], name: str, path: str) -> FieldSpec:
        if name in specs:
            raise ExpressionError(f"`as: {name}` hides a variable of that name; choose another", 1, 1)
        found = field_at(specs, tuple(path.split(".")))
        if found is None or found.type != "rows":
            raise ExpressionError(f"`in: {path}` is not a list of rows among the facts", 1, 1)
        return FieldSpec(type="record", doc=found.doc, fields=found.fields)

    def _evaluator(self, specs: Mapping[str, FieldSpec]) -> Any:
        names = frozenset(specs)
        if names not in self._plain:
            t = cel.Type
            variables = {
                name: t.Map(t.STRING, t.DYN) if spec.fields and spec.type != "rows" else t.DYN
                for name, spec in specs.items()
            }
            self._plain[names] = cel.NewEnv(variables=variables, functions=declarations(self.clock, typed=False))
        return self._plain[names]


def _located(error: str) -> ExpressionError:
    found = _POSITION.search(error)
    if found is None:
        return ExpressionError(error.split("\n", 1)[0][:300], 1, 1)
    line, column, message = found.groups()
    message = _PARAMS.sub("params", message.replace("pb.Time", "time").replace("'pb.", "'").replace("__", "."))
    message = message.removesuffix(" [INVALID_ARGUMENT]").removesuffix(" (in container '')")
    return ExpressionError(message, int(line), int(column))
