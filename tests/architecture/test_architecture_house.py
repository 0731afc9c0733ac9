"""The house rules that no other tool checks: small modules, no Python in content folders, nothing dead."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "pepperbird").rglob("*.py"))
FOLDERS = ("policies", "checks", "collectors", "baselines", "reports")


def test_there_are_modules() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_what_it_promises(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 300, "over 300 lines: is this one room or two?"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module begins with what it promises"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None and node.end_lineno - node.lineno >= 60
    ]
    assert long == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_content_folders_hold_no_python(folder: str) -> None:
    assert (ROOT / folder).is_dir()
    assert [str(path) for path in (ROOT / folder).rglob("*.py")] == []


def test_every_command_of_the_table_exists() -> None:
    import importlib

    from pepperbird.cli.main import COMMANDS

    for target, _help in COMMANDS.values():
        module, name = target.split(":")
        assert callable(getattr(importlib.import_module(module), name))
