"""`pepperbird plan`: every command and argument that a scan would send, per endpoint. Contacts nothing."""

from __future__ import annotations

import json
from typing import Any

import click

from pepperbird.cli.common import STORE, state_directory
from pepperbird.cli.request import Call, Request, read_request, request_options
from pepperbird.cli.traffic import cost_lines, has_lines, with_costs
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.text import clean
from pepperbird.scan.clock import now


@click.command()
@request_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--program", is_flag=True, help="Print the program that is sent, and nothing else.")
@click.option("--cost", is_flag=True, help="Print what a scan would send and receive, and how long that takes.")
def plan(form: str, program: bool, cost: bool, **call: Any) -> int:
    """Show every command a scan would run. Contacts nothing.

    Each endpoint is asked in one connection by one program, the same bytes for every host; --program prints it.
    """
    request = read_request(Call(**call), at=now())
    if cost or has_lines(request.plan):
        request = with_costs(request, state_directory() / STORE)
    if program:
        click.echo(request.catalog.programs["shell"].decode(), nl=False)
    elif cost and form == "text":
        for line in cost_lines(request.plan):
            click.echo(line)
        click.echo("Nothing was contacted.")
    elif form == "json":
        click.echo(json.dumps([_as_json(endpoint) for endpoint in request.plan.endpoints], indent=2, sort_keys=True))
    else:
        _show(request)
    return 0


def _as_json(endpoint: EndpointPlan) -> dict[str, Any]:
    return {
        "endpoint": endpoint.id,
        "via": endpoint.access.via,
        "at": endpoint.access.at,
        "as": endpoint.access.user,
        "deadline": endpoint.deadline,
        "compressed": endpoint.access.compress,
        "line": endpoint.line.id if endpoint.line else None,
        "cost": _cost_json(endpoint),
        "probes": [
            {
                "id": probe.id, "timeout": probe.timeout, "max_bytes": probe.max_bytes,
                "privilege": probe.privilege, "sudo": list(probe.commands), "arguments": list(probe.args),
            }
            for probe in endpoint.probes
        ],
    }  # fmt: skip


def _cost_json(endpoint: EndpointPlan) -> dict[str, Any] | None:
    """Of the call with --cost; bytes and seconds, all of them estimates."""
    cost = endpoint.cost
    if cost is None:
        return None
    return {"sent": cost.sent, "received": cost.received, "seconds": cost.seconds, "asked_before": cost.known}


def _show(request: Request) -> None:
    catalog, planned = request.catalog, request.plan
    for endpoint in planned.endpoints:
        access = endpoint.access
        who = f"{access.user}@" if access.user else ""
        click.echo(f"{endpoint.id}  {access.via} {clean(who + access.at)}, at most {endpoint.deadline} s in all")
        for probe in endpoint.probes:
            namespace, name = probe.id.split(".")
            click.echo(f"  {probe.id:<28} {catalog.collectors[namespace].probes[name].doc}")
            click.echo(f"  {'':<28} at most {probe.timeout} s and {probe.max_bytes:,} bytes")
            for command in probe.commands:
                click.echo(f"  {'':<28} with sudo: {command}")
            if probe.args:
                click.echo(f"  {'':<28} arguments: {', '.join(repr(clean(one)) for one in probe.args)}")
        click.echo()
    unreached = [asset for asset in planned.assets if asset.endpoint is None and asset.host == asset.id]
    for asset in unreached:
        click.echo(f"{asset.agency}/{asset.id}  no access that can be used is declared; its controls stay unchecked")
    size = len(catalog.programs["shell"])
    click.echo(
        f"{len(planned.endpoints)} endpoints, {len(planned.pairs)} pairs of control and asset. "
        f"The program is {size:,} bytes; `pepperbird plan --program` prints it. Nothing was contacted."
    )
