"""The officer's week as one HTML page that prints."""

from __future__ import annotations

from pathlib import Path

from pepperbird.report.diff_words import FALL, RULES
from pepperbird.report.officer_view import OfficerWeek
from pepperbird.report.page import render_page
from pepperbird.report.words import TIER


def render_officer_html(week: OfficerWeek, root: Path) -> bytes:
    """UTF-8 bytes. `root` holds the content folders. Raises ContentError."""
    return render_page("officer.html", root, week=week, falls=FALL, rules=RULES, tiers=TIER, most=12)
