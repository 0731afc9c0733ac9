"""`pepperbird trend`: how score, coverage and what is open went over the full runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pepperbird.cli.common import write_atomically
from pepperbird.cli.opening import open_store
from pepperbird.errors import UsageError

if TYPE_CHECKING:
    from pepperbird.score.trend import Trend

TIERS = ("foundation", "standard", "critical")
STANDARDS = ("BR", "DI", "DR", "DS", "IS")


@dataclass(frozen=True)
class Call:
    """What the command was called with."""

    agency: str | None
    nation: bool
    tier: str | None
    cohort: str | None
    standard: str | None
    since: datetime | None


@click.command()
@click.option("--agency", metavar="ID", help="The agency; needed where the store has several.")
@click.option("--nation", is_flag=True, help="All registered agencies, from the runs that judged every one.")
@click.option("--tier", type=click.Choice(TIERS), help="The nation's agencies of this tier only.")
@click.option("--cohort", metavar="NAME", help="Those of this tier and kind of estate, as standard/databases.")
@click.option("--standard", type=click.Choice(STANDARDS, case_sensitive=False), help="This standard only.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day on, as 2026-01-31.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json", "svg"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output.")
def trend(form: str, output: Path | None, **call: Any) -> int:
    """Show score, what was observed, coverage, stage, open and overdue over the full runs that are kept.

    Where standards, baseline or version changed between two runs, that is marked: the figures on both sides are not of
    one kind. Contacts nothing and stores nothing.
    """
    found = _found(Call(**call))
    data = _rendered(found, form)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)
        click.echo(f"Trend: {output}", err=True)
    return 0


def _rendered(found: Trend, form: str) -> bytes:
    from pepperbird.bundle.find import find_content
    from pepperbird.report.trend_data import render_trend_csv, render_trend_json
    from pepperbird.report.trend_svg import render_trend_svg
    from pepperbird.report.trend_text import render_trend_text

    if form == "svg":
        return render_trend_svg(found, find_content())
    return {"csv": render_trend_csv, "json": render_trend_json, "text": render_trend_text}[form](found)


def _found(call: Call) -> Trend:
    from pepperbird.scan.trends import trend_of_agency, trend_of_nation

    if call.nation and call.agency is not None:
        raise UsageError("--agency and --nation exclude each other")
    if sum(one is not None for one in (call.agency, call.tier, call.cohort)) > 1:
        raise UsageError("name one of --agency, --tier and --cohort only")
    day = call.since.date().isoformat() if call.since else ""
    store = open_store()
    try:
        if call.nation or call.tier or call.cohort is not None:
            return trend_of_nation(store, call.standard, day, tier=call.tier, cohort=call.cohort)
        return trend_of_agency(store, call.agency, call.standard, day)
    finally:
        store.close()
