"""A compiled expression: what it reads, and how it is evaluated on exactly that and nothing else.

Only the values at its read set are handed to the evaluator, and only after each was looked up: it cannot see what was
not checked. An error is a value in CEL, and a truthy one: whatever is not of the wanted type is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel

from pepperbird.expression.lookup import ANY, Path, find_gap, gaps_in, missing, without_gaps
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import Gap, GapReason

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Failed:
    """The expression gave no usable value; `reason` in plain words."""

    reason: str


class Compiled:
    """An expression ready to be evaluated many times. `reads` is its static read set, `roots` the variables in it."""

    __slots__ = ("_check_rows", "_make", "_path", "_program", "_pruned", "_specs", "reads", "roots", "text", "want")

    def __init__(
        self,
        text: str,
        want: str,
        reads: tuple[Path, ...],
        make: Callable[[], cel.Expression],
        specs: Mapping[str, FieldSpec],
    ) -> None:
        self.text = text
        self.want = want
        self.reads = reads
        self.roots = frozenset(read[0] for read in reads)
        self._make = make
        self._program: cel.Expression | None = None
        self._specs = specs
        self._pruned = _prefixes(reads)
        self._check_rows = tuple(read for read in reads if ANY in read)
        # Most of what messages say is one value as it is: looked up, it costs a tenth of an evaluation.
        plain = want == "any" and len(reads) == 1 and text == ".".join(reads[0])
        self._path = reads[0] if plain else None

    def evaluate(self, bindings: Mapping[str, Any], gaps: Sequence[tuple[Path, Gap]] | None = None) -> Any:
        """The value, a Gap that decides, or Failed.

        `gaps` are those of `bindings` as `gaps_in` gives them, where the caller knows them already; an empty sequence
        says there are none.
        """
        if gaps is None:
            gaps = gaps_in(dict(bindings))
        if gaps:
            gap = find_gap(self.reads, gaps)
            if gap is not None:
                return gap
        if self._path is not None:
            return self._look_up(self._path, bindings)
        data = self._prune(bindings)
        if isinstance(data, Gap):
            return data
        if self._check_rows:
            gap = missing(self._check_rows, bindings, self._specs)
            if gap is not None:
                return gap
            if gaps:
                data = without_gaps(data)
        return self._run(data)

    def _look_up(self, path: Path, bindings: Mapping[str, Any]) -> Any:
        value: Any = bindings
        for step in path:
            value = value.get(step, _MISSING) if type(value) is dict or isinstance(value, Mapping) else _MISSING
            if value is _MISSING:
                return missing((path,), bindings, self._specs) or Failed(f"{self.text} is not there")
        return value

    def _prune(self, bindings: Mapping[str, Any]) -> dict[str, Any] | Gap:
        """A tree with just the paths that are read, each cut at its first `*`."""
        data: dict[str, Any] = {}
        for path in self._pruned:
            value: Any = bindings
            target = data
            last = len(path) - 1
            for i, step in enumerate(path):
                value = value.get(step, _MISSING) if type(value) is dict or isinstance(value, Mapping) else _MISSING
                if value is _MISSING:
                    gap = missing((path,), bindings, self._specs)
                    if gap is not None:
                        return gap
                    break
                if i == last:
                    target[step] = value
                else:
                    target = target.setdefault(step, {})
        return data

    def _run(self, data: dict[str, Any]) -> Any:
        program = self._program
        if program is None:  # made when it is first used: reading content compiles for the types alone
            program = self._program = self._make()
        try:
            result = program.eval(data=data)
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            return Failed(_words(str(error)))
        if self.want == "bool":
            value = result.value()
            if value is True or value is False:
                return value
            return Failed(_words(str(value)))
        if result.type() == cel.Type.ERROR:
            return Failed(_words(str(result.value())))
        return result.plain_value()


def _prefixes(reads: Sequence[Path]) -> tuple[Path, ...]:
    cut = {read[: read.index(ANY)] if ANY in read else read for read in reads}
    return tuple(sorted(path for path in cut if not any(path[:n] in cut for n in range(1, len(path)))))


def _words(reason: str) -> str:
    if "iteration" in reason.lower():
        return "the expression looped more than 10,000 times; use for_each"
    return reason.split("\n", 1)[0][:200]


def gap_of(failed: Failed) -> Gap:
    """A failed evaluation as the Gap that a finding carries."""
    return Gap(GapReason.PARSE, f"the check could not be evaluated: {failed.reason}")
