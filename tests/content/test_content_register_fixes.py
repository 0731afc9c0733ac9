"""The fixes of checks over the register show lines that can be copied: each is an entry that the register takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pepperbird.bundle.sources import read_sources
from pepperbird.located.document import parse
from pepperbird.located.validate import validate
from pepperbird.model.base import Model
from pepperbird.model.site import Asset, Place, Repository, Service, Store

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"`- (\{[^`]*\})`")
ENTRIES: tuple[tuple[str, type[Model]], ...] = (
    ("tool", Repository),
    ("rto", Service),
    ("country", Place),
    ("asset", Store),
    ("kind", Asset),
)
"""Which entry of the register a line is, by a field that only that has."""


def shown() -> list[tuple[str, str]]:
    checks = read_sources(ROOT, ()).checks
    return [
        (name, line)
        for name, part in sorted(checks.items())
        if name.startswith("register.")
        for line in LINE.findall(part.value.fix.text)
    ]


def test_every_check_over_the_register_shows_a_line() -> None:
    checks = {name for name in read_sources(ROOT, ()).checks if name.startswith("register.")}
    assert len(checks) == 15
    assert {name for name, _ in shown()} == checks


@pytest.mark.parametrize(("name", "line"), shown())
def test_the_register_takes_the_line(name: str, line: str) -> None:
    document = parse(line, f"{name}.yaml")
    model = next(model for field, model in ENTRIES if field in document.data)
    entry, issues = validate(document, model)
    assert entry is not None, [str(issue) for issue in issues]
