"""The words of a report: one plain phrase, and one shape, per member of each closed set.

A state is never told by colour alone. The tone teaches: it says what to do and by when, and blames nobody.
"""

from __future__ import annotations

import re
import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pepperbird.model.check import Cost, Effort, Owner, Risk
from pepperbird.model.gap import GapReason
from pepperbird.model.scores import Grade
from pepperbird.model.state import AssetKind, Severity, State, Tier

if TYPE_CHECKING:
    from pepperbird.report.view import Todo
    from pepperbird.report.view_ahead import Gain

THINGS: Final = ("Nothing", "One thing", "Two things", "Three things", "Four things", "Five things")

STATE: Final[dict[State, tuple[str, str]]] = {
    State.PASS: ("✓", "passes"),
    State.FAIL: ("✗", "fails"),
    State.NOT_APPLICABLE: ("–", "does not apply"),
    State.WAIVED: ("◇", "fails, delay accepted"),
    State.ERROR: ("?", "could not be decided"),
    State.UNREACHABLE: ("?", "could not be reached"),
    State.UNCHECKED: ("○", "not checked yet"),
    State.STALE: ("?", "last result is too old"),
}
"""Shape and words of each state."""

COUNTED: Final[dict[State, str]] = {
    State.PASS: "pass",
    State.FAIL: "fail",
    State.NOT_APPLICABLE: "not concerned",
    State.WAIVED: "accepted for now",
    State.ERROR: "undecided",
    State.UNREACHABLE: "not reached",
    State.UNCHECKED: "not checked",
    State.STALE: "too old",
}
"""The states behind a number: `3 pass`, `1 not reached`."""

SEVERITY: Final[tuple[Severity, ...]] = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
EFFORT: Final[dict[Effort, str]] = {"minutes": "minutes", "hours": "hours", "days": "days", "weeks": "weeks"}
COST: Final[dict[Cost, str]] = {"none": "nothing", "small": "a small purchase", "budget": "a line in the budget"}
OWNER: Final[dict[Owner, str]] = {
    "admin": "system administrator",
    "host": "hosting company",
    "management": "management",
    "registrar": "domain registrar",
}
WHOM: Final = {"host": "hosting company", "registrar": "domain registrar"}
RISK: Final[dict[Risk, str]] = {
    "none": "no interruption",
    "reload": "reloads a service, sessions stay",
    "restart": "restarts a service or machine: agree a time",
    "data": "touches data: make a backup first",
}
SYSTEM: Final[dict[str, str]] = {
    "el7": "Red Hat Enterprise Linux 7, CentOS 7 and their kin",
    "el8": "Red Hat Enterprise Linux 8 and later, Rocky, Alma and their kin",
    "dsm": "Synology DiskStation",
    "windows": "Windows",
}
"""Kinds of systems for which a fix differs; a check's author may use others, which are shown by their id."""
STANDARDS: Final[tuple[tuple[str, str], ...]] = (
    ("BR", "Backup and recovery"),
    ("DS", "Data storage"),
    ("DI", "Data integrity"),
    ("IS", "Internet security"),
    ("DR", "Disaster recovery"),
)
"""In the order of their weight in the score; the title is used where the content has no policy of that id."""
TIER: Final[dict[Tier, str]] = {
    Tier.FOUNDATION: "Foundation tier",
    Tier.STANDARD: "Standard tier",
    Tier.CRITICAL: "Critical tier",
}
KIND: Final[dict[AssetKind, str]] = {
    AssetKind.AGENCY: "agency",
    AssetKind.DATA_STORE: "data store",
    AssetKind.LINUX_SERVER: "Linux server",
    AssetKind.WINDOWS_SERVER: "Windows server",
    AssetKind.NAS: "NAS",
    AssetKind.POSTGRESQL: "PostgreSQL database",
    AssetKind.MYSQL: "MySQL database",
    AssetKind.MSSQL: "SQL Server",
    AssetKind.S3_BUCKET: "S3 bucket",
    AssetKind.NFS_EXPORT: "NFS export",
    AssetKind.BACKUP_REPOSITORY: "backup repository",
    AssetKind.WEB_ENDPOINT: "web endpoint",
    AssetKind.DNS_DOMAIN: "domain name",
    AssetKind.MAIL_DOMAIN: "mail domain",
}
GRADE: Final[dict[Grade, str]] = {
    Grade.A: "strong, and seen to be",
    Grade.B: "good, with little left open",
    Grade.C: "sound in most parts",
    Grade.D: "a start is made",
    Grade.E: "much is still to do",
}
REASON: Final[dict[GapReason, tuple[str, str]]] = {
    GapReason.UNREACHABLE: ("No answer", "Check that the machine is up and that its firewall lets the scanner in."),
    GapReason.HOST_KEY: (
        "The host key is not the one on record",
        "Compare the fingerprint with the machine's owner by telephone, then run `pepperbird inventory trust`.",
    ),
    GapReason.CONNECT_TIMEOUT: (
        "No connection in time",
        "Check the address and the firewall; on a slow link raise `connect_timeout` in site.yaml.",
    ),
    GapReason.LEGACY_SSH: (
        "The SSH server offers only old algorithms",
        "Update the SSH server; until then set `legacy: true` on this access.",
    ),
    GapReason.DENIED: ("Not allowed to look", "Grant the right that `pepperbird privileges` prints for this machine."),
    GapReason.LOGIN_REFUSED: ("Login refused", "Check the account and install the scanner's public key for it."),
    GapReason.PROBE_TIMEOUT: (
        "A question took too long",
        "Scan again when the machine is less busy; if it stays so, look at its disks and load.",
    ),
    GapReason.TRUNCATED: ("The answer was too long", "Report it to the programme office with the run's name."),
    GapReason.PARSE: (
        "The answer could not be understood",
        "Report it to the programme office with the run's name: this is ours to mend.",
    ),
    GapReason.UNSUPPORTED: ("What was seen does not decide it", ""),
    GapReason.NOT_FOUND: (
        "What was looked for is not there",
        "Check that the register describes this machine rightly.",
    ),
    GapReason.NO_CREDENTIAL: (
        "No account to look with",
        "Add an access with an account for this asset to the register.",
    ),
    GapReason.NO_COLLECTOR: ("We cannot look at this yet", "Nothing to do for the agency: it is ours to build."),
    GapReason.NO_AUTHORISATION: ("No written leave to test", "Send the signed authorisation to the programme office."),
    GapReason.NO_ATTESTATION: ("A document is wanted", "Sign the document and hand it in."),
    GapReason.NOT_DUE: ("Left out of this scan", "Run `pepperbird scan --deep` once a week, at a quiet hour."),
    GapReason.NOT_ASKED: ("Not asked this time", "Nothing to do: what was seen before stands while it is fresh."),
}
"""What happened, in a few words, and the step to take where the gap itself names none."""


