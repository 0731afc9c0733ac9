"""The Gaps of collecting, each in words that say what happened and what to do. Text of a target is cleaned here."""

from __future__ import annotations

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.sudoers import meant, rule
from pepperbird.model.text import clean

NO_SUDO = "sudo is not installed"
"""How the program's head begins what it says where there is no sudo."""
CONNECT = "connect"
LOGIN = "login"
PROBES = "probes"
"""The stages of an endpoint, in which its time may run out."""
WIRE = "wire"
PIPES = "pipes"
TEXTS = "texts"
"""What a transcript's bytes are: all on the TCP connection; what went through the program's pipes; queries and rows."""
PLAIN = "none"
"""Nothing is compressed, as SSH calls it."""


def shown(text: str | bytes | BaseException, limit: int = 200) -> str:
    """Text from outside, fit to stand in a Gap."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return clean(str(text).strip(), limit)


def probe_timeout(call: ProbeCall) -> Gap:
    return Gap(
        GapReason.PROBE_TIMEOUT,
        f"the probe {call.id} did not end within its {call.timeout} seconds and was stopped",
        "Look on the machine for a command that hangs (a dead network mount, a failing disk), then scan again.",
    )


AS_ADMINISTRATOR = 'Make a new kit, and have it run in a PowerShell opened by "Run as administrator".'


def denied(call: ProbeCall, command: str, account: str = "pepperbird", said: bytes = b"") -> Gap:
    """`command` as the machine named it, '' for none, and what the probe `said` of it on standard error.

    The remedy never repeats either: it is a line of our own content.
    """
    what = shown("; ".join(said[:300].decode("utf-8", "replace").strip().splitlines())) or "access was denied"
    what = f"sudo does not let this account run: {shown(command, 300)}" if command else what
    if command.startswith(NO_SUDO):
        remedy = "Install sudo there, then put the lines of `pepperbird privileges` in place."
        return Gap(GapReason.DENIED, f"{call.id}: {shown(command, 300)}", remedy)
    return Gap(GapReason.DENIED, f"{call.id}: {what}", _right(call, command, account))


def _right(call: ProbeCall, command: str, account: str) -> str:
    """The sudoers line that lets the probe see: of the command that was refused, else of all that it runs."""
    if call.privilege == "administrator":
        return AS_ADMINISTRATOR
    if not call.commands:
        return f"Give the account {account} the right to read this (by a group, where one is named), then scan again."
    refused = meant(call.commands, command)
    try:
        return rule(account, refused) if refused else rule(account, *call.commands)
    except ValueError:
        return "Grant exactly this with the line that `pepperbird privileges` prints for this machine."


def truncated(call: ProbeCall) -> Gap:
    return Gap(
        GapReason.TRUNCATED,
        f"the probe {call.id} said more than its limit of {call.max_bytes} bytes",
        "What was cut off is unknown, so nothing is judged by it. Raise `max_bytes` of the probe if this is normal.",
    )


def overflow(limit: int) -> Gap:
    return Gap(
        GapReason.TRUNCATED,
        f"the machine sent more than {limit} bytes, all that these probes may say; the connection was closed",
        "No honest answer is that long: look at what the account's login prints, and at the machine itself.",
    )


def no_shell(said: bytes) -> Gap:
    text = shown(said)
    return Gap(
        GapReason.UNSUPPORTED,
        "the login did not run our program" + (f"; it said: {text}" if text else " and said nothing"),
        "The account needs a POSIX shell (/bin/sh) and no forced command other than one that runs what it is given.",
    )


def ended_early() -> Gap:
    return Gap(
        GapReason.UNREACHABLE,
        "the connection closed before the machine had answered all probes",
        "Scan again; if it happens again, look at the machine's log and at what lies between.",
    )


def deadline(endpoint: EndpointPlan, stage: str) -> Gap:
    seconds = min(endpoint.connect_timeout, endpoint.deadline) if stage == CONNECT else endpoint.deadline
    if stage == PROBES:
        return Gap(
            GapReason.PROBE_TIMEOUT,
            f"the machine had not answered when its {seconds} seconds were over",
            "Scan it again when it is less busy, or give it more time with `deadline` in site.yaml.",
        )
    if stage == LOGIN:
        return Gap(
            GapReason.CONNECT_TIMEOUT,
            f"the machine had not let us in when its {seconds} seconds were over",
            "Look at the load of the machine and at its DNS (`UseDNS no` in sshd_config often helps).",
        )
    return Gap(
        GapReason.CONNECT_TIMEOUT,
        f"no working connection within {seconds} seconds",
        "Check that the machine runs, that its address and port are right, and that a firewall lets this computer in.",
    )


def does_not_fit(endpoint: EndpointPlan, seconds: int, used: int) -> Gap:
    """Of an endpoint that was not begun, because its thin line had too little left for it in this scan."""
    line, cost = endpoint.line, endpoint.cost
    if line is None or cost is None:
        raise ValueError(f"{endpoint.id} lies behind no line")
    room = f"{max(line.seconds - seconds, 0)} s"
    if line.bytes is not None:
        room += f" and {max(line.bytes - used, 0):,} bytes"
    return Gap(
        GapReason.NOT_ASKED,
        f"not asked: the line {line.id} had {room} left of what one scan may use of it, and this needs about "
        f"{cost.seconds} s and {cost.sent + cost.received:,} bytes",
        "Scan again: those that were left out come first then. Or allow the link more `minutes` or `megabytes`.",
    )


def own_mistake(error: BaseException) -> Gap:
    """An exception nobody foresaw. It is ours, so it may not look like a fault of the machine."""
    return Gap(
        GapReason.NO_COLLECTOR,
        f"pepperbird itself failed here: {type(error).__name__}: {shown(error, 300)}",
        "Please report this with the output of `pepperbird doctor`.",
    )


def no_transport(via: str) -> Gap:
    return Gap(GapReason.NO_COLLECTOR, f"nothing collects over {shown(via)!r} yet", "")


def no_room() -> Gap:
    return Gap(GapReason.NO_COLLECTOR, "there is no program for this family of probes", "Reinstall pepperbird.")


def outside_hours(powered: bool, until: str) -> Gap:
    """Of a scan by schedule: the machine may not be asked now, and not before the schedule needs its answer."""
    why = "it is declared to be left alone" if powered else "it is declared to be without power"
    return Gap(
        GapReason.UNREACHABLE,
        f"not asked: {why} until {until}, when this scan had to end",
        "Let the schedule come when the machine may be asked, or give it more time (`within`, in site.yaml).",
    )


def kit_wanted() -> Gap:
    """Of a server that a scan leaves as it stands, because the agency looks at it by a kit."""
    return Gap(
        GapReason.NOT_ASKED,
        "not asked: the agency looks at this server itself, by a kit; what a kit showed stands while it is fresh",
        "Make a kit with `pepperbird kit AGENCY --out FOLDER`, have the agency run it, and take in its bundle with "
        "`pepperbird ingest`.",
    )


def not_of_a_kit() -> Gap:
    """Of whatever a kit's run does not look at."""
    return Gap(
        GapReason.NOT_ASKED,
        "not asked: this run took in what kits brought, and contacted nobody",
        "Nothing to do: the next `pepperbird scan` asks it.",
    )
