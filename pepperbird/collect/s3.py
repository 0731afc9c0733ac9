"""The `s3` transport: an object store asked the operations that content lists, in a fixed order, nothing else.

What a probe said is one JSON object: `{"answer": {...}}` or `{"absent": CODE}` of what is asked once, and of what is
asked of each bucket `{"each": {NAME: the same, or {"gap": reason, "said": ..., "remedy": ...}}}`. A probe without
a call says which buckets were asked. Buckets are asked one after the other by a few workers; when time or
room is over, what is missing is missing by name.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pepperbird.collect import s3_words, words
from pepperbird.collect.answer import Answer
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink
from pepperbird.collect.s3_pile import Pile, canonical, kept
from pepperbird.collect.s3_place import Place, place_of
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall

if TYPE_CHECKING:
    from pepperbird.collect.s3_client import Clients

WORKERS: Final = 4
MOST_BUCKETS: Final = 20_000
_LARGEST: Final = 4 << 20
"""Bytes of one answer."""


class S3Transport:
    """Asks an object store. `aws` stands in for AWS itself where it is tested."""

    def __init__(self, aws: str = "") -> None:
        self._aws = aws

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        if not isinstance(sink, Answer):
            raise TypeError("an object store is answered for whole")
        place = place_of(order)
        calls: dict[str, Any] = json.loads(order.program)[order.endpoint.probes[0].id.partition(".")[0]]
        try:
            import_module("boto3")
        except ImportError as error:
            raise Refused(s3_words.no_driver()) from error
        library = import_module("pepperbird.collect.s3_client")
        lifeline.enter(words.CONNECT, order.endpoint.deadline)
        wait = (order.endpoint.connect_timeout, max(call.timeout for call in order.endpoint.probes))
        clients = library.Clients(place, lifeline, wait, self._aws)
        for name, value in {
            "user": place.key,
            "peer": repr(place),
            "tls": place.tls,
            "tls_verified": place.tls,
        }.items():
            sink.told(name, value)
        try:
            _Asked(order, place, clients, library.explain, calls, lifeline).all(sink)
        finally:
            clients.close()


class _Asked:
    """The probes of one endpoint."""

    def __init__(
        self, order: Order, place: Place, clients: Clients, explain: Any, calls: Mapping[str, Any], lifeline: Lifeline
    ) -> None:  # fmt: skip
        self.order, self.place, self.clients, self.explain, self.lifeline = order, place, clients, explain, lifeline
        self.calls = {probe.id: calls[probe.id.partition(".")[2]] for probe in order.endpoint.probes}
        self.fatal: Gap | None = None
        self.listed: list[str] | Gap | None = None

    def all(self, sink: Answer) -> None:
        """First what is asked once, then every bucket. Raises Refused where nobody may ask anything."""
        outputs: dict[str, ProbeOutput] = {}
        probes = self.order.endpoint.probes
        for probe in probes:
            call = self.calls[probe.id]
            if call is not None and call["scope"] == "account":
                outputs[probe.id] = self._once(probe, call)
                if self.fatal is not None:
                    raise Refused(self.fatal)
        self.lifeline.enter(words.PROBES)
        names = self._names()
        piles = {
            probe.id: Pile(probe)
            for probe in probes
            if self.calls[probe.id] is not None and self.calls[probe.id]["scope"] != "account"
        }
        self._work(names, piles)
        for probe in probes:
            if probe.id in piles:
                outputs[probe.id] = piles[probe.id].output(
                    probe.args or names if isinstance(names, list) else (), self._missing()
                )
            elif self.calls[probe.id] is None:
                outputs[probe.id] = self._asked(names)
        sink.outputs = outputs
        sink.received += sum(len(one.stdout) for one in outputs.values())
        if self.lifeline.cut_at is not None:
            sink.recorded_gap = words.deadline(self.order.endpoint, self.lifeline.cut_at)
        else:
            sink.recorded_gap = self.fatal

    def _missing(self) -> Gap:
        """The Gap of buckets that were not asked."""
        if self.lifeline.cut_at is not None:
            return words.deadline(self.order.endpoint, self.lifeline.cut_at)
        return self.fatal or words.ended_early()

    def _names(self) -> list[str] | Gap:
        """The buckets to ask: those of the access, else those that are listed and those that the register names."""
        if self.place.buckets:
            return sorted(set(self.place.buckets))
        declared = {name for probe in self.order.endpoint.probes for name in probe.args}
        listed = self.listed if isinstance(self.listed, list) else []
        names = sorted(declared | set(listed))[: MOST_BUCKETS + 1]
        if names:
            return names
        return self.listed if isinstance(self.listed, Gap) else s3_words.no_buckets()

    def _asked(self, names: list[str] | Gap) -> ProbeOutput:
        if isinstance(names, Gap):
            return ProbeOutput(b"", b"", 1, 0, names)
        if len(names) > MOST_BUCKETS:
            return ProbeOutput(b"", b"", None, 0, s3_words.too_many(MOST_BUCKETS))
        every = {name for probe in self.order.endpoint.probes for name in probe.args}
        kept = {name for probe in self.order.endpoint.probes if self.calls[probe.id] for name in probe.args}
        declared, repositories = sorted(every), sorted(kept)
        said = {
            "aws": self.place.aws, "tls": self.place.tls, "chosen": bool(self.place.buckets), "buckets": names,
            "declared": declared, "repositories": repositories,
        }  # fmt: skip
        return ProbeOutput(canonical(said), b"", 0, 0)

    def _once(self, probe: ProbeCall, call: Mapping[str, Any]) -> ProbeOutput:
        began = time.monotonic()
        found = self._ask(probe, call, "", "")
        if call["operation"] == "ListBuckets":
            self.listed = found if isinstance(found, Gap) else _names_in(found)
        if isinstance(found, Gap):
            return ProbeOutput(b"", b"", 77 if found.reason is GapReason.DENIED else 1, _since(began), found)
        body = canonical(found)
        if len(body) > probe.max_bytes:
            return ProbeOutput(b"", b"", None, _since(began), words.truncated(probe))
        return ProbeOutput(body, b"", 0, _since(began))

    def _work(self, names: list[str] | Gap, piles: Mapping[str, Pile]) -> None:
        if isinstance(names, Gap):
            for pile in piles.values():
                pile.gap = names
            return
        queue = iter(names[:MOST_BUCKETS])
        lock = threading.Lock()
        broken: list[BaseException] = []

        def work() -> None:
            try:
                while self.fatal is None and self.lifeline.cut_at is None:
                    with lock:
                        name = next(queue, None)
                    if name is None:
                        return
                    self._bucket(name, piles)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                broken.append(error)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(WORKERS, len(names)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]

    def _bucket(self, bucket: str, piles: Mapping[str, Pile]) -> None:
        key: str | Gap = ""
        for probe in self.order.endpoint.probes:
            call = self.calls[probe.id]
            if probe.id not in piles or piles[probe.id].full or (probe.args and bucket not in probe.args):
                continue
            if call["scope"] in ("repository", "object") and bucket not in probe.args:
                continue
            if call["scope"] == "object" and (isinstance(key, Gap) or not key):
                piles[probe.id].put(bucket, key or {"absent": "empty"})
                continue
            began = time.monotonic()
            found = self._ask(probe, call, bucket, str(key))
            if self.lifeline.cut_at is not None:
                return
            if call["newest"]:
                key = found if isinstance(found, Gap) else found.pop("key", s3_words.too_long(bucket, found))
            piles[probe.id].put(bucket, found, _since(began))
            if self.fatal is not None:
                return

    def _ask(self, probe: ProbeCall, call: Mapping[str, Any], bucket: str, key: str) -> dict[str, Any] | Gap:
        """What is kept of one answer, or the Gap."""
        given: dict[str, Any] = {}
        for name, value in call["given"].items():
            if value == "{account}":
                if not self.place.aws:
                    return {"absent": "not-aws"}
                if self.place.account is None:
                    return s3_words.no_account()
            filled = {"{bucket}": bucket, "{key}": key, "{account}": self.place.account}
            given[name] = filled.get(value, value) if isinstance(value, str) else value
        try:
            return kept(call, self._pages(call, given))
        except Exception as error:  # noqa: BLE001 - the library may raise anything on what a server sends
            told = self.explain(error)
            if told.code in call["absent"]:
                return {"absent": told.code}
            gap = s3_words.gap_of(told, call["operation"], probe.grants, bucket)
            if told.kind in s3_words.FATAL and call["service"] == "s3":
                self.fatal = gap
            return gap

    def _pages(self, call: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The pages of an answer, no more than the call says; the last one tells whether there would be more."""
        token: str | None = None
        for _ in range(call["pages"]):
            page = self.clients.ask(call, {**given, **({"ContinuationToken": token} if token else {})}, _LARGEST)
            yield page
            token = page.get("NextContinuationToken") or (page.get("ContinuationToken") if "Buckets" in page else None)
            if call["pages"] == 1 or not token:
                return


def _names_in(found: Mapping[str, Any]) -> list[str]:
    rows = found.get("answer", {}).get("Buckets", [])
    return [str(row["Name"]) for row in rows if isinstance(row, dict) and "Name" in row]


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
