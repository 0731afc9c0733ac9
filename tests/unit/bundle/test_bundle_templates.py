"""Every document has its form with its sections, and what it measures can be held against what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.bundle.templates import read_templates
from pepperbird.errors import ContentError
from tests.support.content import FORM, POLICY, write_content

PLACE = "policies/documents/DS-12.4.yaml"
MEASURED = "valid_days: signed_days, measured: {of: thing, figures: [{id: free, title: free, unit: percent%s}]}}"


def broken(root: Path, file: str, text: str | None) -> str:
    write_content(root, {file: text})
    with pytest.raises(ContentError) as caught:
        read_bundle(root)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (PLACE, None, "DS-12.4: its document has no form; write policies/documents/DS-12.4.yaml"),
        (PLACE, FORM.replace("name: growth", "name: shrinking"), "lacks growth; has shrinking"),
        (PLACE, FORM.replace("clause: DS-12.4", "clause: DS-12.5"), "in a file named DS-12.4.yaml"),
        (PLACE, FORM.replace("form: text", "form: poem"), "form"),
        (
            "policies/documents/DS-15.1.yaml",
            FORM.replace("DS-12.4", "DS-15.1"),
            "no clause DS-15.1 asks",
        ),
        ("policies/documents/plan.yaml", FORM, "nothing reads a file of this name"),
    ],
)
def test_a_form_that_does_not_fit_its_document(tmp_path: Path, file: str, text: str | None, words: str) -> None:
    assert words in broken(tmp_path, file, text)


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (", at_least: [min_free]", "no parameter min_free"),
        (", at_least: [allowed_modes]", "is no number"),
        (", at_most: [signed_days]", "measured in percent, and signed_days is in days"),
        (", at_most: [service.rto]", "is a time of a service"),
        (", not_for: [weak]", "no word of a choice here"),
    ],
)
def test_a_figure_that_cannot_be_held_against_what_it_names(tmp_path: Path, figure: str, words: str) -> None:
    text = POLICY.replace("valid_days: signed_days}", MEASURED % figure)
    assert text != POLICY
    assert words in broken(tmp_path, "policies/ds.yaml", text)


def test_a_choice_needs_a_scale_and_cover_needs_services(tmp_path: Path) -> None:
    text = POLICY.replace("valid_days: signed_days}", MEASURED.replace("percent%s", "choice"))
    assert "a choice needs one `at_least`" in broken(tmp_path / "a", "policies/ds.yaml", text)
    text = POLICY.replace("valid_days: signed_days}", MEASURED.replace("of: thing", "of: thing, cover: all") % "")
    assert "`cover` is for services" in broken(tmp_path / "b", "policies/ds.yaml", text)
    text = POLICY.replace("valid_days: signed_days}", MEASURED.replace("of: thing", "of: store") % "")
    assert "`of: store` is for clauses on data-store" in broken(tmp_path / "c", "policies/ds.yaml", text)


def test_a_good_figure_is_taken_and_templates_are_read_by_clause(tmp_path: Path) -> None:
    text = POLICY.replace("valid_days: signed_days}", MEASURED % ", at_least: [min_free_pct]")
    write_content(tmp_path, {"policies/ds.yaml": text})
    read_bundle(tmp_path)
    assert [section.name for section in read_templates(tmp_path)["DS-12.4"].sections] == ["growth"]
