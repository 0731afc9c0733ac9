"""Whatever a line of content is turned into, the reader gives a Catalog or located issues, never another exception."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError
from tests.support.content import TREE, write_content

FILES = sorted(path for path in TREE if path.endswith(".yaml"))
WORDS = [
    "null",
    "[]",
    "{}",
    "5",
    "true",
    "'x'",
    "[1, 2]",
    "{a: b}",
    '""',
    "-1",
    "9" * 20,
    "{$gap: denied}",
    "[[]]",
    "a.b",
]


def garbled(text: str, chance: random.Random) -> str:
    """The text with a few lines dropped, doubled, given another value or another word, or moved to the left."""
    lines = text.split("\n")
    for _ in range(chance.choice([1, 1, 2, 3])):
        at = chance.randrange(len(lines))
        line = lines[at]
        words = list(re.finditer(r"[\w.-]+", line))
        match chance.randrange(5):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(at, chance.choice(lines))
            case 2 if ":" in line:
                lines[at] = (
                    line[: chance.choice([n for n, c in enumerate(line) if c == ":"]) + 1] + " " + chance.choice(WORDS)
                )
            case 3 if words:
                word = chance.choice(words)
                lines[at] = line[: word.start()] + chance.choice(WORDS) + line[word.end() :]
            case _:
                lines[at] = line.replace(" ", "", 1)
    return "\n".join(lines)


@pytest.mark.parametrize("path", FILES)
def test_garbled_content_gives_issues_or_a_catalog(tmp_path: Path, path: str) -> None:
    chance = random.Random(path)  # noqa: S311 - the same garbling in every run
    refused = 0
    for _ in range(20):
        root = write_content(tmp_path, {path: garbled(TREE[path], chance)})
        try:
            read_bundle(root)
        except ContentError as error:
            refused += 1
            assert error.issues
            assert all((root / issue.file).parent.is_dir() for issue in error.issues)
    assert refused > 0
