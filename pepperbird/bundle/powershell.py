"""Lint of the PowerShell in the content: every file parses, and uses only what `collectors/powershell.yaml` lists.

It is read by a real grammar (tree-sitter). What the list of its forms below does not name is refused, so that a form of
the language that nobody thought of is refused too: the rule is what may be there, not what may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pepperbird.bundle.program import PROGRAM_PS1, powershell_file
from pepperbird.bundle.sources import Sources, read_sources
from pepperbird.errors import Issue
from pepperbird.model.powershell import Allowed
from pepperbird.model.text import clean

if TYPE_CHECKING:
    from tree_sitter import Node

MISSING: Final = (
    "PowerShell cannot be read here, so nobody knows whether it only reads: pip install 'pepperbird[windows]'"
)
_LISTS: Final = "collectors/powershell.yaml"
_FORMS: Final = frozenset({
    "additive_argument_expression", "additive_expression", "argument_expression", "argument_expression_list",
    "argument_list", "array_expression", "array_literal_expression", "assignement_operator",
    "assignment_expression", "attribute", "attribute_list", "bitwise_argument_expression", "bitwise_expression",
    "cast_expression", "catch_clause", "catch_clauses", "command", "command_argument_sep", "command_elements",
    "command_name", "command_parameter", "comment", "comparison_argument_expression", "comparison_expression",
    "comparison_operator", "decimal_integer_literal", "else_clause", "expandable_string_literal",
    "expression_with_unary_operator", "flow_control_statement", "foreach_statement", "format_argument_expression",
    "format_expression", "function_name", "function_parameter_declaration", "function_statement", "generic_token",
    "hash_entry", "hash_literal_body", "hash_literal_expression", "if_statement", "integer_literal",
    "invokation_expression", "key_expression", "left_assignment_expression", "logical_argument_expression",
    "logical_expression", "member_access", "member_name", "multiplicative_argument_expression",
    "multiplicative_expression", "param_block", "parameter_list", "parenthesized_expression", "pipeline",
    "pipeline_chain", "program", "range_argument_expression", "range_expression", "script_block",
    "script_block_body", "script_parameter", "script_parameter_default", "simple_name", "statement_block",
    "statement_list", "string_literal", "sub_expression", "try_statement", "type_identifier", "type_literal",
    "type_name", "type_spec", "unary_expression", "variable", "verbatim_string_characters",
})  # fmt: skip
_FIRST: Final = "$ErrorActionPreference = 'Stop'"
_PLAIN: Final = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_OURS: Final = re.compile(r"\$(script:)?[A-Za-z_][A-Za-z0-9_]*")
_READ_OURS: Final = re.compile(r"\$((script|env):)?[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _File:
    """One file to be held to what is allowed. `functions` are those defined in any of the files."""

    path: str
    allowed: Allowed
    ours: bool
    """Part of the program itself, which may keep what it knows in variables of the script."""
    functions: frozenset[str]


def powershell_issues(root: Path) -> tuple[Issue, ...]:
    """Everything that is wrong with the PowerShell below `root`, located; nothing where there is none."""
    sources = read_sources(root)
    paths = sorted(path for path in sources.files if path.endswith(".ps1"))
    if not paths:
        return ()
    if sources.powershell is None:
        return (Issue(_LISTS, 0, 0, "what PowerShell may do is not said; add this file"),)
    try:
        import tree_sitter_powershell
        from tree_sitter import Language, Parser
    except ImportError:
        return tuple(Issue(path, 0, 0, MISSING) for path in paths)
    parser = Parser(Language(tree_sitter_powershell.language()))
    trees = {path: parser.parse(sources.files[path]).root_node for path in paths}
    names = {path: _defined(tree) for path, tree in trees.items()}
    rules = sources.powershell.value
    functions = frozenset(name.lower() for found in names.values() for name in found)
    issues = [Issue(path, 0, 0, text) for path, text in _whole(sources, names)]
    for path, tree in trees.items():
        ours = path == PROGRAM_PS1
        file = _File(path, rules.program if ours else rules.probes, ours, functions if ours else frozenset())
        found = {(node.start_point.row + 1, node.start_point.column + 1, text) for node, text in _faults(file, tree)}
        issues += [Issue(path, line, column, text) for line, column, text in sorted(found)]
    return tuple(issues)


def _whole(sources: Sources, names: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """The functions of each file are its collector's probes, no more; nothing but ASCII stands in any."""
    wanted = {
        powershell_file(part.value.id): {f"{part.value.id}_{probe}" for probe in part.value.probes}
        for part in sources.collectors.values()
        if part.value.family == "powershell"
    }
    for path, found in names.items():
        if not sources.files[path].isascii() or b"\r" in sources.files[path]:
            yield path, "only ASCII and plain line ends are read alike by every Windows; replace the others"
        if path != PROGRAM_PS1:
            for name in sorted(set(found) ^ wanted.get(path, set())):
                yield path, f"{name} is a function without a probe, or a probe without a function; make them agree"


