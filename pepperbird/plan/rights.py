"""The rights that a plan needs on its machines: for each account the commands that it runs as root, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.sudoers import DEVICE, for_device, rule

ACCOUNT = "pepperbird"
_HEAD = (
    "# What pepperbird may run as root: these read-only commands with these arguments, and nothing else.",
    "# Without a line the scan still ends; the report names what could not be seen, and the line that is missing.",
)


@dataclass(frozen=True, slots=True)
class Right:
    """One command that needs root, with the probes that run it."""

    command: str
    probes: tuple[str, ...]


def account_of(endpoint: EndpointPlan) -> str:
    """The account that a scan logs in as, or the usual one where the register leaves that open."""
    return endpoint.access.user or ACCOUNT


def rights(endpoints: Iterable[EndpointPlan]) -> dict[str, tuple[Right, ...]]:
    """By account, each command once, sorted. Left out are root, who may do everything already, and kits."""
    found: dict[str, dict[str, set[str]]] = {}
    for endpoint in endpoints:
        if endpoint.access.via == "kit":
            continue
        account = account_of(endpoint)
        for probe in endpoint.probes:
            for command in probe.commands:
                found.setdefault(account, {}).setdefault(command, set()).add(probe.id)
    return {
        account: tuple(Right(command, tuple(sorted(probes))) for command, probes in sorted(commands.items()))
        for account, commands in sorted(found.items())
        if account != "root"
    }


def sudoers(endpoints: Iterable[EndpointPlan], devices: Sequence[str] = ()) -> str:
    """A sudoers file that allows exactly what the endpoints run. Raises UsageError for what sudo cannot take.

    A command on a disk has a line for each of `devices`; where none is named, its line is a remark to fill in.
    """
    lines = list(_HEAD)
    for account, needed in rights(endpoints).items():
        # Older Red Hat systems ask for a terminal, which a scan does not have.
        lines += ["", f"Defaults:{account} !requiretty"]
        before: tuple[str, ...] = ()
        for one in sorted(needed, key=lambda right: (right.probes, right.command)):
            if one.probes != before:
                lines.append(f"# for {', '.join(one.probes)}")
            before = one.probes
            try:
                lines += _lines(account, one.command, devices)
            except ValueError as error:
                raise UsageError(str(error)) from error
    return "\n".join(lines) + "\n"


def _lines(account: str, command: str, devices: Sequence[str]) -> Iterator[str]:
    if DEVICE not in command:
        yield rule(account, command)
    elif not devices:
        yield f"# once for each disk, with its name in the place of DEVICE: {rule(account, command)}"
    for device in devices if DEVICE in command else ():
        yield rule(account, for_device(command, device))
