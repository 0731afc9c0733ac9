"""`pepperbird schedule`: what is scanned by itself, when it comes, and who sees to it."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import STORE, site_directory, state_directory, write_all_atomically
from pepperbird.cli.opening import open_store
from pepperbird.cli.serve import PATIENCE
from pepperbird.cli.serving import office_of
from pepperbird.fleet.due import next_ticks, timed
from pepperbird.fleet.moments import moment_of, text_of, utc_now
from pepperbird.fleet.standing import Shown, shown
from pepperbird.inventory.read import read_site
from pepperbird.store.lease import HeldError


@click.group()
def schedule() -> None:
    """List what is scanned by itself, say when it comes, carry out what is due, and have systemd see to it."""


@schedule.command("list")
@SITE
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(site: Path | None, form: str) -> int:
    """Show each schedule: when it comes, how it last ended, and what was missed. Status 3 where one has no answer."""
    root = site_directory(site)
    found = _shown(root)
    if form == "json":
        click.echo(json.dumps([_as_json(one) for one in found], indent=2, sort_keys=True))
    elif not found:
        click.echo("No schedules; docs/operating.md shows how to write some into site.yaml.")
    else:
        for one in found:
            for line in one.lines:
                click.echo(line)
    return 3 if any(one.unanswered for one in found) else 0


def _shown(root: Path) -> list[Shown]:
    schedules = timed(read_site(root).file)
    if not (state_directory() / STORE).exists():
        return shown(schedules, {}, {}, {}, utc_now())
    store = open_store(root)
    try:
        ticks = {one.id: store.schedules.ticks(one.id, 3) for one in schedules}
        return shown(schedules, store.schedules.all(), store.schedules.missed(), ticks, utc_now())
    finally:
        store.close()


def _as_json(one: Shown) -> dict[str, Any]:
    return {
        "id": one.timed.id, "cron": one.timed.schedule.cron, "time_zone": one.timed.zone.key,
        "next": text_of(one.next) if one.next else None,
        "answered": one.standing.answered if one.standing and one.standing.answers else None,
        "run": one.standing.run or None if one.standing else None,
        "missed": one.missed, "unanswered": text_of(one.unanswered.tick) if one.unanswered else None,
        "ticks": [{"tick": tick.tick, "state": tick.state, "count": tick.count, "run": tick.run or None,
                   "said": tick.said or None} for tick in one.ticks],
    }  # fmt: skip


@schedule.command("next")
@SITE
@click.option("--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many of each.")
@click.option("--after", metavar="TIME", help="Those after this time, as 2026-12-01T00:00:00Z, instead of now.")
def next_(site: Path | None, count: int, after: str | None) -> int:
    """Print when schedules come next: in their own time zone, and in UTC."""
    schedules = timed(read_site(site_directory(site)).file)
    since = utc_now() if after is None else _time(after)
    coming = [(tick, one) for one in schedules for tick in next_ticks(one, since, count)]
    for tick, one in sorted(coming, key=lambda pair: (pair[0], pair[1].id)):
        click.echo(f"{tick.astimezone(one.zone):%a %Y-%m-%d %H:%M} {one.zone.key}  {text_of(tick)}  {one.id}")
    if not schedules:
        click.echo("No schedules; docs/operating.md shows how to write some into site.yaml.")
    return 0


def _time(text: str) -> Any:
    try:
        moment = moment_of(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write one like 2026-12-01T00:00:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo("UTC"))


@schedule.command("run-due")
@SITE
@PATIENCE
def run_due(site: Path | None, patience: int) -> int:
    """Carry out what is due now, go on with runs that wait, and end. For a timer, where `serve` does not run.

    Where another process carries out the schedules already, it says so and ends well. Status 2 where something was
    wrong, which is logged on standard error.
    """
    from pepperbird.fleet.serve import run_due as carry_out

    root = site_directory(site).resolve()
    with office_of(root, patience) as office:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: office.stop.set())
        try:
            well = carry_out(office, root)
        except HeldError as held:
            click.echo(f"Nothing to do: {held}", err=True)
            return 0
    return 0 if well else 2


@schedule.command("install")
@SITE
@click.option("--serve", "serving", is_flag=True, help="A service that serves, instead of a timer.")
@click.option("--every", type=click.IntRange(1, 59), default=5, show_default=True, metavar="MINUTES",
              help="How often the timer looks.")  # fmt: skip
@click.option("--user", metavar="ACCOUNT", help="The account that scans.  [default: this one]")
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Write the files into this folder, as /etc/systemd/system, instead of printing them.")  # fmt: skip
def install(site: Path | None, serving: bool, every: int, user: str | None, folder: Path | None) -> int:
    """Print or write the units with which systemd carries out the schedules of a site. Starts nothing.

    Where site.yaml says `backups: {to: FOLDER}`, a timer backs up the store each night as well.
    """
    from pepperbird.fleet.units import backup_units, units

    root = site_directory(site).resolve()
    backed_up = read_site(root).file.backups is not None
    files = units(root, state_directory().absolute(), user, every=None if serving else every)
    wanted = [list(files)[-1]]
    if backed_up:
        files |= backup_units(root, state_directory().absolute(), user)
        wanted.append(list(files)[-1])
    if folder is None:
        for name, text in files.items():
            click.echo(f"# /etc/systemd/system/{name}\n{text}")
        return 0
    write_all_atomically({folder / name: text.encode() for name, text in files.items()})
    for name in files:
        click.echo(f"Wrote {folder / name}")
    click.echo(f"Next: systemctl daemon-reload && systemctl enable --now {' '.join(wanted)}")
    return 0
