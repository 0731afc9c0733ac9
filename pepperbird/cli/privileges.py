"""`pepperbird privileges`: the sudoers lines that a scan needs, and no more."""

from __future__ import annotations

from typing import Any

import click

from pepperbird.cli.request import Call, read_request, request_options
from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan
from pepperbird.scan.clock import now

ACCOUNT = "pepperbird"


@click.command()
@request_options
def privileges(**call: Any) -> int:
    """Print the sudoers lines a scan needs, and no more.

    Put them in /etc/sudoers.d/pepperbird on each server; check them with `visudo -cf FILE` first.
    """
    request = read_request(Call(**call), at=now())
    click.echo(sudoers(request.plan.endpoints), nl=False)
    return 0


def sudoers(endpoints: tuple[EndpointPlan, ...]) -> str:
    """One line per account, with the fixed commands of all probes. Raises UsageError for a name sudo cannot take."""
    lines = [
        "# What pepperbird may run as root: fixed, read-only commands. Everything else it does without.",
        "# Without these lines the scan still ends; what could not be seen is named in the report.",
    ]
    accounts: dict[str, set[str]] = {}
    for endpoint in endpoints:
        commands = accounts.setdefault(endpoint.access.user or ACCOUNT, set())
        commands.update(command for probe in endpoint.probes for command in probe.commands)
    for account, commands in sorted(accounts.items()):
        if not account.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise UsageError(f"the account name {account!r} cannot stand in a sudoers file; choose a plain one")
        if commands and account != "root":
            lines.append(f"{account} ALL=(root) NOPASSWD: {', '.join(_quoted(one) for one in sorted(commands))}")
    return "\n".join(lines) + "\n"


def _quoted(command: str) -> str:
    """sudoers gives `, : = \\` a meaning of their own inside arguments."""
    path, *arguments = command.split(" ")
    if not arguments:
        return f'{path} ""'
    return " ".join([path, *("".join(f"\\{c}" if c in ",:=\\" else c for c in one) for one in arguments)])