def _defined(tree: Node) -> list[str]:
    return [_text(node) for node in _all(tree) if node.type == "function_name"]


def _faults(file: _File, tree: Node) -> Iterator[tuple[Node, str]]:
    for node in _all(tree):
        if node.is_error or node.is_missing:
            yield node, "this does not parse as PowerShell; correct it"
        elif node.is_named and node.type not in _FORMS:
            yield node, f"{_said(node)}: a form of PowerShell ({node.type}) that is not used here; write it plainly"
        elif (check := _CHECKS.get(node.type)) is not None:
            yield from ((node, text) for text in check(file, node))
    if not file.ours:
        yield from _only_functions(tree)


def _only_functions(tree: Node) -> Iterator[tuple[Node, str]]:
    """A file of questions runs nothing by itself, and each of them stops at the first error."""
    for statement in (node for top in tree.named_children for node in _opened(top)):
        if statement.type == "comment":
            continue
        if statement.type != "function_statement":
            yield statement, "a file of questions holds functions only; put this into one"
            continue
        body = next((node for node in _all(statement) if node.type == "statement_list"), None)
        if body is None or not _text(body).startswith(_FIRST):
            yield statement, f"its first line is not {_FIRST}: it would go on after an error and tell half"


def _opened(node: Node) -> list[Node]:
    return node.named_children if node.type == "statement_list" else [node]


def _command(file: _File, node: Node) -> Iterator[str]:
    first = node.named_children[0] if node.named_children else None
    if first is None or first.type != "command_name":
        yield f"{_said(node)}: what is run is not written out; write the name of one command"
        return
    name = _text(first).lower()
    line = " ".join(_text(node).split())
    cmdlets = {one.lower(): {p.lower() for p in allowed} for one, allowed in file.allowed.cmdlets.items()}
    if name in file.functions or line in file.allowed.programs:
        return
    if name not in cmdlets:
        yield f"{_said(first)} is not on the list of commands in {_LISTS}; use one that is"
        return
    for given in (one for one in _elements(node) if one.type == "command_parameter"):
        if _text(given).rstrip(":").lower() not in cmdlets[name]:
            yield f"{_said(given)} is not on the list of parameters of {_said(first)} in {_LISTS}"
    if name == "new-object":
        yield from _made(file, node)


def _made(file: _File, node: Node) -> Iterator[str]:
    words = _text(node).split()
    made = words[1].partition("(")[0] if len(words) > 1 else ""
    if made not in file.allowed.objects:
        yield f"{clean(made, 80)} is not on the list of objects in {_LISTS}"


def _elements(command: Node) -> Iterator[Node]:
    for child in command.named_children:
        yield from child.named_children if child.type == "command_elements" else [child]


def _assigned(file: _File, node: Node) -> Iterator[str]:
    if not (_OURS if file.ours else _PLAIN).fullmatch(_text(node)):
        yield f"{_said(node)}: only plain variables are written to; a property may be a setting of the server"


def _variable(file: _File, node: Node) -> Iterator[str]:
    text = _text(node)
    if text not in ("$_", "$null", "$true", "$false") and not (_READ_OURS if file.ours else _PLAIN).fullmatch(text):
        yield f"{_said(node)}: a variable of another drive may be a file or a setting; use a plain one"


def _invoked(file: _File, node: Node) -> Iterator[str]:
    name = next((_text(child) for child in node.named_children if child.type == "member_name"), "")
    if name not in file.allowed.methods:
        yield f"{clean(name, 80)}() is not on the list of methods in {_LISTS}; do without it"


def _type(file: _File, node: Node) -> Iterator[str]:
    name = re.sub(r"\s|\[\]$", "", _text(node)[1:-1])
    if name not in file.allowed.types:
        yield f"[{clean(name, 80)}] is not on the list of types in {_LISTS}; do without it"


_CHECKS: Final = {
    "command": _command,
    "left_assignment_expression": _assigned,
    "variable": _variable,
    "invokation_expression": _invoked,
    "type_literal": _type,
}


def _all(node: Node) -> Iterator[Node]:
    """The node and all below it, without recursion: content may be nested deeper than Python's stack is."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        todo += reversed(one.children)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").strip()


def _said(node: Node) -> str:
    return clean(_text(node).partition("\n")[0], 60)
