"""The dates of the lists are those of the publishers, as far as packages of Debian say them too."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.sources import read_sources
from tests.support.require import lacking
from tests.support.samples import ROOT, samples

DISTROS = Path("/usr/share/distro-info")


@cache
def entries(name: str) -> Any:
    """The records of a list that ships, by key."""
    return read_sources(ROOT).lists[name].value.entries


def told(system: str, column: str) -> Iterator[tuple[str, str]]:
    """Release and day, of those that the package distro-info-data knows the day of."""
    file = DISTROS / f"{system}.csv"
    if not file.exists():
        lacking("distro-info-data")
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row.get(column):
                yield f"{system} {row['version'].removesuffix(' LTS')}", row[column]


@pytest.mark.slow
@pytest.mark.parametrize(("system", "column"), [("debian", "eol-lts"), ("ubuntu", "eol")])
def test_the_end_of_support_is_what_the_distribution_says(system: str, column: str) -> None:
    days = dict(told(system, column))
    listed = {key: one["ends"][:10] for key, one in entries("end_of_life").items() if key.split()[0] == system}
    known = {key: day for key, day in listed.items() if key in days}
    assert len(known) >= 5
    assert known == {key: days[key] for key in known}


@pytest.mark.slow
@pytest.mark.parametrize(("system", "column"), [("debian", "eol-lts"), ("ubuntu", "eol")])
def test_no_release_that_is_still_supported_is_left_out(system: str, column: str) -> None:
    as_of = read_sources(ROOT).lists["end_of_life"].value.as_of
    missing = {key for key, day in told(system, column) if day >= as_of} - entries("end_of_life").keys()
    assert not missing


def test_the_newest_release_of_a_series_is_the_newest_that_the_table_has() -> None:
    newest: dict[str, int] = {}
    for key in entries("database_releases"):
        series, _, minor = key.rpartition(".")
        newest[series] = max(newest.get(series, 0), int(minor))
    support = entries("database_support")
    assert {key: one["newest"] for key, one in support.items() if "newest" in one} == newest
    for series, minor in newest.items():
        released = entries("database_releases")[f"{series}.{minor}"]["released"]
        assert (
            released <= support[series]["looked_up"] <= read_sources(ROOT).lists["database_support"].value.as_of + "Z"
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "series", "version"),
    [
        ("postgresql-15", "postgresql 15", r"^postgresql-15 \(15\.(\d+)-"),
        ("mariadb-server", "mariadb 10.11", r"^mariadb \(1:10\.11\.(\d+)-"),
    ],
)
def test_what_debian_packed_is_in_the_table_or_newer_with_a_day_that_can_be(
    package: str, series: str, version: str
) -> None:
    """Debian gets a release some days before its day at most, and packs it some weeks after it at most."""
    file = Path(f"/usr/share/doc/{package}/changelog.Debian.gz")
    if not file.exists():
        lacking(f"the package {package}")
    packed: dict[int, date] = {}
    for entry in re.split(r"^(?=\S)", gzip.decompress(file.read_bytes()).decode("utf-8"), flags=re.MULTILINE):
        found, day = re.match(version, entry), re.search(r"^ -- .*>  (.*)$", entry, re.MULTILINE)
        if found and day:
            packed[int(found[1])] = parsedate_to_datetime(day[1]).date()
    releases, newest = entries("database_releases"), entries("database_support")[series]["newest"]
    assert max(packed) > newest or f"{series}.{max(packed)}" in releases
    days = {
        n: date.fromisoformat(releases[f"{series}.{n}"]["released"][:10]) for n in packed if f"{series}.{n}" in releases
    }
    assert days
    assert [n for n, day in days.items() if not timedelta(-7) <= packed[n] - day <= timedelta(60)] == []


def test_the_database_servers_that_were_captured_are_known() -> None:
    captured = [one.facts for one in samples() if one.namespace in ("postgresql", "mysql") and one.origin == "captured"]
    releases = {one["release"] for one in captured if isinstance(one.get("release"), str)}
    assert releases and releases <= entries("database_releases").keys()
