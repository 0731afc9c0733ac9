"""Whatever stands where in a site's files, reading it gives issues, never an exception of another kind."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pepperbird.errors import SiteError, UsageError
from pepperbird.inventory.access import without_secrets
from pepperbird.inventory.cells import read_sheet
from pepperbird.inventory.files import SiteFolder
from pepperbird.inventory.merge import merge
from pepperbird.inventory.raw import walk
from pepperbird.inventory.read import read_agency
from pepperbird.inventory.records import read_attestations, read_waivers
from pepperbird.inventory.sheet import COLUMNS, additions_of
from pepperbird.inventory.templates import agency_file, examples_taken
from pepperbird.located.document import Path as Place
from pepperbird.located.document import parse
from pepperbird.model.state import Tier

GOOD = parse(examples_taken(agency_file("lra", "x", Tier.STANDARD)), "f").data
RECORD = {"clause": "DR-01.1", "agency_id": "lra", "document": "x.pdf", "document_sha256": "0" * 64, "asset": "a",
          "media_type": "x", "signer_name": "x", "signer_role": "x", "signed_at": "2026-01-01",
          "valid_until": "2027-01-01"}  # fmt: skip
WAIVER = {"id": "w", "agency": "lra", "control": "DS-03", "asset": "lra", "reason": "r", "measure": "m",
          "approved_by": "x", "since": "2026-01-01", "until": "2026-02-01"}  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=12) | st.sampled_from(
        ["ssh", "local", "db-1", "lra", "linux-server", "2026-02-30", "[", "a:b:c", "http:", "x@y", ":", "-", "/"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "on", "via", "at", "x"]), inner),
    max_leaves=5,
)  # fmt: skip


def places(value: Any, path: Place = ()) -> list[Place]:
    found = [path] if path else []
    if isinstance(value, dict):
        found += [place for key, item in value.items() for place in places(item, (*path, key))]
    elif isinstance(value, list):
        found += [place for index, item in enumerate(value) for place in places(item, (*path, index))]
    return found


def changed(value: Any, path: Place, new: Any) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@settings(deadline=None)
@given(st.sampled_from(places(GOOD)), ODD, st.sampled_from(places(GOOD)), ODD)
def test_an_agency_with_odd_values(first: Place, one: Any, second: Place, two: Any) -> None:
    data = changed(GOOD, first, one)
    if second[: len(first)] != first:
        data = changed(data, second, two)
    agency, issues = read_agency(parse(json.dumps(data), "f"), "lra")
    assert (agency is None) == bool(issues)
    assert all(issue.file == "f" and issue.line > 0 and issue.message for issue in issues)


@settings(deadline=None)
@given(ODD)
def test_whole_files_of_odd_values(value: Any) -> None:
    assert read_agency(parse(json.dumps(value), "f"), "lra")[0] is None
    without_secrets(value)
    list(walk(value))


@settings(deadline=None)
@given(st.sampled_from(places(RECORD)), ODD, st.sampled_from(places(WAIVER)), ODD)
def test_records_with_odd_values(first: Place, one: Any, second: Place, two: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "attestations" / "lra").mkdir(parents=True)
        (root / "waivers").mkdir()
        (root / "attestations" / "lra" / "DR-01.1.yaml").write_text(json.dumps(changed(RECORD, first, one)))
        (root / "waivers" / "w.yaml").write_text(json.dumps(changed(WAIVER, second, two)))
        folder = SiteFolder(root)
        known = {"lra": frozenset({"lra", "a"}), "moh": None}
        read_attestations(folder, known)
        read_waivers(folder, known)
        assert all(issue.message for issue in folder.issues)


CELL = st.text(max_size=8) | st.sampled_from(
    ["", "", "lra", "moh", "a", "b", "linux-server", "standard", "h:22", "LR", "r"]
)
SHEETS = st.lists(st.lists(CELL, max_size=12), max_size=8)


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=12), SHEETS, st.binary(max_size=40))
def test_sheets_of_odd_cells(header: list[str], rows: list[list[str]], raw: bytes) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["agency", "asset", "kind", *header], *rows])
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "agencies").mkdir()
        (root / "agencies" / "lra.yaml").write_text("id: lra\nname: x\ntier: standard\n")
        for content in (text.getvalue().encode("utf-8", "replace"), raw, b"PK\x03\x04" + raw):
            (root / "sheet").write_bytes(content)
            try:
                additions, issues = additions_of(read_sheet(root / "sheet"))
                for change in merge(root, additions, issues).changes:
                    agency_id = change.path.name.removesuffix(".yaml")
                    assert read_agency(parse(change.new, "f"), agency_id)[1] == []
            except (SiteError, UsageError) as error:
                assert str(error)
