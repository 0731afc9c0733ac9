"""clean(): nothing that acts gets through, nothing grows without bound, plain text stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pepperbird.model.text import clean

ANY = st.text(alphabet=st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("PermitRootLogin yes", "PermitRootLogin yes"),
        ("Ganta – Nimba é 中", "Ganta – Nimba é 中"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("nul\x00", "nul\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("ev\u202eil", "ev\\u202eil"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("<script>", "<script>"),
    ],
)
def test_acting_characters_are_shown_not_sent(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_ten_megabytes_are_cut_to_the_limit() -> None:
    assert clean("x" * 10_000_000, 100) == "x" * 99 + "…"


def test_the_limit_counts_what_is_shown() -> None:
    assert clean("\x00" * 50, 40) == "\\x00" * 9 + "\\x0…"


def test_a_tower_of_combining_marks_is_cut_down() -> None:
    assert clean("e" + "\u0301" * 6) == "e" + "\u0301" * 4 + "\\u0301" * 2


@given(ANY, st.integers(min_value=0, max_value=60))
def test_output_is_bounded_encodable_and_visible(raw: str, limit: int) -> None:
    shown = clean(raw, limit)
    assert len(shown) <= limit
    shown.encode("utf-8")
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for c in shown)


@given(ANY)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw, 4000), 4000) == clean(raw, 4000)
