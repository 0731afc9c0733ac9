"""The static read set: every path of facts that an expression could look at, found in the checked tree.

A loop variable stands for `*` of what it runs over; an index, constant or not, reads every entry of its parent; a value
used whole is read whole. has() is allowed only on fields that are optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pepperbird.expression.checked import decode, kind_of
from pepperbird.expression.lookup import ANY, Path
from pepperbird.expression.schema import field_at
from pepperbird.model.fields import FieldSpec

Bound = Mapping[str, Path | None]


class ReadError(ValueError):
    """The expression uses something that the rules of the language forbid."""


def reads_of(serialized: bytes, variables: Mapping[str, FieldSpec]) -> tuple[Path, ...]:
    """All paths that the serialised checked expression reads, sorted. Raises ReadError."""
    walker = _Walker(variables)
    walker.value(decode(serialized), {})
    return tuple(sorted(walker.found))


class _Walker:
    def __init__(self, variables: Mapping[str, FieldSpec]) -> None:
        self.variables = variables
        self.found: set[Path] = set()

    def value(self, expr: Any, bound: Bound) -> None:
        """Walk an expression whose value is used: where it is a path, the whole path is read."""
        path = self.path(expr, bound)
        if path is not None:
            self.found.add(path)

    def path(self, expr: Any, bound: Bound) -> Path | None:
        """The path that an expression denotes, or None after walking into it."""
        kind = kind_of(expr)
        if kind == "ident_expr":
            name = expr.ident_expr.name.removeprefix(".")
            return bound.get(name, (name,) if name in self.variables else None)
        if kind == "select_expr":
            return self._select(expr.select_expr, bound)
        if kind == "call_expr" and expr.call_expr.function == "_[_]":
            return self._index(expr.call_expr, bound)
        if kind == "comprehension_expr":
            self._comprehension(expr.comprehension_expr, bound)
            return None
        for child in _children(expr, kind):
            self.value(child, bound)
        return None

    def _select(self, select: Any, bound: Bound) -> Path | None:
        parent = self.path(select.operand, bound)
        if parent is None:
            return None
        here = (*parent, select.field)
        if select.test_only:
            spec = field_at(self.variables, here)
            if spec is None or not spec.optional:
                raise ReadError(f"has() on {'.'.join(here)}, which is not an optional field; compare its value instead")
            self.found.add(here)
            return None
        return here

    def _index(self, call: Any, bound: Bound) -> Path | None:
        operand, index = call.args
        self.value(index, bound)
        parent = self.path(operand, bound)
        return None if parent is None else (*parent, ANY)

    def _comprehension(self, loop: Any, bound: Bound) -> None:
        if loop.iter_var2:
            raise ReadError("two loop variables are not part of the check language; use one")
        over = self.path(loop.iter_range, bound)
        each: Path | None = None
        if over is not None:
            spec = field_at(self.variables, over)
            if spec is not None and spec.type == "rows":
                each = (*over, ANY)
            else:
                self.found.add(over)
        inner = {**bound, loop.iter_var: each, loop.accu_var: None}
        before = len(self.found)
        self.value(loop.accu_init, bound)
        for part in (loop.loop_condition, loop.loop_step, loop.result):
            self.value(part, inner)
        if over is not None and len(self.found) == before:
            self.found.add(over)


def _children(expr: Any, kind: str) -> list[Any]:
    if kind == "call_expr":
        target = [expr.call_expr.target] if expr.call_expr.HasField("target") else []
        return [*target, *expr.call_expr.args]
    if kind == "list_expr":
        return list(expr.list_expr.elements)
    if kind == "struct_expr":
        return [part for entry in expr.struct_expr.entries for part in (entry.map_key, entry.value)]
    return []
