"""One endpoint, asked in the thread that calls: whatever happens there becomes a Transcript."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pepperbird.collect import words
from pepperbird.collect.answer import Answer
from pepperbird.collect.frame import encode_frame, order_digest, read_limit
from pepperbird.collect.interface import CollectOptions, Lifeline, Order, Refused, Transport
from pepperbird.collect.redact import redactor_of
from pepperbird.model.collector import RedactionRule
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import Gap
from pepperbird.model.plan import EndpointPlan

TRANSPORTS: Final = {
    "local": "pepperbird.collect.local:LocalTransport",
    "ssh": "pepperbird.collect.ssh:SshTransport",
    "s3": "pepperbird.collect.s3:S3Transport",
    "sql": "pepperbird.collect.sql:SqlTransport",
    "replay": "pepperbird.collect.replay:ReplayTransport",
    "kit": "pepperbird.collect.kit:KitTransport",
}


def collect_one(
    endpoint: EndpointPlan,
    program: bytes | None,
    redactions: Sequence[RedactionRule],
    options: CollectOptions,
    *,
    lifeline: Lifeline | None = None,
    transport: Transport | None = None,
) -> Transcript:
    """Ask one endpoint its probes, in this thread. `lifeline` must be cut by somebody else when its time is over."""
    lifeline = lifeline or Lifeline.of(endpoint.deadline)
    started = now()
    nonce = secrets.token_hex(16)
    limit = read_limit(endpoint.probes)
    answer = Answer(nonce, limit)
    gap: Gap | None = None
    asked = {}
    try:
        if program is None:
            raise Refused(words.no_room())
        frame = encode_frame(nonce, endpoint.probes)
        order = Order(endpoint, options, program, frame, redactions, limit)
        asked = {"asked": order_digest(endpoint.probes)}
        via = endpoint.access.via if options.bundles is None else "kit"
        (transport or transport_of(via)).run(order, answer, lifeline)
    except Refused as refused:
        gap = refused.gap
    except Exception as error:  # noqa: BLE001 - whatever it is, the endpoint gets its Gap and the others go on
        gap = words.own_mistake(error)
    gap = _why(gap, answer, lifeline, endpoint)
    probes = answer.probes(endpoint, redactor_of(redactions), gap)
    connection = answer.connection | asked
    return Transcript(endpoint.id, started, now(), connection, probes, gap, *lifeline.carried())


def _why(gap: Gap | None, answer: Answer, lifeline: Lifeline, endpoint: EndpointPlan) -> Gap | None:
    """The endpoint's Gap: what stood in the way first. None where the program said that it was done."""
    if answer.complete():
        return answer.recorded_gap
    if answer.overflow:
        return words.overflow(answer.limit)
    if lifeline.cut_at is not None:
        return words.deadline(endpoint, lifeline.cut_at)
    return gap or answer.silence() or words.ended_early()


def transport_of(via: str) -> Transport:
    """The transport for an access path. Raises Refused where there is none."""
    if via not in TRANSPORTS:
        raise Refused(words.no_transport(via))
    module, _, name = TRANSPORTS[via].partition(":")
    transport: Transport = getattr(importlib.import_module(module), name)()
    return transport


def load_transports(endpoints: Sequence[EndpointPlan]) -> None:
    """Import what asking `endpoints` needs: here, not in a thread that shares its turn with all others."""
    for via in {endpoint.access.via for endpoint in endpoints}:
        if via in TRANSPORTS:
            importlib.import_module(TRANSPORTS[via].partition(":")[0])


def now() -> str:
    """This moment, RFC 3339 UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def left_behind(endpoint: EndpointPlan, started: str, gap: Gap, carried: tuple[int, int] = (0, 0)) -> Transcript:
    """The Transcript of an endpoint whose worker never came back, or never began."""
    probes = {call.id: ProbeOutput(b"", b"", None, 0, gap) for call in endpoint.probes}
    return Transcript(endpoint.id, started, now(), {}, probes, gap, *carried)
