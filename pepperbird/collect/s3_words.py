"""What object stores and AWS refuse, as Gaps in words that say which right or which setting is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pepperbird.collect import words
from pepperbird.model.gap import Gap, GapReason

Kind = Literal[
    "absent", "denied", "login", "clock", "nowhere", "unsupported", "elsewhere", "busy", "certificate", "away",
    "connect", "slow", "long", "other",
]  # fmt: skip
FATAL: Final = frozenset({"login", "clock", "certificate", "away", "connect"})
"""What would be the same for every further request."""
_KINDS: Final[dict[Kind, str]] = {
    "denied": "AccessDenied AccessDeniedException AllAccessDisabled AccountProblem Forbidden 403",
    "login": "InvalidAccessKeyId SignatureDoesNotMatch InvalidSignatureException InvalidToken ExpiredToken "
    "InvalidSecurity "
    "UnrecognizedClientException InvalidClientTokenId NotSignedUp Unauthorized 401",
    "clock": "RequestTimeTooSkewed RequestExpired RequestInTheFuture SignatureExpired",
    "nowhere": "NoSuchBucket NoSuchKey NoSuchObject NoSuchVersion ResourceNotFoundException NotFoundException 404",
    "unsupported": "NotImplemented MethodNotAllowed XNotImplemented UnsupportedOperation UnknownOperationException "
    "UnsupportedArgument 405 501",
    "elsewhere": "PermanentRedirect TemporaryRedirect Redirect AuthorizationHeaderMalformed "
    "IllegalLocationConstraintException 301 302 307 308",
    "busy": "SlowDown ServiceUnavailable Throttling ThrottlingException RequestLimitExceeded TooManyRequests "
    "BandwidthLimitExceeded ServiceUnavailableException InternalError InternalFailure RequestTimeout 429 500 502 503 "
    "504",
}
KIND_OF: Final[dict[str, Kind]] = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}
_REASON: Final[dict[Kind, GapReason]] = {
    "denied": GapReason.DENIED, "login": GapReason.LOGIN_REFUSED, "clock": GapReason.LOGIN_REFUSED,
    "nowhere": GapReason.NOT_FOUND, "unsupported": GapReason.UNSUPPORTED, "elsewhere": GapReason.NOT_FOUND,
    "busy": GapReason.PROBE_TIMEOUT, "certificate": GapReason.HOST_KEY, "away": GapReason.UNREACHABLE,
    "connect": GapReason.CONNECT_TIMEOUT, "slow": GapReason.PROBE_TIMEOUT, "long": GapReason.TRUNCATED,
    "absent": GapReason.PARSE, "other": GapReason.PARSE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What an error means, and what the server (or the way to it) said. `hint` is the region that it names,
    `code` its own word for the error."""

    kind: Kind
    said: str
    hint: str = ""
    code: str = ""


_SAYS: Final[dict[Kind, tuple[str, str]]] = {
    "denied": (
        "{right}{of} is denied to this key: {said}",
        "Allow {right} on {where}, as `pepperbird privileges --s3` prints it.",
    ),
    "login": ("the object store does not take this key: {said}", "Check `as`, and what `secret` leads to."),
    "clock": (
        "the clocks of this computer and of the object store are too far apart for it to let us in: {said}",
        "Set both by a time server (`timedatectl` shows whether this one is), then scan again.",
    ),
    "nowhere": ("there is no such thing{of}: {said}", "Correct the name on the register, or take it off."),
    "unsupported": (
        "the server does not know {operation}{of}: {said}",
        "Ask whoever runs it for a version that answers this; docs/object-storage.md says what stands in for it.",
    ),
    "elsewhere": (
        "the bucket{of} is in another region ({region}), and is not asked there: {said}",
        "Give it an asset with `region: {region}` of its own.",
    ),
    "busy": ("the server asked three times to come back later ({operation}{of}): {said}", "Scan at a quieter hour."),
    "connect": ("no working connection in time", "Check the address, and that a firewall lets this computer in."),
    "slow": ("{operation}{of} was not answered in time", "Scan when the server is less busy."),
    "long": ("the answer to {operation}{of} is longer than its limit", ""),
    "absent": ("{operation}{of}: {said}", ""),
    "other": ("{operation}{of}: {said}", ""),
}  # fmt: skip


