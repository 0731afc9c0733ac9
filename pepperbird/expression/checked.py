"""Decode the checked expression that the CEL compiler serialises, by the published field numbers of cel.expr.

Only what the read set needs: the tree of expressions. The numbers are those of cel/expr/syntax.proto and checked.proto.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_TEXT, _BOOL, _INT = _F.TYPE_STRING, _F.TYPE_BOOL, _F.TYPE_INT64
_ONE, _MANY = _F.LABEL_OPTIONAL, _F.LABEL_REPEATED

_MESSAGES: Final[dict[str, list[tuple[str, int, Any, int]]]] = {
    "CheckedExpr": [("expr", 4, "Expr", _ONE)],
    "Constant": [("string_value", 6, _TEXT, _ONE)],
    "Ident": [("name", 1, _TEXT, _ONE)],
    "Select": [("operand", 1, "Expr", _ONE), ("field", 2, _TEXT, _ONE), ("test_only", 3, _BOOL, _ONE)],
    "Call": [("target", 1, "Expr", _ONE), ("function", 2, _TEXT, _ONE), ("args", 3, "Expr", _MANY)],
    "CreateList": [("elements", 1, "Expr", _MANY)],
    "Entry": [("map_key", 3, "Expr", _ONE), ("value", 4, "Expr", _ONE)],
    "CreateStruct": [("entries", 2, "Entry", _MANY)],
    "Comprehension": [
        ("iter_var", 1, _TEXT, _ONE), ("iter_range", 2, "Expr", _ONE), ("accu_var", 3, _TEXT, _ONE),
        ("accu_init", 4, "Expr", _ONE), ("loop_condition", 5, "Expr", _ONE), ("loop_step", 6, "Expr", _ONE),
        ("result", 7, "Expr", _ONE), ("iter_var2", 8, _TEXT, _ONE),
    ],
    "Expr": [
        ("id", 2, _INT, _ONE), ("const_expr", 3, "Constant", _ONE), ("ident_expr", 4, "Ident", _ONE),
        ("select_expr", 5, "Select", _ONE), ("call_expr", 6, "Call", _ONE), ("list_expr", 7, "CreateList", _ONE),
        ("struct_expr", 8, "CreateStruct", _ONE), ("comprehension_expr", 9, "Comprehension", _ONE),
    ],
}  # fmt: skip


@cache
def _checked_expr() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="pepperbird_checked.proto", package="checked", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label in fields:
            entry = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                entry.type, entry.type_name = _F.TYPE_MESSAGE, f".checked.{kind}"
            else:
                entry.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("checked.CheckedExpr"))


def decode(serialized: bytes) -> Any:
    """The root expression of a serialised CheckedExpr (inside an Any), as a message with the fields above.

    Raises ValueError where the bytes are not one: an unread expression would have an empty read set, and pass unseen.
    """
    wrapped = any_pb2.Any.FromString(serialized)
    if not wrapped.type_url.endswith("/cel.expr.CheckedExpr"):
        raise ValueError(f"the compiler serialised {wrapped.type_url!r}, not a checked expression")
    root = _checked_expr().FromString(wrapped.value).expr
    if not root.id:
        raise ValueError("the compiler serialised an expression without a root")
    return root


def kind_of(expr: Any) -> str:
    """ident_expr, select_expr, call_expr, list_expr, struct_expr, comprehension_expr, const_expr."""
    for name in ("ident_expr", "select_expr", "call_expr", "list_expr", "struct_expr", "comprehension_expr"):
        if expr.HasField(name):
            return name
    return "const_expr"
