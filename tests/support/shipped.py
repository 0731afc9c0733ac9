"""The content that ships, read once in a process: a reading checks each of its checks and examples."""

from functools import cache
from pathlib import Path

from pepperbird.bundle.read import read_bundle
from pepperbird.model.catalog import Catalog


@cache
def shipped_catalog() -> Catalog:
    return read_bundle(Path(__file__).resolve().parents[2])
