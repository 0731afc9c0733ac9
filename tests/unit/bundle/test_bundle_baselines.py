"""Baselines take over what they do not say; a site's overlay may tighten, and what it loosens is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.bundle.loosened import weaker
from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError
from pepperbird.model.catalog import ResolvedBaseline
from pepperbird.model.policy import Parameter
from pepperbird.model.state import Enforcement, Tier
from tests.support.content import write_content


def overlaid(tmp_path: Path, text: str) -> ResolvedBaseline:
    overlay = tmp_path / "local.yaml"
    overlay.write_text(f"id: local\ntitle: Local\n{text}")
    return read_bundle(write_content(tmp_path / "content"), [overlay]).baselines["local"]


def test_what_is_not_said_is_taken_over(tmp_path: Path) -> None:
    catalog = read_bundle(write_content(tmp_path))
    critical = catalog.baseline(Tier.CRITICAL)
    assert critical.controls["DS-12"].params["min_free_pct"] == 15, "from standard"
    assert critical.controls["DS-12"].params["signed_days"] == 365, "from foundation"
    assert critical.enforcement("DS-15") is Enforcement.REQUIRED, "its own"
    assert catalog.baseline(Tier.STANDARD).enforcement("DS-15") is Enforcement.ADVISORY
    assert critical.gate.score == 60
    assert critical.loosened == ()


def test_only_keeps_just_these_required(tmp_path: Path) -> None:
    starter = read_bundle(write_content(tmp_path)).baselines["starter"]
    assert starter.enforcement("DS-12") is Enforcement.REQUIRED
    assert starter.enforcement("DS-15") is Enforcement.NOT_REQUIRED
    assert starter.controls["DS-12"].params["min_free_pct"] == 10


TIGHTER = "controls: {DS-12: {enforcement: required, params: {min_free_pct: 20, signed_days: 30, strength: strong}}}\n"


def test_an_overlay_may_tighten(tmp_path: Path) -> None:
    local = overlaid(tmp_path, "extends: standard\ndeadlines: {critical: 3, high: 10, medium: 30, low: 60}\n" + TIGHTER)
    assert local.loosened == ()
    assert local.controls["DS-12"].params["min_free_pct"] == 20


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("controls: {DS-12: {enforcement: required, params: {min_free_pct: 14}}}", "DS-12.min_free_pct"),
        ("controls: {DS-12: {enforcement: required, params: {signed_days: 366}}}", "DS-12.signed_days"),
        ("controls: {DS-12: {enforcement: required, params: {strength: weak}}}", "DS-12.strength"),
        ("controls: {DS-12: {enforcement: required, params: {allowed_modes: [ok]}}}", "DS-12.allowed_modes"),
        ("controls: {DS-12: {enforcement: advisory}}", "DS-12.enforcement"),
        ("only: [DS-15]", "DS-12.enforcement"),
        ("deadlines: {critical: 7, high: 30, medium: 90, low: 999}", "deadlines.low"),
        ("freshness: {online: 8, relay: 14, visited: 90}", "freshness.online"),
        ("expected_kinds: []", "expected_kinds"),
        ("tier: foundation", "tier"),
    ],
)
def test_what_an_overlay_loosens_is_named(tmp_path: Path, change: str, named: str) -> None:
    assert overlaid(tmp_path, f"extends: standard\n{change}\n").loosened == (named,)


def test_an_overlay_of_a_loosened_overlay_is_loosened(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("id: first\ntitle: F\nextends: standard\ncontrols: {DS-12: {enforcement: advisory}}\n")
    second.write_text("id: second\ntitle: S\nextends: first\n")
    baselines = read_bundle(write_content(tmp_path / "content"), [first, second]).baselines
    assert baselines["second"].loosened == ("DS-12.enforcement",)


def test_an_overlay_leaves_the_digest_and_the_published_alone(tmp_path: Path) -> None:
    root = write_content(tmp_path / "content")
    overlay = tmp_path / "local.yaml"
    overlay.write_text("id: local\ntitle: L\nextends: standard\n" + TIGHTER)
    plain, with_overlay = read_bundle(root), read_bundle(root, [overlay])
    assert with_overlay.digest == plain.digest
    assert with_overlay.baseline(Tier.STANDARD) == plain.baseline(Tier.STANDARD)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: L\n", "add `extends: <baseline>`"),
        ("title: L\nextends: nothing\n", "there is no baseline 'nothing'; there are critical, foundation, standard"),
        ("title: L\nextends: local\n", "goes in a circle (local -> local)"),
        ("title: L\nextends: standard\ncontrols: {DS-99: {enforcement: required}}\n", "there is no control DS-99"),
    ],
)
def test_a_wrong_overlay_is_refused_at_its_place(tmp_path: Path, text: str, told: str) -> None:
    overlay = tmp_path / "local.yaml"
    overlay.write_text("id: local\n" + text)
    with pytest.raises(ContentError) as caught:
        read_bundle(write_content(tmp_path / "content"), [overlay])
    assert any(told in issue.message and issue.file == str(overlay) for issue in caught.value.issues), caught.value


def test_an_overlay_may_not_take_a_published_name(tmp_path: Path) -> None:
    overlay = tmp_path / "standard.yaml"
    overlay.write_text("id: standard\ntitle: L\nextends: foundation\n")
    with pytest.raises(ContentError, match="is the name of a published baseline"):
        read_bundle(write_content(tmp_path / "content"), [overlay])


def test_an_overlay_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        read_bundle(write_content(tmp_path / "content"), [tmp_path / "none.yaml"])


def test_directions() -> None:
    most = Parameter(type="int", compare="max", unit="days")
    least = Parameter(type="int", compare="min", unit="days")
    exactly = Parameter(type="bool", compare="eq", unit="")
    assert weaker(most, 8, 7)
    assert not weaker(most, 6, 7)
    assert weaker(least, 6, 7)
    assert not weaker(least, 8, 7)
    assert weaker(exactly, True, False)
    assert weaker(exactly, False, True)
    assert not weaker(exactly, True, True)
