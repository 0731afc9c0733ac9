"""The rights that a plan needs on its machines: for each account the commands that it runs as root, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.sudoers import rule

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
    """By account, each command once, sorted. root is left out: it may do everything already."""
    found: dict[str, dict[str, set[str]]] = {}
    for endpoint in endpoints:
        account = account_of(endpoint)
        for probe in endpoint.probes:
            for command in probe.commands:
                found.setdefault(account, {}).setdefault(command, set()).add(probe.id)
    return {
        account: tuple(Right(command, tuple(sorted(probes))) for command, probes in sorted(commands.items()))
        for account, commands in sorted(found.items())
        if account != "root"
    }


def sudoers(endpoints: Iterable[EndpointPlan]) -> str:
    """A sudoers file that allows exactly what the endpoints run. Raises UsageError for what sudo cannot take."""
    lines = list(_HEAD)
    for account, needed in rights(endpoints).items():
        try:
            rules = [(rule(account, one.command), one.probes) for one in needed]
        except ValueError as error:
            raise UsageError(str(error)) from error
        # Older Red Hat systems ask for a terminal, which a scan does not have.
        lines += ["", f"Defaults:{account} !requiretty"]
        before: tuple[str, ...] = ()
        for line, probes in sorted(rules, key=lambda one: (one[1], one[0])):
            if probes != before:
                lines.append(f"# for {', '.join(probes)}")
            lines.append(line)
            before = probes
    return "\n".join(lines) + "\n"