def known_to(service: str, told: Told) -> Told:
    """A service that has words of its own for what is not there says one: a bare 404 does not know the question."""
    if service in ("kms", "backup") and told.kind == "nowhere" and told.code in ("", "404"):
        return Told("unsupported", "it answered 404 without a word for it", code=told.code)
    return told


def gap_of(told: Told, operation: str, actions: tuple[str, ...], bucket: str) -> Gap:
    """The Gap of one request that was not answered."""
    if told.kind == "certificate":
        return certificate(told.said)
    if told.kind == "away":
        return unreachable(told.said)
    name = words.shown(bucket, 80)
    given = {
        "said": words.shown(told.said), "operation": operation, "of": f" of {name}" if name else "",
        "right": ", ".join(actions) or "this", "where": _where(actions, name),
        "region": words.shown(told.hint, 40) or "it does not say which",
    }  # fmt: skip
    detail, remedy = _SAYS[told.kind]
    return Gap(_REASON[told.kind], detail.format(**given), remedy.format(**given))


def _where(actions: tuple[str, ...], name: str) -> str:
    if name and any(one.startswith("s3:") for one in actions):
        return f"arn:aws:s3:::{name}"
    return name or "*"


def unreachable(said: object) -> Gap:
    return Gap(
        GapReason.UNREACHABLE,
        f"no connection to the object store: {words.shown(str(said))}",
        "Check that it runs, that `at` is right, and that a firewall lets this computer in.",
    )


def certificate(said: object) -> Gap:
    return Gap(
        GapReason.HOST_KEY,
        f"nothing vouches for the server's certificate: {words.shown(str(said))}",
        "Name the authority that signed it with `ca: FILE`, and the server by the name in it.",
    )


def lacks(operation: str, members: list[str]) -> Told:
    """A server that answers a question of JSON with nothing has not answered it."""
    return Told("unsupported", f"it answered without {', '.join(members)}, which is no answer to {operation}")


def other_answer(operation: str, root: str) -> Told:
    """A server that does not know an operation answers another one, or nothing, with status 200."""
    what = f"it answered <{words.shown(root, 60)}>" if root else "it answered nothing at all"
    return Told("unsupported", f"{what}, which is no answer to {operation}")


def no_driver() -> Gap:
    return Gap(
        GapReason.NO_COLLECTOR,
        "object stores cannot be asked: the Python library boto3 is not installed with pepperbird",
        "Install it: pip install 'pepperbird[aws]'",
    )


def no_place(at: str) -> Gap:
    detail = f"{words.shown(at, 80)!r} is no object store"
    return Gap(GapReason.NO_CREDENTIAL, detail, "Write `at: https://host:port`, or a region of AWS.")


def say_region(at: str) -> Gap:
    detail = f"{words.shown(at, 80)} is AWS itself"
    return Gap(GapReason.NO_CREDENTIAL, detail, "Write its region at `at`, for example eu-west-1.")


def in_the_clear() -> Gap:
    return Gap(
        GapReason.NO_CREDENTIAL,
        "the register gives an address without TLS, where anybody in between can answer for the server",
        "Write https://; or, where the network between is trusted, `tls: off` at the access.",
    )


def no_key() -> Gap:
    detail = "the register names no access key for this object store"
    return Gap(GapReason.NO_CREDENTIAL, detail, "Write the id of the key at `as`, and `secret:` for the secret key.")


def no_account() -> Gap:
    return Gap(
        GapReason.NO_CREDENTIAL,
        "the register does not say the number of the AWS account",
        "Write `account:` and its twelve digits at the access.",
    )


def too_long(bucket: str, found: Mapping[str, object]) -> Gap | str:
    """Why there is no newest object: nothing at all lies there (''), or more than was looked through."""
    if not found.get("more"):
        return ""
    return Gap(GapReason.TRUNCATED, f"{words.shown(bucket, 80)} holds more objects than were looked through")


def too_many(most: int) -> Gap:
    return Gap(GapReason.TRUNCATED, f"there are more than {most} buckets", "Name those to ask with `buckets:`.")


def no_buckets() -> Gap:
    return Gap(
        GapReason.NOT_FOUND,
        "the server lists no bucket for this key, which may be because it owns none, and the register names none",
        "Name the buckets with `buckets:` at the access, or declare what is in them on the register.",
    )
