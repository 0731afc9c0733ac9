"""The files of agreed plans: written so that they read back the same, and every fault told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.errors import SiteError
from pepperbird.inventory.against import issues_against
from pepperbird.inventory.plans import plan_file
from pepperbird.inventory.read import read_site
from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem
from tests.support.shipped import shipped_catalog

PLAN = AgreedPlan(
    agency="moh",
    items=(
        AgreedItem(control="IS-20", asset="db1", agreed="2026-11-01", due="2026-12-01", who='A. "Bob" {x}, #1: no'),
        AgreedItem(control="DS-12", agreed="2026-11-01", due="2027-01-01", assigned=True),
    ),
    dropped=(
        DroppedItem(control="IS-21", agreed="2026-10-01", dropped="2026-11-01", reason="replaced: it's old, }\\"),
    ),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "agencies").mkdir()
    (tmp_path / "plans").mkdir()
    (tmp_path / "site.yaml").write_text("name: Test\n")
    (tmp_path / "agencies" / "moh.yaml").write_text(
        "id: moh\nname: Ministry of Health\ntier: standard\nassets: [{id: db1, kind: linux-server}]\n"
    )
    return tmp_path


def test_what_is_written_is_read_back(site: Path) -> None:
    (site / "plans" / "moh.yaml").write_text(plan_file(PLAN))
    found = read_site(site)
    assert found.agreed == (PLAN,)
    assert found.plan_of("moh") == PLAN
    assert found.plan_of("mof") is None


def test_an_empty_plan_is_none(site: Path) -> None:
    (site / "plans" / "moh.yaml").write_text(plan_file(AgreedPlan(agency="moh")))
    assert read_site(site).plan_of("moh") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agency: mof\nitems: []\n", "in a file named moh.yaml"),
        ("agency: moh\nitems: [{control: IS-20}]\n", "agreed"),
        ("agency: moh\nitems: [{control: is-20, agreed: 2026-11-01, due: 2026-12-01}]\n", "not the id of a control"),
        ("agency: moh\nitems: [{control: IS-20, asset: db2, agreed: 2026-11-01, due: 2026-12-01}]\n", "has no 'db2'"),
        ("agency: moh\nitems: [{control: IS-20, agreed: 2026-11-31, due: 2026-12-01}]\n", "no day 2026-11-31"),
        ("agency: moh\nitems: [{control: IS-20, agreed: 2026-11-02, due: 2026-11-01}]\n", "before the day"),
        (
            "agency: moh\nitems:\n  - {control: IS-20, agreed: 2026-11-01, due: 2026-12-01}\n"
            "  - {control: IS-20, agreed: 2026-11-01, due: 2026-12-01}\n",
            "twice",
        ),
        ("agency: moh\nitems: []\nmore: 1\n", "more"),
    ],
)
def test_a_fault_is_told_with_its_place(site: Path, text: str, words: str) -> None:
    (site / "plans" / "moh.yaml").write_text(text)
    with pytest.raises(SiteError) as told:
        read_site(site)
    assert any(words in str(issue) and "moh.yaml" in str(issue) for issue in told.value.issues)


def test_a_plan_of_no_agency_and_a_folder_of_another_name_are_told(site: Path) -> None:
    (site / "plans" / "mof.yaml").write_text("agency: mof\nitems: []\n")
    with pytest.raises(SiteError, match="no agency 'mof'"):
        read_site(site)


def test_a_control_that_the_content_lacks_is_told(site: Path) -> None:
    item = AgreedItem(control="IS-99", agreed="2026-11-01", due="2026-12-01")
    (site / "plans" / "moh.yaml").write_text(plan_file(AgreedPlan(agency="moh", items=(item,))))
    found = [str(issue) for issue in issues_against(read_site(site), shipped_catalog())]
    assert len(found) == 1 and "the content has no IS-99" in found[0]
