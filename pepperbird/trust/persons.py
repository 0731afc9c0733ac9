"""Persons: who saw a record on paper, and whether two names are one person's."""

from __future__ import annotations

import unicodedata

from pepperbird.model.attested import Sha256
from pepperbird.model.base import Model, Text
from pepperbird.model.declared import Day


class Witnessed(Model):
    """Who saw a record on paper, on which day, and the SHA-256 of the paper."""

    by: Text
    on: Day
    paper_sha256: Sha256


def person(name: str) -> str:
    """A name as names are compared: case, accents, dots, spaces and the order of words make no other person."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = (one if one.isalnum() else " " for one in plain if not unicodedata.combining(one))
    return "".join(sorted("".join(kept).split()))


def same_person(one: str, other: str) -> bool:
    """True for two ways to write one name."""
    return person(one) == person(other)