def date(moment: str) -> str:
    """`23 November 2026` of an RFC 3339 time or a date; what is neither comes back as it is."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{parsed.day} {parsed:%B %Y}"


def moment(text: str) -> str:
    """`23 November 2026, 12:00 UTC` of an RFC 3339 time; what is none comes back as it is."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{parsed.day} {parsed:%B %Y, %H:%M} UTC"


def count(number: int, one: str, many: str = "") -> str:
    """`1 server`, `2 servers`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def brief(text: str, longest: int = 300) -> str:
    """The first sentences that fit together, at least one."""
    told = ""
    for part in re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text):
        if told and len(told) + len(part) >= longest:
            break
        told = f"{told} {part}".strip()
    return textwrap.shorten(told, 2 * longest, placeholder=" …")


def gain_words(gain: Gain, things: int) -> str:
    """What the first things bring together, as one sentence."""
    said = ("", "it brings", "both bring", "all three bring", "all four bring", "all five bring")
    whole = f"Done, {said[things]}"
    if not gain.points:
        return (
            f"{whole} no point by {'itself' if things == 1 else 'themselves'} yet: more of the same controls is open."
        )
    reached = [f"grade {gain.grade}"] if gain.grade else []
    reached += [f"stage {gain.stage}"] if gain.stage else []
    more = f", and {' and '.join(reached)}" if reached else ""
    return f"{whole} the score from {gain.before:.1f} to {gain.after:.1f} (+{gain.points:.1f}){more}."


def days(number: int) -> str:
    """`today`, `1 day`, `41 days`."""
    return "today" if number == 0 else count(number, "day")


def age(number: int) -> str:
    """`first seen today`, `open for 41 days`."""
    return "first seen today" if number == 0 else f"open for {days(number)}"


def gains(todo: Todo) -> str:
    """What a thing adds to the score when those before it are done; '' where there is no score."""
    if todo.gains is None or not todo.scored:
        return "" if todo.scored else "advisory, not scored"
    if todo.gains > 0:
        return f"+{todo.gains:.1f} {'point' if todo.gains == 1 else 'points'}"
    return f"counts once the rest of {todo.control} passes too" if todo.also else "under a tenth of a point"


def kind(name: str) -> str:
    """An asset kind as people say it."""
    return KIND[AssetKind(name)] if name in frozenset(AssetKind) else name


def stop(text: str) -> str:
    """The text with a full stop behind."""
    text = text.strip()
    return text + ("" if text.endswith((".", "!", "?", "…", ":")) else ".")


def sentence(text: str) -> str:
    """The text with a capital in front and a full stop behind."""
    text = stop(text)
    first = text.partition(" ")[0].rstrip(",;.")
    return text[:1].upper() + text[1:] if len(first) > 1 and first.isalpha() and text[:2].islower() else text
