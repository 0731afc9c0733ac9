"""`pepperbird agency plan`: keep and show what an agency agreed to mend, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pepperbird.cli.agency_plan_sign import plan_signed, sign_plan
from pepperbird.cli.common import STORE, site_directory, state_directory, write_atomically
from pepperbird.cli.opening import open_store
from pepperbird.cli.signing import key_options
from pepperbird.errors import UsageError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now

if TYPE_CHECKING:
    from pepperbird.model.agreed import AgreedPlan
    from pepperbird.model.site import Site
    from pepperbird.scan.agreeing import Basis

ITEM = "CONTROL[@ASSET]"


@dataclass(frozen=True, slots=True)
class Change:
    """What was asked for on the command line."""

    add: tuple[str, ...]
    assign: tuple[str, ...]
    drop: tuple[str, ...]
    first: bool
    due: datetime | None
    who: str
    reason: str

    @property
    def any(self) -> bool:
        return bool(self.add or self.assign or self.drop or self.first)


@click.command("plan")
@click.argument("agency_id", metavar="ID")
@click.option("--add", multiple=True, metavar=ITEM, help="Agreed: put it in the plan, e.g. IS-20 or IS-20@db1.")
@click.option("--assign", multiple=True, metavar=ITEM, help="The programme office puts it in the plan.")
@click.option(
    "--first", is_flag=True, help="Agreed: the things that the latest report puts first, until five are open."
)
@click.option("--drop", multiple=True, metavar=ITEM, help="Take it out again; needs --reason.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Another day than the baseline gives.")
@click.option("--who", default="", help="Who does it, where it is not the agency's administrator.")
@click.option("--reason", default="", help="Why it is dropped.")
@click.option("--sign", is_flag=True, help="Sign it as it stands, for the programme office; needs --key.")
@key_options(required=False)
@click.option(
    "--site", type=click.Path(path_type=Path), default=None, help="The site folder.  [default: the current folder]"
)
def plan(agency_id: str, site: Path | None, sign: bool, key: str | None, passphrase: str | None, **asked: Any) -> int:
    """Show the plan that agency ID agreed to, change it, or sign it.

    A deadline begins when an item enters the plan: the days that the baseline gives for its severity and tier. About
    five open items are what one administrator keeps up with. The plan is the file plans/ID.yaml of the site. Where the
    site has keys it counts once the programme office signed it, with a key that may sign `waiver`.
    """
    from pepperbird.inventory.plans import FOLDER, plan_file
    from pepperbird.inventory.read import read_site

    root = site_directory(site)
    declared = read_site(root)
    if agency_id not in {one.id for one in declared.agencies}:
        known = ", ".join(one.id for one in declared.agencies[:20]) or "none"
        raise UsageError(f"no agency {clean(agency_id, 80)!r} in this site; there are: {known}")
    change = Change(**asked)
    if not change.any and (change.due or change.who or change.reason):
        raise UsageError("--due and --who go with --add or --assign, --reason goes with --drop")
    if sign and change.any:
        raise UsageError("change the plan first and read it; then sign it by itself")
    if sign != bool(key):
        raise UsageError("--sign and --key go together: whose key signs")
    if sign and key:
        sign_plan(root, declared, agency_id, key, passphrase, now())
    basis = _basis(root, agency_id)
    current = _changed(declared, agency_id, change, basis)
    if change.any:
        path = root / FOLDER / f"{agency_id}.yaml"
        write_atomically(path, plan_file(current).encode())
        click.echo(f"Wrote {path}.", err=True)
    _show(current, basis)
    _show_signed(root, read_site(root) if change.any else declared, agency_id)
    return 0


def _basis(root: Path, agency_id: str) -> Basis:
    """Where the agency stands; without a run yet, what the content alone tells."""
    from pepperbird.bundle.find import find_content
    from pepperbird.bundle.read import read_bundle
    from pepperbird.scan.agreeing import Basis, basis_of

    overlays = sorted((root / "baselines").glob("*.yaml"))
    if not (state_directory() / STORE).exists():
        return Basis(read_bundle(find_content(), overlays=overlays), None, now())
    store = open_store(root)
    try:
        return basis_of(store, agency_id, now()) or Basis(read_bundle(find_content(), overlays=overlays), None, now())
    finally:
        store.close()


def _changed(site: Site, agency_id: str, change: Change, basis: Basis) -> AgreedPlan:
    from pepperbird.model.agreed import AgreedPlan
    from pepperbird.scan.agreeing import Agreeing

    agreeing = Agreeing(site, basis, site.plan_of(agency_id) or AgreedPlan(agency=agency_id))
    due = change.due.date().isoformat() if change.due else ""
    for name in change.drop:
        agreeing.drop(name, change.reason)
    for name in change.add:
        agreeing.add(name, due, change.who)
    for name in change.assign:
        agreeing.add(name, due, change.who, assigned=True)
    if change.first:
        agreeing.add_first(due, change.who)
    for told in agreeing.warnings:
        click.echo(told, err=True)
    return agreeing.plan


def _show(current: AgreedPlan, basis: Basis) -> None:
    from pepperbird.report.plan_text import plan_lines

    for line in plan_lines(current, basis.catalog, basis.entries, basis.at):
        click.echo(line)


def _show_signed(root: Path, site: Site, agency_id: str) -> None:
    from pepperbird.report.plan_text import signed_lines

    standing, fresh = plan_signed(root, site, agency_id, now())
    for line in signed_lines(standing, site.plan_of(agency_id)):
        click.echo(line)
    if fresh:
        click.echo("A signature that was made elsewhere lies beside it. It counts once the next scan has recorded it.")
