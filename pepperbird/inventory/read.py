"""Read a site folder into a Site: strictly, and with everything that is wrong told at once.

    site.yaml  agencies/<id>.yaml  attestations/<agency>/<clause>.yaml  waivers/<id>.yaml  plans/<agency>.yaml
    baselines/<id>.yaml

Whether a waiver runs too long, or a clause exists, is left to those who know the content; baselines are read there too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

from pepperbird.errors import Issue, SiteError
from pepperbird.inventory.access import Fault, without_secrets
from pepperbird.inventory.files import SiteFolder
from pepperbird.inventory.plans import read_plans
from pepperbird.inventory.raw import Row, as_date, near
from pepperbird.inventory.records import assets_of, read_attestations, read_waivers
from pepperbird.inventory.rules import agency_faults, invisible
from pepperbird.inventory.schedules import hours_faults, schedule_faults, zone_fault, zones_of
from pepperbird.located.document import Document
from pepperbird.located.validate import validate
from pepperbird.model.site import Agency, Site, SiteFile

FOLDERS = ("agencies", "attestations", "waivers", "plans", "baselines")
_TOP = (*FOLDERS, "site.yaml", "known_hosts", "keys.yaml")


def read_site(root: Path) -> Site:
    """Everything that the site declares. Raises SiteError with every problem of every file."""
    if not (root / "site.yaml").exists():
        raise SiteError([Issue(str(root / "site.yaml"), 0, 0, "missing; write a site with `pepperbird init`")])
    folder = SiteFolder(root)
    _misnamed(folder)
    agencies, known, zones = _agencies(folder)
    site_file = _site_file(folder, known, zones)
    attestations = read_attestations(folder, known)
    waivers = read_waivers(folder, known)
    plans = read_plans(folder, known)
    if folder.issues or site_file is None:
        raise SiteError(folder.issues)
    return Site(
        file=site_file,
        agencies=tuple(agencies),
        attestations=tuple(attestations),
        waivers=tuple(waivers),
        agreed=tuple(plans),
        root=str(root),
    )


def overlays(root: Path) -> list[Path]:
    """The baseline files of the site, for whoever reads content."""
    return sorted((root / "baselines").glob("*.yaml"))


def read_agency(document: Document, agency_id: str) -> tuple[Agency | None, list[Issue]]:
    """The agency of one parsed file, or None with all that is wrong in it."""
    data, inline = without_secrets(document.data)
    safe = dataclasses.replace(document, data=data)
    agency, issues = validate(safe, Agency)
    faults = [*inline, *agency_faults(data, agency_id)]
    if isinstance(data, dict):
        faults += hours_faults(data)
    issues = [*issues, *(safe.issue(path, message) for path, message in faults)]
    return (None, issues) if issues else (agency, [])


def _agencies(folder: SiteFolder) -> tuple[list[Agency], dict[str, frozenset[str] | None], set[str]]:
    found: list[Agency] = []
    known: dict[str, frozenset[str] | None] = {}
    zones: set[str] = set()
    for path in folder.records(folder.root / "agencies"):
        document = folder.read(path)
        known[path.stem] = None if document is None else assets_of(document.data, path.stem)
        if document is not None:
            zones |= zones_of(document.data)
            agency, issues = read_agency(document, path.stem)
            folder.issues += issues
            if agency is not None:
                found.append(agency)
    return found, known, zones


def _site_file(folder: SiteFolder, agencies: Collection[str], zones: Collection[str]) -> SiteFile | None:
    document = folder.read(folder.root / "site.yaml")
    if document is None:
        return None
    site, issues = validate(document, SiteFile)
    issues += [document.issue(path, message) for path, message in invisible(document.data)]
    if isinstance(document.data, dict):
        faults = [*_site_faults(document.data, folder.root), *schedule_faults(document.data, agencies, zones)]
        issues += [document.issue(path, message) for path, message in faults]
    folder.issues += issues
    return site


def _site_faults(row: Row, root: Path) -> Iterator[Fault]:
    baseline = row.get("baseline")
    yield from zone_fault((), row)
    day = row.get("budget_year")
    if isinstance(day, str) and len(day) == 5 and as_date(f"2027-{day}") is None:
        yield ("budget_year",), f"budget_year: no year has a day {day}; write month and day, as 07-01"
    overlay = root / "baselines" / f"{baseline}.yaml"
    if isinstance(baseline, str) and not overlay.is_file():
        message = f"no file {overlay}; write the overlay there, or remove the line for the published baselines"
        yield ("baseline",), f"baseline: {message}"


def _misnamed(folder: SiteFolder) -> None:
    """Names that were meant to be one of ours: what lies in `agency/` would be passed over in silence."""
    for path in sorted(folder.root.iterdir()):
        if path.name in _TOP:
            continue
        meant = near(path.name, FOLDERS) if path.is_dir() else near(path.stem, ["site"])
        if meant and (path.is_dir() or path.suffix in (".yaml", ".yml")):
            folder.note(path, f"not read: a site has no such name; rename it{meant}")
