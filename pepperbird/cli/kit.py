"""`pepperbird kit`: a script for each server of an agency, which the agency runs itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, write_all_atomically
from pepperbird.cli.opening import open_store
from pepperbird.collect.kit_file import kit_file
from pepperbird.collect.kit_script import Wording
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Selection
from pepperbird.plan.make import make_plan
from pepperbird.scan.clock import now
from pepperbird.scan.kits import new_kits, servers_of

SENDER = "The programme office that gave you this script"


@click.command()
@click.argument("agency", metavar="AGENCY")
@SITE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the scripts.")
@click.option("--asset", "assets", multiple=True, metavar="ID", help="Only this server; may be repeated.")
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How long the kits are good.")
@click.option("--deep", is_flag=True, help="Ask the heavy questions too.")
@click.option("--contact", default=SENDER, help="Whom the agency sends the bundles to.", show_default=True)
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
def kit(agency: str, site: Path | None, content: Path | None, out: Path, contact: str, **call: Any) -> int:
    """Write a script for each server of AGENCY that it runs itself. Contacts nothing.

    OUT/SERVER/collect.sh asks what a scan asks, needs nothing installed, and writes one bundle, which `pepperbird
    ingest` takes in once, until the kit's days are over. What it shows is self-collected, not observed. For a Windows
    server it is collect.ps1, which is not yet proved on Windows.
    """
    root = site_directory(site)
    declared = read_site(root)
    found = next((one for one in declared.agencies if one.id == agency), None)
    if found is None:
        raise UsageError(f"no agency {agency!r} in the site; `pepperbird agency list` names them")
    catalog = read_bundle(find_content(content), overlays=sorted((root / "baselines").glob("*.yaml")))
    selection = Selection(agencies=(agency,), deep=call["deep"], kits=servers_of(found, call["assets"]))
    made = new_kits(catalog, make_plan(catalog, declared, selection, at=now()), call["days"])
    wording = Wording(found.name, declared.file.name, contact, _questions(catalog))
    written = [(one.asset, *kit_file(one, endpoint, catalog.programs, wording)) for one, endpoint in made]
    files = {out / asset / name: text for asset, name, text in written}
    store = open_store(root)
    try:
        store.kits.add([one for one, _ in made])
    finally:
        store.close()
    write_all_atomically(files)
    for path in files:
        click.echo(f"Wrote {path}")
    click.echo(f"Each is good for one bundle, until {made[0][0].expires}. Take it in with `pepperbird ingest BUNDLE`.")
    return 0


def _questions(catalog: Catalog) -> dict[str, str]:
    return {
        f"{one.id}.{name}": f"{one.title}: {probe.doc}"
        for one in catalog.collectors.values()
        for name, probe in one.probes.items()
    }
