"""Each refusal of the strict YAML reader, with the place it names."""

from __future__ import annotations

import pytest

from pepperbird.located.document import MAX_DEPTH, parse, parse_bytes


def told(text: str) -> list[str]:
    return [str(issue) for issue in parse(text, "f.yaml").issues]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: duplicate key 'a', first on line 1; keep one"),
        ("a: {b: 1, b: 2}\n", "f.yaml:1:11: duplicate key 'b', first on line 1; keep one"),
        ("a: &x 1\n", "f.yaml:1:4: an anchor (&x); remove it and write values out"),
        ("a: *x\n", "f.yaml:1:4: an alias (*x); write the value out"),
        (
            "a: !!python/object:os.system x\n",
            "f.yaml:1:4: a tag (tag:yaml.org,2002:python/object:os.system); remove it",
        ),
        ("a: !secret x\n", "f.yaml:1:4: a tag (!secret); remove it"),
        ("&k a: 1\n", "f.yaml:1:1: an anchor or a tag on a key; remove it"),
        ("a: 1\n---\nb: 1\n", "f.yaml:2:1: a second document; keep one per file"),
        ("? [a, b]\n: 1\n", "f.yaml:1:3: a key must be text; put it in quotes or use a list"),
        ("", "f.yaml:1:1: the file is empty; write the document or remove the file"),
        ("# only a comment\n", "f.yaml:1:1: the file is empty; write the document or remove the file"),
        ("~\n", "f.yaml:1:1: the file is empty; write the document or remove the file"),
        ("a: 9223372036854775808\n", "f.yaml:1:4: a whole number beyond 64 bits; put it in quotes if it is text"),
        ("a: " + "9" * 5000, "f.yaml:1:4: a whole number beyond 64 bits; put it in quotes if it is text"),
        ("a: b\u202ec\n", "f.yaml:1:5: the character U+202E cannot be seen and may mislead a reader; remove it"),
        ("a: 1\n\x00", "f.yaml:2:1: the character U+0000 cannot be seen and may mislead a reader; remove it"),
        ("a: \ud800", "f.yaml:1:4: the character U+D800 cannot be seen and may mislead a reader; remove it"),
    ],
)
def test_refusals_are_located(text: str, said: str) -> None:
    assert told(text) == [said]


def test_syntax_errors_name_the_line() -> None:
    (said,) = told("a:\n\tb: 1\n")
    assert said.startswith("f.yaml:2:1: not readable as YAML: ")


def test_all_problems_are_told_at_once() -> None:
    assert len(told("a: 1\na: 2\nb: &x 1\nc: *x\nd: !t 1\n---\ne: 1\n")) == 5


def test_depth_is_bounded_without_a_crash() -> None:
    fine = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert told(fine) == []
    assert told("[" * 100_000) == [f"f.yaml:1:{MAX_DEPTH + 1}: nested deeper than {MAX_DEPTH}; flatten it"]


def test_words_of_yaml_1_1_are_text() -> None:
    text = (
        "{a: no, b: yes, c: on, d: Off, e: True, f: 010, g: 0x10, h: 1_000, i: 2026-11-23, j: 1e3, k: 12:30:45, l: .5}"
    )
    assert all(isinstance(value, str) for value in parse(text, "f").data.values())


def test_scalars_of_yaml_1_2() -> None:
    data = parse("a: true\nb: false\nc: null\nd: ~\ne:\nf: -5\ng: 1.50\nh: 'true'\ni: \"5\"\nj: |\n  5\n", "f").data
    assert data == {
        "a": True, "b": False, "c": None, "d": None, "e": None, "f": -5, "g": 1.5, "h": "true", "i": "5", "j": "5\n",
    }  # fmt: skip


def test_keys_are_text_or_whole_numbers() -> None:
    assert parse("true: 1\nnull: 2\n1.5: 3\n77: 4\non: 5\n'8': 6\n", "f").data == {
        "true": 1, "null": 2, "1.5": 3, 77: 4, "on": 5, "8": 6,
    }  # fmt: skip


def test_windows_line_ends_and_byte_order_mark_are_fine() -> None:
    document = parse("\ufeffa: 1\r\nb: x\r\n", "f")
    assert (document.data, document.issues) == ({"a": 1, "b": "x"}, [])


def test_the_first_of_two_values_stands_and_keeps_its_place() -> None:
    document = parse("a: {x: 1}\na: {x: 2}\n", "f")
    assert document.data == {"a": {"x": 1}}
    assert document.positions[("a", "x")] == (1, 8)


def test_issue_falls_back_to_the_nearest_known_place() -> None:
    document = parse("a:\n  b: [1, 2]\n", "f")
    assert str(document.issue(("a", "b", 1), "m")) == "f:2:10: m"
    assert str(document.issue(("a", "b"), "m", at_key=True)) == "f:2:3: m"
    assert str(document.issue(("a", "b", 7, "z"), "m")) == "f:2:6: m"
    assert str(document.issue(("nowhere",), "m")) == "f:1:1: m"


@pytest.mark.parametrize(
    ("text", "line", "column", "place"),
    [
        ("k: a.b == c\n", 1, 8, "f:1:11"),
        ("k: 'a.b == c'\n", 1, 8, "f:1:12"),
        ("k: |\n    a.b\n    == c\n", 2, 4, "f:3:8"),
        ("k: >\n    a.b\n    == c\n", 1, 8, "f:2:5"),
        ("k: a.b\n  == c\n", 2, 1, "f:1:4"),
    ],
)
def test_places_inside_a_text(text: str, line: int, column: int, place: str) -> None:
    assert str(parse(text, "f").issue_within(("k",), line, column, "m")) == f"{place}: m"


def test_broken_utf_8_names_its_byte() -> None:
    (issue,) = parse_bytes("é: 1\nab: ".encode() + b"\xff\n", "f").issues
    assert str(issue) == "f:2:5: byte 0xff is not UTF-8; save the file as UTF-8"


def test_broken_utf_8_after_wide_characters_counts_characters() -> None:
    (issue,) = parse_bytes("éé".encode() + b"\xc3", "f").issues
    assert (issue.line, issue.column) == (1, 3)
