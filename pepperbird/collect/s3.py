"""The `s3` transport: an object store, and AWS beside it, asked the operations that content lists, in a fixed order.

What a probe said is one JSON object: `{"answer": {...}}` or `{"absent": CODE}` of what is asked once, and of what is
asked of each bucket `{"each": {NAME: the same, or {"gap": reason, "said": ..., "remedy": ...}}}`. A probe without
a call says which buckets (or vaults of AWS Backup) were asked. Buckets are asked one after the other by a few workers;
when time or room is over, what is missing is missing by name.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pepperbird.collect import s3_words, words
from pepperbird.collect.answer import Answer
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink
from pepperbird.collect.s3_asking import Asking
from pepperbird.collect.s3_pile import Pile, canonical
from pepperbird.collect.s3_place import place_of
from pepperbird.model.collector import VAULTS
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall

WORKERS: Final = 4
MOST_BUCKETS: Final = 20_000


class S3Transport:
    """Asks an object store. `aws` stands in for AWS itself where it is tested."""

    def __init__(self, aws: str = "") -> None:
        self._aws = aws

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        if not isinstance(sink, Answer):
            raise TypeError("an object store is answered for whole")
        place = place_of(order)
        calls: dict[str, Any] = json.loads(order.program)
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
            _Asked(order, Asking(place, clients, library.explain), calls, lifeline).all(sink)
        finally:
            clients.close()


class _Asked:
    """The probes of one endpoint."""

    def __init__(self, order: Order, asking: Asking, calls: Mapping[str, Any], lifeline: Lifeline) -> None:
        self.order, self.asking, self.place, self.lifeline = order, asking, asking.place, lifeline
        self.calls = {
            one.id: calls[one.id.partition(".")[0]][one.id.partition(".")[2]] for one in order.endpoint.probes
        }
        self.listed: list[str] | Gap | None = None

    def all(self, sink: Answer) -> None:
        """First what is asked once, then every bucket, then every vault. Raises Refused where nobody may ask."""
        outputs: dict[str, ProbeOutput] = {}
        for probe in self._of("account"):
            outputs[probe.id] = self._once(probe, self.calls[probe.id])
            if self.asking.fatal is not None:
                raise Refused(self.asking.fatal)
        self.lifeline.enter(words.PROBES)
        names = self._names()
        piles = {probe.id: Pile(probe) for probe in self._of("bucket", "repository", "object")}
        self._work(names, piles)
        for probe in self.order.endpoint.probes:
            if probe.id in piles:
                every = names if self.calls[probe.id]["scope"] == "bucket" else list(probe.args)
                wanted = every if isinstance(every, list) else ()
                outputs[probe.id] = piles[probe.id].output(wanted, self._missing())
            elif self.calls[probe.id]["scope"] == "vault":
                outputs[probe.id] = self._vaults(probe, self.calls[probe.id])
            elif self.calls[probe.id]["scope"] == "asked":
                outputs[probe.id] = self._vaults_asked(probe) if self._takes(probe, VAULTS) else self._asked(names)
        sink.outputs = outputs
        sink.received += sum(len(one.stdout) for one in outputs.values())
        if self.lifeline.cut_at is not None:
            sink.recorded_gap = words.deadline(self.order.endpoint, self.lifeline.cut_at)
        else:
            sink.recorded_gap = self.asking.fatal

    def _of(self, *scopes: str) -> list[ProbeCall]:
        return [probe for probe in self.order.endpoint.probes if self.calls[probe.id]["scope"] in scopes]

    def _takes(self, probe: ProbeCall, name: str) -> bool:
        return name in self.calls[probe.id]["args"]

    def _declared(self, *scopes: str) -> set[str]:
        """The buckets that the register names, of probes of these scopes."""
        return {name for probe in self._of(*scopes) if not self._takes(probe, VAULTS) for name in probe.args}

    def _missing(self) -> Gap:
        """The Gap of buckets that were not asked."""
        if self.lifeline.cut_at is not None:
            return words.deadline(self.order.endpoint, self.lifeline.cut_at)
        return self.asking.fatal or words.ended_early()

    def _names(self) -> list[str] | Gap:
        """The buckets to ask: those of the access, else those that are listed and those that the register names."""
        if self.place.buckets:
            return sorted(set(self.place.buckets))
        declared = self._declared("asked", "repository", "object")
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
        declared = sorted(self._declared("asked", "repository", "object"))
        repositories = sorted(self._declared("repository", "object"))
        said = {
            "aws": self.place.aws, "tls": self.place.tls, "chosen": bool(self.place.buckets), "buckets": names,
            "declared": declared, "repositories": repositories,
        }  # fmt: skip
        return ProbeOutput(canonical(said), b"", 0, 0)

    def _once(self, probe: ProbeCall, call: Mapping[str, Any]) -> ProbeOutput:
        began = time.monotonic()
        if self._takes(probe, VAULTS) and not probe.args:
            return ProbeOutput(canonical({"absent": "no-vault"}), b"", 0, 0)
        found = self.asking.ask(probe, call, {})
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
                while self.asking.fatal is None and self.lifeline.cut_at is None:
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
        answers: dict[str, dict[str, Any] | Gap] = {}
        for probe in self._of("bucket", "repository", "object"):
            call, pile = self.calls[probe.id], piles[probe.id]
            if pile.full or (bucket not in probe.args if call["scope"] != "bucket" else False):
                continue
            if call["scope"] == "object" and (isinstance(key, Gap) or not key):
                pile.put(bucket, key or {"absent": "empty"})
                continue
            began = time.monotonic()
            if call["each"]:
                other = f"{probe.id.partition('.')[0]}.{call['each']['probe']}"
                found = self.asking.follow(probe, call, answers.get(other, words.ended_early()))
            else:
                found = self.asking.ask(probe, call, {"{bucket}": bucket, "{key}": str(key)})
            if self.lifeline.cut_at is not None:
                return
            if call["newest"]:
                key = found if isinstance(found, Gap) else found.pop("key", s3_words.too_long(bucket, found))
            answers[probe.id] = found
            pile.put(bucket, found, _since(began))
            if self.asking.fatal is not None:
                return

    def _vaults(self, probe: ProbeCall, call: Mapping[str, Any]) -> ProbeOutput:
        """One question about each declared vault, by the id of the repository."""
        pile = Pile(probe)
        pairs = list(zip(probe.args[::2], probe.args[1::2], strict=True))
        for name, vault in pairs:
            if pile.full or self.asking.fatal is not None or self.lifeline.cut_at is not None:
                break
            began = time.monotonic()
            found = self.asking.ask(probe, call, {"{vault}": vault})
            if self.lifeline.cut_at is None:
                pile.put(name, found, _since(began))
        return pile.output([name for name, _ in pairs], self._missing())

    def _vaults_asked(self, probe: ProbeCall) -> ProbeOutput:
        pairs = zip(probe.args[::2], probe.args[1::2], strict=True)
        rows = [{"id": name, "vault": vault} for name, vault in pairs]
        return ProbeOutput(canonical({"aws": self.place.aws, "region": self.place.region, "vaults": rows}), b"", 0, 0)


def _names_in(found: Mapping[str, Any]) -> list[str]:
    rows = found.get("answer", {}).get("Buckets", [])
    return [str(row["Name"]) for row in rows if isinstance(row, dict) and "Name" in row]


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
