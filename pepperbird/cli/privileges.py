"""`pepperbird privileges`: the sudoers lines that a scan needs, and no more."""

from __future__ import annotations

from typing import Any

import click

from pepperbird.cli.request import Call, read_request, request_options
from pepperbird.plan.rights import sudoers
from pepperbird.scan.clock import now


@click.command()
@request_options
@click.option("--device", "devices", multiple=True, metavar="NAME", help="A disk to be asked, as sda; may be repeated.")
def privileges(devices: tuple[str, ...], **call: Any) -> int:
    """Print the sudoers lines a scan needs, and no more.

    Put them in /etc/sudoers.d/pepperbird on each server; check them with `visudo -cf FILE` first. `pepperbird access`
    prints a script that does this, and makes the account too.
    """
    request = read_request(Call(**{**call, "deep": True}), at=now())
    click.echo(sudoers(request.plan.endpoints, devices), nl=False)
    return 0
