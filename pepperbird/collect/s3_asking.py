"""One question to an object store, or to AWS beside it, and of its answer what the call keeps, or the Gap."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pepperbird.collect import s3_words
from pepperbird.collect.s3_pile import following, kept
from pepperbird.collect.s3_place import Place
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall

if TYPE_CHECKING:
    from pepperbird.collect.s3_client import Clients

_LARGEST: Final = 4 << 20
"""Bytes of one answer."""
_ONLY_AWS: Final = frozenset({"s3control", "kms", "backup"})


class Asking:
    """Asks one place. `fatal` is the Gap of what would be the same for every further question, once there is one."""

    def __init__(self, place: Place, clients: Clients, explain: Any) -> None:
        self.place = place
        self.fatal: Gap | None = None
        self._clients, self._explain = clients, explain
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], dict[str, Any] | Gap] = {}

    def ask(self, probe: ProbeCall, call: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any] | Gap:
        """What is kept of one answer. `places` are the values that stand for what is in braces in `given`."""
        if call["service"] in _ONLY_AWS and not self.place.aws:
            return {"absent": "not-aws"}
        if call["not_aws"] and self.place.aws:
            return {"absent": "aws"}
        if "{account}" in call["given"].values() and self.place.account is None:
            return s3_words.no_account()
        places = {**places, "{account}": self.place.account or ""}
        given = {name: places.get(value, value) for name, value in call["given"].items()}
        try:
            return kept(call, self._pages(call, given))
        except Exception as error:  # noqa: BLE001 - the library may raise anything on what a server sends
            told = s3_words.known_to(call["service"], self._explain(error))
            if told.code in call["absent"]:
                return {"absent": told.code}
            gap = s3_words.gap_of(told, call["operation"], probe.grants, _named(call, places))
            if told.kind in s3_words.FATAL and call["service"] == "s3":
                self.fatal = gap
            return gap

    def follow(self, probe: ProbeCall, call: Mapping[str, Any], found: Mapping[str, Any] | Gap) -> dict[str, Any] | Gap:
        """The same of the value that the call finds in what another probe was answered; each value is asked once."""
        if isinstance(found, Gap):
            return found
        values = sorted(set(_values(found.get("answer"), tuple(call["each"]["path"]))))
        if not values:
            return {"absent": "none"}
        if len(values) > 1:
            return Gap(
                GapReason.TRUNCATED, f"there are {len(values)} to ask {call['operation']} of, and one was expected"
            )
        key = (probe.id, values[0])
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = self.ask(probe, call, {"{found}": values[0]})
            with self._lock:
                self._known[key] = known
        return known

    def _pages(self, call: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The pages of an answer, no more than the call says; the last one tells whether there would be more."""
        token: str | None = None
        for _ in range(call["pages"]):
            page = self._clients.ask(call, {**given, **({_asks_by(call): token} if token else {})}, _LARGEST)
            yield page
            token = following(call, page)
            if call["pages"] == 1 or not token:
                return


def _asks_by(call: Mapping[str, Any]) -> str:
    return str(call["next"] or "ContinuationToken")


def _named(call: Mapping[str, Any], places: Mapping[str, str]) -> str:
    """What a question is about, as a Gap names it."""
    return next((places[one] for one in ("{bucket}", "{vault}", "{found}") if places.get(one)), "")


def _values(found: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(found, list):
        for one in found:
            yield from _values(one, path)
    elif not path:
        if isinstance(found, str) and found:
            yield found
    elif isinstance(found, dict):
        yield from _values(found.get(path[0]), path[1:])
