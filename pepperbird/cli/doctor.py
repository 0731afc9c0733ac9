"""`pepperbird doctor`: whether this machine can scan, and what to do where it cannot."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from pepperbird import __version__
from pepperbird.cli import doctor_care
from pepperbird.cli.common import STORE, site_directory, state_directory
from pepperbird.cli.opening import open_store
from pepperbird.errors import PepperbirdError, StoreError


@click.command()
@click.option("--site", type=click.Path(path_type=Path, file_okay=False), help="Also look at this site folder.")
def doctor(site: Path | None) -> int:
    """Check that this machine can scan, and say what is missing. Contacts nothing."""
    broken = 0
    for name, look in _looks(site):
        try:
            said, well = look(), True
        except PepperbirdError as error:
            said, well = str(error), False
        except (OSError, ImportError) as error:
            said, well = f"{type(error).__name__}: {error}", False
        broken += not well
        click.echo(f"{'well ' if well else 'WRONG'}  {name:<10} {said}")
    return 2 if broken else 0


def _looks(site: Path | None) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "pepperbird", lambda: f"{__version__} on Python {sys.version.split()[0]}"
    yield "parts", _parts
    yield "content", _content
    yield "state", lambda: _state(site)
    yield "room", lambda: doctor_care.room(site)
    yield "rights", lambda: doctor_care.rights(site)
    yield "clock", lambda: doctor_care.clock(site)
    yield "backups", lambda: doctor_care.backups(site)
    yield "sealing", lambda: _sealing(site)
    yield "shell", _shell
    yield "login", _login
    if site is not None or Path("site.yaml").exists():
        yield "site", lambda: _site(site)
        yield "schedules", lambda: _schedules(site)
        yield "deliveries", lambda: doctor_care.deliveries(site)


def _parts() -> str:
    names = ("cel-expr-python", "paramiko", "cryptography", "pydantic", "SQLAlchemy", "click")
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


def _content() -> str:
    from pepperbird.bundle.find import find_content
    from pepperbird.bundle.read import read_bundle

    catalog = read_bundle(find_content(None))
    return f"{len(catalog.controls)} controls, {len(catalog.checks)} checks, {catalog.digest[:19]} in {catalog.root}"


def _state(site: Path | None) -> str:
    path = state_directory() / STORE
    store = open_store(site)
    try:
        runs, begun = store.runs(limit=1), store.rejudging.get()
    finally:
        store.close()
    free = shutil.disk_usage(path.parent).free // 2**20
    newest = f"newest run {runs[0].id}" if runs else "no run yet"
    going = "" if begun is None else (
        f"; `pepperbird rejudge` was broken off after {begun.done} of {len(begun.runs)} runs on {begun.about.at[:10]}, "
        "or is at work: the same command goes on with it"
    )  # fmt: skip
    return f"{path}, {newest}, {free:,} MB free{going}"


def _sealing(site: Path | None) -> str:
    """Not sealing is allowed, and said."""
    store = open_store(site)
    try:
        state, sealed = store.vault.state(), store.sealed
    finally:
        store.close()
    if not sealed and not state.masters:
        return "evidence lies in clear in the store (mode 0600); `pepperbird keys new-master` makes a key to seal it"
    lost = f"; the keys of {', '.join(state.lost)} were declared lost" if state.lost else ""
    if not sealed:
        raise StoreError(f"the store is sealed under {_short(state.masters)}, and no master key was given{lost}")
    clear = f"; {state.clear} earlier records lie in clear: `pepperbird keys seal`" if state.clear else ""
    named = _short(state.masters) or "the master key"
    return f"evidence of {len(state.agencies)} agencies is sealed under {named}{clear}{lost}"


def _short(masters: tuple[str, ...]) -> str:
    return ", ".join(f"the master key {one[:8]}" for one in masters)


def _shell() -> str:
    shell = shutil.which("sh")
    if shell is None:
        raise FileNotFoundError("no sh on PATH; `scan local` needs one")
    return shell


def _login() -> str:
    agent = "an SSH agent" if os.environ.get("SSH_AUTH_SOCK") else "no SSH agent"
    keys = sorted(path.name for path in (Path.home() / ".ssh").glob("id_*") if path.suffix != ".pub")
    return f"{agent}; keys in ~/.ssh: {', '.join(keys) or 'none'}"


def _site(site: Path | None) -> str:
    from pepperbird.inventory.read import read_site

    root = site_directory(site)
    read = read_site(root)
    return f"{root}: {len(read.agencies)} agencies, {sum(len(agency.assets) for agency in read.agencies)} assets"


def _schedules(site: Path | None) -> str:
    """Whether each schedule ended in an answer, and who carries them out."""
    from pepperbird.fleet.due import next_ticks, timed, unanswered
    from pepperbird.fleet.moments import last_of, utc_now
    from pepperbird.fleet.process import gone
    from pepperbird.inventory.read import read_site
    from pepperbird.scan.clock import now

    schedules = timed(read_site(site_directory(site)).file)
    if not schedules:
        return "none in site.yaml: scans are started by hand"
    store = open_store(site)
    try:
        last = {name: last_of(one) for name, one in store.schedules.all().items()}
        holder = store.lease.holder()
    finally:
        store.close()
    alive = holder is not None and not holder.late(now()) and not gone(holder)
    who = f"{holder.said} carries them out" if holder is not None and alive else "nobody carries them out just now"
    late = unanswered(schedules, last, utc_now())
    if late:
        said = ", ".join(f"{one.schedule} (since {one.tick:%Y-%m-%dT%H:%MZ})" for one in late)
        raise PepperbirdError(f"without an answer: {said}; {who}; see `pepperbird schedule list`")
    coming = min((tick, one.id) for one in schedules for tick in next_ticks(one, utc_now(), 1))
    return f"{len(schedules)}, next {coming[1]} at {coming[0]:%Y-%m-%dT%H:%MZ}; {who}"
