"""Attestations and waivers of a site: small records, each in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pepperbird.inventory.access import Fault
from pepperbird.inventory.files import SiteFolder
from pepperbird.inventory.raw import Row, as_date, as_moment, near, rows
from pepperbird.inventory.rules import date_fault, invisible
from pepperbird.located.document import Document
from pepperbird.located.validate import validate
from pepperbird.model.attestation import Attestation
from pepperbird.model.declared import Waiver, WaiverFile

Assets = Mapping[str, frozenset[str] | None]
"""Per agency everything that a record may name; None where the agency's file could not be read at all."""
_CLAUSE = re.compile(r"(DS|DI|BR|DR|IS)-[0-9]{2}\.[0-9]{1,2}")
CONTROL = re.compile(r"(DS|DI|BR|DR|IS)-[0-9]{2}")


def assets_of(data: Any, agency_id: str) -> frozenset[str] | None:
    """Ids of the agency itself and of its assets, stores and repositories, from its raw values."""
    if not isinstance(data, dict):
        return None
    named = {row.get("id") for section in ("assets", "stores", "repositories") for _, row in rows(data, section)}
    return frozenset({agency_id, *(name for name in named if isinstance(name, str))})


def read_attestations(folder: SiteFolder, known: Assets) -> list[Attestation]:
    """Every record under attestations/<agency>/, with the digest of the document that lies beside it."""
    found = []
    for directory in folder.folders(folder.root / "attestations"):
        if directory.name not in known:
            folder.note(
                directory, f"no agency {directory.name!r} in this site; rename the folder{near(directory.name, known)}"
            )
        for path in folder.documents(directory):
            document = folder.read(path)
            if document is None:
                continue
            record, issues = validate(document, Attestation)
            faults = list(_attestation_faults(document, path, known)) if isinstance(document.data, dict) else []
            folder.issues += [*issues, *(document.issue(*fault) for fault in faults)]
            if record is not None and not faults:
                digest = folder.digest(directory / record.document)
                found.append(record.model_copy(update={"document_found_sha256": digest}))
    return found


def _attestation_faults(document: Document, path: Path, known: Assets) -> Iterator[Fault]:
    row: Row = document.data
    yield from invisible(row)
    if "document_found_sha256" in row:
        yield ("document_found_sha256",), "document_found_sha256: worked out when the site is read; remove it"
    clause, agency, asset = row.get("clause"), row.get("agency_id"), row.get("asset")
    if isinstance(clause, str) and not _CLAUSE.fullmatch(clause):
        yield ("clause",), f"clause: {clause!r} is not the id of a clause; write for example BR-07.2"
    elif isinstance(clause, str) and path.stem not in (clause, f"{clause}@{asset}"):
        yield (
            ("clause",),
            f"clause: {clause} in a file named {path.name}; name it {clause}.yaml or {clause}@<asset>.yaml",
        )
    if isinstance(agency, str) and agency != path.parent.name:
        yield ("agency_id",), f"agency_id: {agency!r} in the folder of {path.parent.name!r}; make them the same"
    elif isinstance(asset, str) and (there := known.get(path.parent.name)) is not None and asset not in there:
        message = f"asset: {path.parent.name} has no {asset!r}; correct it or leave it out{near(asset, there)}"
        yield ("asset",), message
    place = PurePosixPath(str(row.get("document", "x")))
    if place.is_absolute() or ".." in place.parts or not place.parts:
        yield ("document",), "document: not a path beside this record; put the document there and write its name"
    yield from _moments(row)


def _moments(row: Row) -> Iterator[Fault]:
    for name in ("signed_at", "valid_until", "reviewed_at"):
        if isinstance(row.get(name), str) and as_moment(row[name]) is None:
            yield (name,), f"{name}: not a day or a time with its zone; write 2026-11-23 or 2026-11-23T12:00:00Z"
    signed, until = as_moment(row.get("signed_at")), as_moment(row.get("valid_until"))
    if signed is not None and until is not None and until < signed:
        yield ("valid_until",), "valid_until: before the day of signing; correct one of them"


def read_waivers(folder: SiteFolder, known: Assets) -> list[Waiver]:
    """Every waiver under waivers/. How long one may run is judged where severities are known."""
    found = []
    for path in folder.records(folder.root / "waivers"):
        document = folder.read(path)
        if document is None:
            continue
        waiver, issues = validate(document, WaiverFile)
        faults = list(_waiver_faults(document.data, path, known)) if isinstance(document.data, dict) else []
        folder.issues += [*issues, *(document.issue(*fault) for fault in faults)]
        if waiver is not None:
            found.append(Waiver(**waiver.model_dump()))
    return found


def _waiver_faults(row: Row, path: Path, known: Assets) -> Iterator[Fault]:
    yield from invisible(row)
    name, control, agency, asset = (row.get(field) for field in ("id", "control", "agency", "asset"))
    if isinstance(name, str) and name != path.stem:
        yield ("id",), f"id: {name!r} in a file named {path.name}; make them the same"
    if isinstance(control, str) and not CONTROL.fullmatch(control):
        yield ("control",), f"control: {control!r} is not the id of a control; write for example DS-03"
    if isinstance(agency, str) and agency not in known:
        yield ("agency",), f"agency: no agency {agency!r} in this site; correct the id{near(agency, known)}"
    elif isinstance(agency, str) and isinstance(asset, str) and not asset.startswith(f"{agency}#"):
        there = known[agency]  # `<agency>#<kind>` stands for a kind that is not registered
        if there is not None and asset not in there:
            yield ("asset",), f"asset: {agency} has no {asset!r}; correct the id{near(asset, there)}"
    for field in ("since", "until"):
        yield from date_fault((), row, field)
    since, until = as_date(row.get("since")), as_date(row.get("until"))
    if since is not None and until is not None and until < since:
        yield ("until",), "until: before `since`; correct one of them"
