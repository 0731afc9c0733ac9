"""`pepperbird inventory propose`: what a scan found and the register lacks, accepted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, write_all_atomically
from pepperbird.cli.opening import open_store
from pepperbird.errors import UsageError
from pepperbird.inventory.additions import Additions, Origin
from pepperbird.inventory.extend import flow
from pepperbird.inventory.merge import merge
from pepperbird.inventory.propose import Findings, Proposal, propose
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.model.text import clean
from pepperbird.observe.observe import observe
from pepperbird.scan.again import stored_content


@click.command("propose")
@click.argument("run", default="latest")
@click.option("--agency", "agency_id", default=None, metavar="ID", help="Only this agency.  [default: all of the run]")
@click.option(
    "--accept", multiple=True, metavar="ID", help="Write the proposal of this id to the register; repeatable."
)
@SITE
def propose_(run: str, agency_id: str | None, accept: Sequence[str], site: Path | None) -> None:
    """Show what a scan found that the register lacks. RUN is an id, the start of one, or `latest`.

    Nothing is written but what --accept names. An accepted entry still needs its owner, class and backups.
    """
    root = site_directory(site)
    store = open_store(root)
    try:
        run_id = store.find(run)
        with stored_content(store, run_id) as catalog:
            found = _findings(store.load(run_id), catalog, root, agency_id)
    finally:
        store.close()
    for agency, findings in found.items():
        for note in findings.notes:
            click.echo(f"{agency}/{clean(note, 400)}", err=True)
    if accept:
        _accept(root, run_id, found, accept)
    else:
        _show(run_id, found)


def _findings(run: Run, catalog: Catalog, root: Path, wanted: str | None) -> dict[str, Findings]:
    """By agency, from the evidence of the run and the register as it is now."""
    agencies = {one.id: one for one in read_site(root).agencies if one.id in run.plan.agencies}
    if wanted is not None and wanted not in agencies:
        raise UsageError(f"run {run.id} has no agency {clean(wanted, 80)!r} of this site; it has: {_names(agencies)}")
    if not agencies:
        raise UsageError(f"run {run.id} looked at no agency of this site; scan the site first, with --site")
    told: dict[str, dict[str, Any]] = {name: {} for name in agencies if wanted in (None, name)}
    for endpoint in run.plan.endpoints:
        transcript = run.transcripts.get(endpoint.id)
        if endpoint.agency in told and transcript is not None:
            told[endpoint.agency][endpoint.asset] = observe(catalog, endpoint, transcript).facts
    mounts = catalog.lists.get("os_mounts", ())
    return {name: propose(agencies[name], facts, mounts, f"run {run.id}") for name, facts in told.items()}


def _names(names: Sequence[str] | dict[str, Any]) -> str:
    return ", ".join(sorted(names)) or "none"


def _show(run_id: str, found: dict[str, Findings]) -> None:
    count = 0
    for agency, findings in found.items():
        for proposal in findings.proposals:
            count += 1
            click.echo(f"# {clean(proposal.why, 300)}\n# agencies/{agency}.yaml, {proposal.item.section}:")
            click.echo(f"  - {flow(proposal.item.row)}")
    if count:
        click.echo(
            f"{count} proposed by run {run_id}. Take one with: pepperbird inventory propose {run_id} --accept ID"
        )
    else:
        click.echo(f"Nothing to propose: the register has all that run {run_id} found.")


def _accept(root: Path, run_id: str, found: dict[str, Findings], accepted: Sequence[str]) -> None:
    known: dict[str, list[tuple[str, Proposal]]] = {}
    for agency, findings in found.items():
        for proposal in findings.proposals:
            known.setdefault(proposal.id, []).append((agency, proposal))
    additions: dict[str, Additions] = {}
    for name in dict.fromkeys(accepted):
        matches = known.get(name, [])
        if len(matches) != 1:
            problem = "is proposed for several agencies; add --agency" if matches else f"is not among: {_names(known)}"
            raise UsageError(f"{clean(name, 80)!r} {problem}")
        agency, proposal = matches[0]
        one = additions.setdefault(agency, Additions(agency, Origin(f"run {run_id}")))
        one.things[proposal.item.name] = proposal.item
    outcome = merge(root, additions.values())
    write_all_atomically({change.path: change.new.encode() for change in outcome.changes})
    for change in outcome.changes:
        click.echo(f"Extended {change.path}; fill in what is missing (owner, class, backed_up_to)")
