"""docs/site.md tells the truth: its examples are a valid site, its sheet is importable, no field is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pepperbird.inventory.cells import read_sheet
from pepperbird.inventory.merge import merge
from pepperbird.inventory.read import read_site
from pepperbird.inventory.sheet import additions_of
from pepperbird.model.base import Model
from pepperbird.model.declared import WaiverFile
from pepperbird.model.people import Absence, Authorisation, Contact
from pepperbird.model.site import Access, Agency, Asset, Defaults, Place, Repository, Service, SiteFile, Store

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "site.md").read_text(encoding="utf-8")
NOT_SHOWN = {"zone", "vantage", "path"}
"""What nothing reads yet, or stands with other things too."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    agency, attestation, waiver, site_file = blocks("yaml")
    for name, text in {
        "agencies/lra.yaml": agency,
        "attestations/lra/DR-01.1.yaml": attestation,
        "attestations/lra/continuity-plan.pdf": "plan",
        "waivers/lra-db-1-encryption.yaml": waiver,
        "site.yaml": site_file,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_examples_are_a_valid_site(site: Path) -> None:
    found = read_site(site)
    assert len(found.agency("lra").assets) == 4
    assert len(found.attestations) == len(found.waivers) == 1


def test_the_sheet_can_be_imported(site: Path) -> None:
    (site / "sheet.csv").write_text(blocks("csv")[0])
    additions, issues = additions_of(read_sheet(site / "sheet.csv"))
    assert issues == []
    outcome = merge(site, additions)
    assert [change.path.name for change in outcome.changes] == ["moh.yaml"]


@pytest.mark.parametrize(
    "model",
    [
        Absence, Access, Agency, Asset, Authorisation, Contact, Defaults, Place, Repository, Service, SiteFile, Store,
        WaiverFile,
    ],
)  # fmt: skip
def test_every_field_is_shown(model: type[Model]) -> None:
    for name, field in model.model_fields.items():
        shown = field.alias or name
        if shown not in NOT_SHOWN and not (model is WaiverFile and shown == "subject"):
            assert re.search(rf"\b{shown}\b", PAGE), shown
