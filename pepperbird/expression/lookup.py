"""Look up everything that an expression reads before it is evaluated: a Gap anywhere in it decides.

`freeze` finds once per asset where the Gaps are; `find_gap` then costs next to nothing where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pepperbird.expression.schema import field_at
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import Gap, GapReason

Path = tuple[str, ...]
ANY = "*"


def gaps_in(value: Any, path: Path = ()) -> list[tuple[Path, Gap]]:
    """The first Gap at each path at or under `value`; the rows of a list are all `*`, and so have one path together."""
    if isinstance(value, Gap):
        return [(path, value)]
    found: list[tuple[Path, Gap]] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list | Gap):
                found += gaps_in(inner, (*path, key))
    elif isinstance(value, list):
        first: dict[Path, Gap] = {}
        for inner in value:
            if isinstance(inner, Mapping | list | Gap):
                for place, gap in gaps_in(inner, (*path, ANY)):
                    first.setdefault(place, gap)
        found += first.items()
    return found


def covers(read: Path, gap: Path) -> bool:
    """Whether reading `read` can see what lies at `gap`: one is a prefix of the other; `*` matches any one step."""
    for a, b in zip(read, gap, strict=False):  # noqa: SIM110 - runs for every read: a plain loop is quicker
        if a != b and ANY not in (a, b):
            return False
    return True


def find_gap(reads: Sequence[Path], gaps: Sequence[tuple[Path, Gap]]) -> Gap | None:
    """The first Gap among `gaps` (of `gaps_in`) that one of `reads` can see."""
    for path, gap in gaps:
        root = path[0]
        for read in reads:
            if read[0] == root and covers(read, path):
                return gap
    return None


def missing(reads: Sequence[Path], values: Mapping[str, Any], specs: Mapping[str, FieldSpec]) -> Gap | None:
    """Gap `parse` where a path is read whose value is not there although its field is not optional."""
    for read in reads:
        if not _there(values, read, 0, specs):
            return Gap(GapReason.PARSE, f"{'.'.join(read)} was not among the facts")
    return None


def _there(value: Any, read: Path, depth: int, specs: Mapping[str, FieldSpec]) -> bool:
    if depth == len(read) or isinstance(value, Gap):
        return True
    step = read[depth]
    if isinstance(value, list):
        return step != ANY or all(_there(row, read, depth + 1, specs) for row in value)
    if not isinstance(value, Mapping):
        return depth == len(read)
    if step == ANY:
        return all(_there(entry, read, depth + 1, specs) for entry in value.values())
    if step not in value:
        spec = field_at(specs, read[: depth + 1])
        return spec is not None and spec.optional
    return _there(value[step], read, depth + 1, specs)


def without_gaps(value: Any) -> Any:
    """A copy in which every Gap is gone: fields are left out, rows with a Gap keep their other fields."""
    if isinstance(value, Mapping):
        return {key: without_gaps(inner) for key, inner in value.items() if not isinstance(inner, Gap)}
    if isinstance(value, list):
        return [without_gaps(inner) for inner in value if not isinstance(inner, Gap)]
    return value
