"""FieldSpec: the type of one fact, parameter or list column, as content declares it.

    string int bool double     JSON scalars; `unit` says bytes, seconds, percent ... for numbers
    time                       an RFC 3339 string in UTC; in checks only inside age(x) and until(x)
    strings ints               a list of scalars
    record                     a struct with `fields`
    rows                       a list of records; `key` names the column that is unique and is the subject
    table                      a map from string to record (`fields`)
    sets                       a map from string to a list of strings

A field that is `optional` may be absent, which means "the probe ran and it is not there"; only on those may a check use
has(). `complete` on rows means that the collector proves the list whole (an error otherwise), so that a share of it or
its emptiness can be judged. `track` makes the engine remember: `first_seen` per key, `samples` of the column `sample`
per key over 30 days, `changes` of it: since when it is watched, and when it was another than before; or `gone`: which
keys are not there any more, and since when. Checks read the past as `history.<namespace>.<field>[key]`.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pepperbird.model.base import Bool, Identifier, Model, Str, Text

FieldType = Literal["string", "int", "bool", "double", "time", "strings", "ints", "record", "rows", "table", "sets"]
_STRUCTURED = frozenset({"record", "rows", "table"})


class FieldSpec(Model):
    """Type, sentence and origin of one field; `origin` (YAML: `from`) is a dotted path into a probe's parsed output."""

    type: FieldType
    doc: Text
    unit: Str = ""
    origin: Str = Field(default="", alias="from")
    optional: Bool = False
    complete: Bool = False
    key: Identifier | None = None
    track: Literal["first_seen", "samples", "changes", "gone"] | None = None
    sample: Identifier | None = None
    fields: dict[Identifier, FieldSpec] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if bool(self.fields) != (self.type in _STRUCTURED):
            raise ValueError(f"`fields` belongs to record, rows and table, and only there; type is {self.type}")
        if self.key is not None and (self.type != "rows" or self.key not in self.fields):
            raise ValueError("`key` names a column of rows")
        if self.track is not None and self.key is None:
            raise ValueError("`track` needs rows with a `key`")
        if (self.track in ("samples", "changes")) != (self.sample is not None):
            raise ValueError("`sample` names the column that `track: samples` or `changes` remembers")
        return self
