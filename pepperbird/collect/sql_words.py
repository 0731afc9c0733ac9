"""What databases refuse, as Gaps in words that say which right or which setting is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pepperbird.collect import words
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall

Kind = Literal["denied", "absent", "timeout", "lost", "other"]
STATUS: Final = {"denied": 77, "absent": 69}
"""The exit status that stands for an error, by the conventions of probes."""
BROKEN: Final = frozenset({GapReason.UNREACHABLE, GapReason.CONNECT_TIMEOUT})
_TLS: Final = "Let the server speak TLS; or, where the network between is trusted, write `tls: off` at its access."
_CERTIFICATE: Final = "Name the authority that signed it with `ca: FILE`, and the server by the name in it."


@dataclass(frozen=True, slots=True)
class Told:
    """What an error of a driver means, and what the server said."""

    kind: Kind
    said: str


def reason_of(told: Told) -> GapReason:
    match told.kind:
        case "denied":
            return GapReason.DENIED
        case "absent":
            return GapReason.UNSUPPORTED
        case "timeout":
            return GapReason.PROBE_TIMEOUT
        case "lost":
            return GapReason.UNREACHABLE
        case _:
            return GapReason.PARSE


def gap_of(call: ProbeCall, told: Told, account: str) -> Gap | None:
    """The Gap that only the transport can know; None where the exit status says enough."""
    if told.kind == "denied":
        return Gap(GapReason.DENIED, f"{call.id}: {words.shown(told.said)}", granting(call.grants, account))
    if told.kind == "timeout":
        detail = f"the query {call.id} did not end within its {call.timeout} seconds and was stopped"
        return Gap(GapReason.PROBE_TIMEOUT, detail, "Scan when the server is less busy; look for locks that are held.")
    if told.kind == "lost":
        detail = f"the server closed the connection during {call.id}: {words.shown(told.said)}"
        return Gap(GapReason.UNREACHABLE, detail, "Look at the server's log, then scan again.")
    return None


def granting(grants: tuple[str, ...], account: str) -> str:
    """The statements that give the right, for the account that asked."""
    if not grants:
        return "Give the account the right to read this, then scan again."
    return "; ".join(one.replace("{account}", account) for one in grants)


def no_driver(library: str) -> Gap:
    return Gap(
        GapReason.NO_COLLECTOR,
        f"databases of this sort cannot be asked: the Python library {library} is not installed with pepperbird",
        "Install it: pip install 'pepperbird[databases]'",
    )


def not_listed(call: ProbeCall) -> Gap:
    name = call.each.probe if call.each is not None else "?"
    return Gap(GapReason.PARSE, f"{call.id} was not asked: the databases could not be listed ({name})", "")


def too_many(call: ProbeCall, count: int) -> Gap:
    most = call.each.most if call.each is not None else 0
    detail = f"{call.id} is asked in at most {most} databases, and the server has {count}"
    return Gap(GapReason.TRUNCATED, detail, "Raise `most` of the probe if the server can bear it.")


def no_user() -> Gap:
    detail = "the register names no account for this database"
    return Gap(GapReason.NO_CREDENTIAL, detail, "Write `as: NAME` at the access, and `secret:` for its password.")


def unreachable(said: object) -> Gap:
    return Gap(
        GapReason.UNREACHABLE,
        f"no connection to the database server: {words.shown(str(said))}",
        "Check that it runs, that `at` is right, that it listens on the network, and that a firewall lets us in.",
    )


def connect_timeout(seconds: int) -> Gap:
    return Gap(
        GapReason.CONNECT_TIMEOUT,
        f"no working connection within {seconds} seconds",
        "Check that the server runs, that `at` is right, and that a firewall lets this computer in.",
    )


def login_refused(account: str, said: object) -> Gap:
    return Gap(
        GapReason.LOGIN_REFUSED,
        f"the database server does not let {words.shown(account)} in: {words.shown(str(said))}",
        "Make the account with the lines of `pepperbird privileges --sql`, and check what `secret` leads to.",
    )


def no_tls(said: object) -> Gap:
    return Gap(GapReason.UNSUPPORTED, f"no encrypted connection: {words.shown(str(said))}", _TLS)


def certificate(said: object) -> Gap:
    detail = f"nothing vouches for the server's certificate: {words.shown(str(said))}"
    return Gap(GapReason.HOST_KEY, detail, _CERTIFICATE)


def unsafe_session(said: object) -> Gap:
    """Nothing is asked in a session that could write."""
    detail = f"the session could not be made read-only: {words.shown(str(said))}"
    return Gap(GapReason.UNSUPPORTED, detail, "Connect to the server itself, not through a pooler.")
