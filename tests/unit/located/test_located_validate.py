"""Models validated from a file: every error located, each said once, and in words for whoever edits the file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field

from pepperbird.located.document import parse
from pepperbird.located.validate import salvage, validate
from pepperbird.model.base import Bool, Int, Model, Percent, Str, Text
from pepperbird.model.state import Severity


class Part(Model):
    name: Text
    size: Int = 0


class Whole(Model):
    title: Text
    severity: Severity = Severity.LOW
    ready: Bool = False
    share: Percent = 0
    parts: tuple[Part, ...] = Field(default=(), min_length=1)
    value: Bool | Int | Str | tuple[Int, ...] | tuple[Str, ...] = 0


def told(text: str) -> list[str]:
    return [str(issue) for issue in validate(parse(text, "f"), Whole)[1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ready: no",
            "f:2:8: ready: expected a truth value, found 'no', which is text in YAML 1.2; write true or false",
        ),
        ("ready: 1", "f:2:8: ready: expected a truth value, found 1; correct it"),
        ("reddy: true", "f:2:1: reddy: unknown key; remove it or correct its spelling (did you mean ready?)"),
        ("zzz: true", "f:2:1: zzz: unknown key; remove it or correct its spelling"),
        (
            "parts: [{name: a, sise: 1}]",
            "f:2:19: parts.0.sise: unknown key; remove it or correct its spelling (did you mean size?)",
        ),
        ("share: 101", "f:2:8: share: found 101, which should be less than or equal to 100; correct it"),
        (
            "severity: hihg",
            "f:2:11: severity: found 'hihg'; write one of critical, high, medium, low (did you mean high?)",
        ),
        ("parts: []", "f:2:8: parts: at least 1 wanted, found 0; add what is missing"),
        ("parts: [{name: a, size: big}]", "f:2:25: parts.0.size: expected a whole number, found 'big'; correct it"),
        ("parts: [{size: 1}]", "f:2:9: parts.0: `name` is missing; add it"),
        ("parts:", "f:2:7: parts: expected a list, found nothing; fill it in or remove the key"),
        (
            "value: {a: 1}",
            "f:2:8: value: expected a truth value or a whole number or text or a list, found a map; correct it",
        ),
    ],
)
def test_each_error_once_and_located(text: str, said: str) -> None:
    assert told(f"title: x\n{text}\n") == [said]


def test_missing_and_empty_text() -> None:
    assert told("ready: true\n") == ["f:1:1: `title` is missing; add it"]
    assert told("title: '  '\n") == ["f:1:8: title: expected some text, found none; fill it in"]


def test_yaml_problems_and_wrong_values_are_told_together() -> None:
    assert told("title: x\ntitle: y\nready: off\n") == [
        "f:2:1: duplicate key 'title', first on line 1; keep one",
        "f:3:8: ready: expected a truth value, found 'off', which is text in YAML 1.2; write true or false",
    ]


def test_a_list_is_no_map() -> None:
    assert told("[1]") == ["f:1:1: expected a map of whole fields; write `field: value`"]


def test_a_good_file_gives_the_model() -> None:
    value, issues = validate(parse("title: x\nparts: [{name: a}]\nvalue: [a]\n", "f"), Whole)
    assert value == Whole(title="x", parts=(Part(name="a"),), value=("a",))
    assert issues == []


def test_values_laid_over_the_file() -> None:
    value, _ = validate(parse("ready: true\n", "f"), Whole, title="given")
    assert value is not None
    assert value.title == "given"


def test_salvage_keeps_what_is_good() -> None:
    text = "ready: no\nextra: 1\nparts: [{name: a}, {size: 2}, {name: b, size: x}, {name: c, size: 3}]\n"
    value = salvage(parse(text, "f"), Whole, {"title": "?", "ready": False})
    assert value is not None
    assert (value.title, value.ready, value.parts) == (
        "?",
        False,
        (Part(name="a"), Part(name="b"), Part(name="c", size=3)),
    )


class Pair(Model):
    title: Text
    ready: Bool


class Pairs(Model):
    pairs: tuple[Pair, ...] = Field(min_length=1)


def test_salvage_keeps_a_list_whose_every_item_had_a_mistake() -> None:
    value = salvage(parse("pairs: [{title: a, ready: no}]\n", "f"), Pairs, {"ready": False})
    assert value == Pairs(pairs=(Pair(title="a", ready=False),))


@pytest.mark.parametrize("text", ["ready: true\n", "[1]\n", "a: [\n"])
def test_salvage_gives_up_where_nothing_is_left(text: str) -> None:
    stand_ins: dict[str, Any] = {}
    assert salvage(parse(text, "f"), Whole, stand_ins) is None
