"""`pepperbird privileges`: the sudoers lines that a scan needs, and no more."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from typing import Any

import click

from pepperbird.cli.request import Call, read_request, request_options
from pepperbird.model.plan import EndpointPlan
from pepperbird.plan.rights import sudoers
from pepperbird.plan.s3_rights import policies
from pepperbird.plan.sql_rights import grants
from pepperbird.scan.clock import now


@click.command()
@request_options
@click.option("--device", "devices", multiple=True, metavar="NAME", help="A disk to be asked, as sda; may be repeated.")
@click.option("--sql", is_flag=True, help="Print the grants for database servers instead.")
@click.option("--s3", is_flag=True, help="Print the policy for object stores instead.")
def privileges(devices: tuple[str, ...], sql: bool, s3: bool, **call: Any) -> int:
    """Print the sudoers lines a scan needs, and no more.

    Put them in /etc/sudoers.d/pepperbird on each server; check them with `visudo -cf FILE` first. `pepperbird access`
    prints a script that does this, and makes the account too. With --sql: the grants in database servers;
    with --s3: the policy for the key of an object store.
    """
    request = read_request(Call(**{**call, "deep": True}), at=now())
    if s3:
        click.echo(policies(request.catalog, request.plan.endpoints), nl=False)
        return 0
    if sql:
        click.echo(grants(request.plan.endpoints), nl=False)
        return 0
    click.echo(sudoers([as_run(endpoint) for endpoint in request.plan.endpoints], devices), nl=False)
    return 0


def as_run(endpoint: EndpointPlan) -> EndpointPlan:
    """On this computer the scan runs as whoever starts it: the lines are for that account, unless it is root."""
    if endpoint.access.via != "local" or endpoint.access.user is not None or os.geteuid() == 0:
        return endpoint
    user = pwd.getpwuid(os.geteuid()).pw_name
    return replace(endpoint, access=endpoint.access.model_copy(update={"user": user}))
