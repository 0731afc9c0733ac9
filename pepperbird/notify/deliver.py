"""Deliver parcels: each to each recipient once, tried again where that may help, and a receipt for every one.

A receipt is written before anything is tried, and again before the first byte of the mail leaves. Who dies before
that has sent nothing, and the next one sends it; who dies after it may have, and nobody sends it again by himself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from pepperbird.errors import PepperbirdError
from pepperbird.model.delivery import Receipt
from pepperbird.notify.parcel import Outcome, Parcel

FIRST_WAIT = 15.0
"""Seconds before the second try; each further wait is four times as long."""


class Receipts(Protocol):
    """Where receipts are kept; each method is one transaction."""

    def begin(self, receipt: Receipt, *, again: bool, alive: Callable[[str], bool] = ...) -> Receipt | None:
        """Keep a receipt that trying begins; the earlier one, and nothing kept, where that stands in the way.

        One that is tried stands in the way while whoever left its mark is `alive`.
        """

    def hand_over(self, receipt: Receipt) -> bool:
        """Keep that its first byte leaves now; False, and nothing kept, where another began to try it since."""

    def end(self, receipt: Receipt, mark: str) -> None:
        """Keep how it ended, where `mark` is still that of whoever tries."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One parcel to one recipient on one way. `carry` is one attempt, at a time.

    What it is given asks whether the parcel may be handed over, and is called right before its first byte leaves. A
    way on which the same twice is the same as once need not ask.
    """

    parcel: Parcel
    way: str
    recipient: str
    message_id: str
    carry: Callable[[str, Callable[[], bool]], Outcome]
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """`earlier` was sent before and is not sent again."""

    errand: Errand
    state: Literal["sent", "earlier", "unsure", "failed"]
    said: str
    tries: int


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever delivers: the beginning of the marks it leaves, and whether another that left such a one is alive."""

    mark: str = ""
    alive: Callable[[str], bool] = lambda _: False


NOBODY: Final = Who()


def deliver(
    errand: Errand, receipts: Receipts, clock: Callable[[], str], wait: Callable[[float], None], *,
    again: bool = False, who: Who = NOBODY,
) -> Delivered:  # fmt: skip
    """Carry one errand. `again` sends also what was sent or may have been."""
    parcel = errand.parcel
    key = (parcel.digest, errand.way, errand.recipient, parcel.agency, parcel.run)
    begun = Receipt(*key, clock(), "trying", errand.message_id, f"{who.mark} {secrets.token_hex(8)}")
    earlier = receipts.begin(begun, again=again, alive=who.alive)
    if earlier is not None:
        return _earlier(errand, earlier)
    try:
        number, outcome = _carried(errand, begun, receipts, clock, wait)
    except NotSentError as stopped:
        receipts.end(Receipt(*key, clock(), "failed", errand.message_id, str(stopped)), begun.said)
        raise (stopped.__cause__ or stopped) from None
    state: Literal["sent", "unsure", "failed"] = outcome.state if outcome.state in ("sent", "unsure") else "failed"
    receipts.end(Receipt(*key, clock(), state, errand.message_id, outcome.said), begun.said)
    return Delivered(errand, state, outcome.said, number)


class NotSentError(Exception):
    """It ended early, and it is sure that nothing was sent; the cause says why it ended."""


def _carried(
    errand: Errand, begun: Receipt, receipts: Receipts, clock: Callable[[], str], wait: Callable[[float], None]
) -> tuple[int, Outcome]:
    """How many tries it took, and how the last one ended. Raises NotSentError where it was stopped between two."""
    number, outcome = 0, Outcome("later", "")
    while number < errand.tries and outcome.state == "later":
        if number:
            receipts.end(begun, begun.said)  # it is sure that nothing was sent: who dies while it waits leaves no doubt
            try:
                wait(FIRST_WAIT * 4 ** (number - 1))
            except BaseException as error:
                raise NotSentError(f"stopped while waiting; before: {outcome.said}") from error
        number += 1
        try:
            outcome = errand.carry(clock(), lambda: receipts.hand_over(begun))
        except PepperbirdError as error:
            raise NotSentError(str(error)) from error
    return number, outcome


def earlier_receipt(errand: Errand, receipts: Iterable[Receipt]) -> Delivered | None:
    """What receipts of the same run say of the errand's recipient, whichever bytes it was: None where it is to go."""
    for one in receipts:
        if (one.way, one.recipient) == (errand.way, errand.recipient) and one.state not in ("failed", "trying"):
            return _earlier(errand, one)
    return None


def _earlier(errand: Errand, earlier: Receipt) -> Delivered:
    if earlier.state == "trying":
        return Delivered(errand, "failed", "another process delivers it just now", 0)
    if earlier.state == "sent":
        return Delivered(errand, "earlier", f"sent {earlier.at}", 0)
    if earlier.state == "sending":
        said = (
            f"another began to send it at {earlier.at} and did not end, so it may have arrived; --again sends it anew"
        )
    else:
        said = f"it may have arrived at {earlier.at} ({earlier.said}); --again sends it anew"
    return Delivered(errand, "unsure", said, 0)
