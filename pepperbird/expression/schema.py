"""FieldSpecs to a protobuf descriptor pool, so that CEL checks every name and type when content is read.

Times become a message of their own (`pb.Time`), which no operator but equality takes: they can only go into age() and
until(). Only the typed compile uses these messages; evaluation is on plain maps, because a message reads what is
missing as zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2

from pepperbird.model.fields import FieldSpec

_F = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final = {
    "string": _F.TYPE_STRING,
    "int": _F.TYPE_INT64,
    "bool": _F.TYPE_BOOL,
    "double": _F.TYPE_DOUBLE,
    "strings": _F.TYPE_STRING,
    "ints": _F.TYPE_INT64,
}
TIME: Final = "pb.Time"
LIST_VALUE: Final = ".google.protobuf.ListValue"
"""A protobuf map can hold a list only as this; CEL reads it as a list of any type."""


class Schema:
    """Messages for a set of top-level variables; `types` maps each variable to its CEL type.

    Facts are the same for all checks and many; `with_record` adds the one variable that differs between controls.
    """

    def __init__(self, variables: Mapping[str, FieldSpec]) -> None:
        self._begin("facts.proto")
        self._file.message_type.add(name="Time")
        for name, spec in variables.items():
            if spec.fields:
                self._message(name, spec.fields)
        self.pool = descriptor_pool.DescriptorPool()
        self.pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
        self.pool.AddSerializedFile(self._file.SerializeToString())
        self.types = {name: self._type(name, spec) for name, spec in variables.items()}
        self._added = 0

    def with_record(self, name: str, fields: Mapping[str, FieldSpec]) -> cel.Type:
        """The type of one more record, whose message is called `name` and a number."""
        self._added += 1
        called = f"{name}_{self._added}"
        self._begin(f"{called}.proto")
        self._message(called, fields)
        self.pool.AddSerializedFile(self._file.SerializeToString())
        return cel.Type(f"pb.{called}")

    def row_type(self, path: tuple[str, ...]) -> cel.Type:
        """The type of one row of the rows at a dotted path."""
        return cel.Type("pb." + "__".join(path))

    def _begin(self, name: str) -> None:
        self._file = descriptor_pb2.FileDescriptorProto(name=name, package="pb", syntax="proto3")
        self._file.dependency.append("google/protobuf/struct.proto")

    def _message(self, name: str, fields: Mapping[str, FieldSpec]) -> None:
        message = self._file.message_type.add(name=name)
        for number, (field, spec) in enumerate(fields.items(), start=1):
            self._field(message, field, number, spec)

    def _field(self, message: descriptor_pb2.DescriptorProto, name: str, number: int, spec: FieldSpec) -> None:
        field = message.field.add(name=name, number=number, label=_F.LABEL_OPTIONAL)
        if spec.type in ("strings", "ints", "rows"):
            field.label = _F.LABEL_REPEATED
        if spec.type in _SCALARS:
            field.type = _SCALARS[spec.type]
            return
        field.type = _F.TYPE_MESSAGE
        if spec.type == "time":
            field.type_name = "." + TIME
            return
        nested = f"{message.name}__{name}"
        if spec.type == "sets":
            self._map(message, field, LIST_VALUE)
            return
        self._message(nested, spec.fields)
        field.type_name = f".pb.{nested}"
        if spec.type == "table":
            self._map(message, field, f".pb.{nested}")

    def _map(self, message: descriptor_pb2.DescriptorProto, field: _F, value: str) -> None:
        entry = message.nested_type.add(name="".join(part.title() for part in field.name.split("_")) + "Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=_F.TYPE_STRING, label=_F.LABEL_OPTIONAL)
        entry.field.add(name="value", number=2, type=_F.TYPE_MESSAGE, label=_F.LABEL_OPTIONAL, type_name=value)
        field.label = _F.LABEL_REPEATED
        field.type_name = f".pb.{message.name}.{entry.name}"

    def _type(self, name: str, spec: FieldSpec) -> cel.Type:
        t = cel.Type
        if spec.type == "record":
            return t(f"pb.{name}")
        if spec.type == "rows":
            return t.List(t(f"pb.{name}"))
        if spec.type == "table":
            return t.Map(t.STRING, t(f"pb.{name}"))
        simple = {
            "string": t.STRING, "int": t.INT, "bool": t.BOOL, "double": t.DOUBLE,
            "strings": t.List(t.STRING), "ints": t.List(t.INT), "sets": t.Map(t.STRING, t.List(t.STRING)),
        }  # fmt: skip
        return t(TIME) if spec.type == "time" else simple[spec.type]


def field_at(variables: Mapping[str, FieldSpec], path: tuple[str, ...]) -> FieldSpec | None:
    """The spec at a dotted path of names, None where there is none. `*` steps into rows and tables."""
    spec = variables.get(path[0]) if path else None
    for name in path[1:]:
        if spec is None:
            return None
        if name == "*":
            continue
        spec = spec.fields.get(name)
    return spec
